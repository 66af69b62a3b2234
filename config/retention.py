"""Removes what nobody needs any more, once an hour."""

import structlog

from accounts.retention import BROWSERS, GUESTS, INVITES, SESSIONS
from core.periodic import Periodic
from core.retention import Rule
from library.retention import UPLOADS
from processing.retention import CALLBACKS, LEFT_OVER, REPLACED
from rooms.upkeep.retention import ROOMS_OVER
from webhooks.retention import DELIVERIES

log = structlog.get_logger(__name__)

# In this order.
RULES: tuple[Rule, ...] = (
    SESSIONS,
    BROWSERS,
    INVITES,
    UPLOADS,
    ROOMS_OVER,
    GUESTS,
    DELIVERIES,
    CALLBACKS,
    LEFT_OVER,
    REPLACED,
)
# A start has better things to do.
FIRST_S = 60.0
EVERY_S = 3600.0


async def remove_all() -> dict[str, int]:
    """Keep to every rule now; return how much each has removed. A failed one is logged."""
    removed = {}
    for rule in RULES:
        try:
            removed[rule.name] = await rule.remove()
        except Exception:
            log.exception("what nobody needs could not be removed", what=rule.name)
            continue
        if removed[rule.name]:
            log.info("removed what nobody needs", what=rule.name, count=removed[rule.name])
    return removed


_keeping = Periodic(
    remove_all,
    every_s=lambda: EVERY_S,
    first_s=lambda: FIRST_S,
    failed="what nobody needs could not be removed",
)
start, stop = _keeping.start, _keeping.stop
