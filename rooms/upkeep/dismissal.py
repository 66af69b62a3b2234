"""Takes the control of rooms from co-hosts whose account is out of use.

A process may be killed between the two, and Redis may be away: so it is found by looking which
rooms have such a co-host, whenever something was taken back (``core.recheck``).
"""

import contextlib
from uuid import UUID

import structlog
from django.db import Error as DatabaseFailure

from core.database import in_database
from core.errors import Unavailable
from playback.commands import SetCohost
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import membership_rows, pending_changes

log = structlog.get_logger(__name__)


async def dismiss_those_out_of_use(user_id: UUID | None = None) -> None:
    """Make them co-hosts no more, all or one of them; raise what one of the rooms raised.

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
    # The live state first: while the database still has them, they are found again.
    async with pending_changes.under_way(code):
        with contextlib.suppress(NoSuchRoom, RoomOver):
            await live_states.apply(code, SetCohost(str(member), on=False), by=None)
        await in_database(membership_rows.dismiss)(code, member)
