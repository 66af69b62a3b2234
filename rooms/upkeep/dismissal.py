"""Takes the control of rooms from co-hosts whose account is out of use.

A process may be killed between the two, and Redis may be away: so it is found by looking which
rooms have such a co-host, whenever something was taken back (``core.recheck``).
"""

import contextlib
from uuid import UUID

from core.database import in_database
from playback.commands import SetCohost
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import membership_rows, pending_changes


async def dismiss_those_out_of_use(user_id: UUID | None = None) -> None:
    """Make them co-hosts no more, all or one of them; raise LiveStateUnavailable.

    The live state first: while the database still has them, they are found again.
    """
    for code, member in await in_database(membership_rows.cohosts_out_of_use)(user_id):
        async with pending_changes.under_way(code):
            with contextlib.suppress(NoSuchRoom, RoomOver):
                await live_states.apply(code, SetCohost(str(member), on=False), by=None)
            await in_database(membership_rows.dismiss)(code, member)
