"""Dismisses co-hosts whose account is disabled or being deleted.

The process that disabled the account may be killed before it does this, and Redis may be away. So
every revocation (``core.recheck``) looks for rooms that still have such a co-host.
"""

import contextlib
from uuid import UUID

import structlog
from django.db import Error as DatabaseFailure

from core.database import in_database
from core.errors import Unavailable
from playback.commands import SetCohost
from playback.rules import SERVER
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import membership_rows, pending_changes

log = structlog.get_logger(__name__)


async def dismiss_those_out_of_use(user_id: UUID | None = None) -> None:
    """Dismiss all such co-hosts, or one person; raise the error of a room that failed.

    A room that fails does not stop the others; only a store that is away does.
    """
    failure: Exception | None = None
    for code, member in await in_database(membership_rows.cohosts_out_of_use)(user_id):
        try:
            await _dismiss(code, member)
        except (Unavailable, DatabaseFailure):
            raise
        except Exception as error:
            log.exception("co-host not dismissed", room=code, member=str(member))
            failure = error
    if failure is not None:
        raise failure


async def _dismiss(code: str, member: UUID) -> None:
    # The live state first: as long as the database has them, they are found again.
    async with pending_changes.under_way(code):
        with contextlib.suppress(NoSuchRoom, RoomOver):
            await live_states.apply(code, SetCohost(str(member), on=False), SERVER)
        await in_database(membership_rows.dismiss)(code, member)
