"""The waiting list of a room: how the host hears of those who ask to be let in."""

from uuid import UUID

from core.coalescing import Shared
from core.database import in_database
from core.per_loop import PerLoop
from rooms.models import MembershipStatus, Room
from rooms.stores import pending_changes, records
from rooms.upkeep import transitions

# The host hears of the first at once; whoever asks soon after waits this long for an answer.
REST_S = 0.25


async def change(room: Room, user_id: UUID, admission: MembershipStatus) -> None:
    """Put a person on the list, or take them off; return when the host can know.

    The snapshot holds the whole list, so everyone who asks at the same time shares one new
    snapshot; one for each would cost n² for a crowd of n. Raises Banned and TooManyWait.
    """
    async with pending_changes.under_way(room.code):
        await in_database(records.admit)(room, user_id, admission)
        await _announcing.get().do(room.code)


_announcing = PerLoop(
    lambda: Shared(lambda code: transitions.announce_snapshot(code), rest_s=REST_S)
)
