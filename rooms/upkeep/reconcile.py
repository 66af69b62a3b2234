"""Makes the two stores of a room say the same after a change that was cut short.

Redis says who is host and co-host and what plays, and the database keeps it; the database
says who is let in and what the room is like, and Redis has the snapshot made from that. Whoever
changes both leaves a mark until both have it (pending_changes.under_way). A mark that
stays means that he was killed, or a store failed, somewhere in between.
"""

import structlog
from asgiref.sync import sync_to_async
from django.db import Error as DatabaseFailure

from core.errors import Unavailable
from rooms import bus
from rooms import state as live_states
from rooms.commands import moderation
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import pending_changes, records, snapshots
from rooms.upkeep import transitions

log = structlog.get_logger(__name__)


async def sweep(*, now_ms: float) -> None:
    """Heal the rooms whose changes nobody has carried to their end."""
    for code, mark in await pending_changes.claim(now_ms=now_ms):
        try:
            await reconcile(code)
            await pending_changes.remove(mark)
        except Unavailable:
            raise
        except DatabaseFailure:
            # The mark stays, and is due again soon.
            log.warning("room not healed, the database is away", room=code)
        except Exception:
            log.exception("room not healed", room=code)


async def reconcile(code: str) -> None:
    """Make both stores say the same of a room; that they do already is no reason to wait."""
    try:
        snapshot = await snapshots.refresh(code)
    except NoSuchRoom:
        # Made in one store only, or gone from the other for good.
        await transitions.forget(code)
        return
    await bus.publish(code, "snapshot", revision=snapshot.version)
    if snapshot.status.over:
        await transitions.forget(code)
        return
    try:
        await _dismiss_those_put_out(code)
        await live_states.persist(code)
    except (NoSuchRoom, RoomOver):
        # It has ended since; whoever ended it has left a mark of his own.
        return
    log.info("room healed", room=code)


async def _dismiss_those_put_out(code: str) -> None:
    state = await live_states.current(code)
    for member in set(state.cohosts) - await sync_to_async(records.let_in)(code, state.cohosts):
        await moderation.set_cohost(code, member, on=False)
