"""The waiting list of a room: people who ask to be let in, as the host sees them.

They ask again every two seconds (``rooms.api.join``). Someone who stops asking is taken off the
list, so nobody can fill it for longer than they stay.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from accounts import policy
from accounts.address import mark_of
from accounts.principal import Principal
from core.coalescing import Shared
from core.database import in_database
from core.limits import Limit, spend
from core.per_loop import PerLoop
from playback.clock import room_clock
from rooms.errors import TooManyWait
from rooms.lifecycle import Deadline
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import deadlines, membership_rows, pending_changes, waiting_rows
from rooms.upkeep import transitions

# The host hears of the first person at once; later ones are collected for this long.
REST_S = 0.25
# Someone who has not asked again for this long no longer waits.
PATIENCE = timedelta(minutes=2)
# New people from one address on one room's list, where guest accounts are free.
ASKING = Limit("ask-to-join", burst=40, per_minute=6)


async def add(room: Room, person: Principal) -> MembershipStatus:
    """Put a person on the list; return PENDING, or APPROVED if they have been let in meanwhile.

    Raises Banned, Rejected, RateLimited, and TooManyWait if the list is full or has too many
    people from their address.
    """
    mark = mark_of(person.address) if policy.is_free(person) else ""
    # Checked here too, because a refusal while storing would make the room be reconciled.
    if await in_database(waiting_rows.is_full)(room, mark):
        raise TooManyWait
    if mark:
        await spend(ASKING, f"{room.code}:{mark}")
    until = await _patience_ends_at()
    async with pending_changes.under_way(room.code):
        admission = await _change(
            room, person.user_id, MembershipStatus.PENDING, waits_until=until, came_from=mark
        )
        await deadlines.set_missing([room.code], Deadline.WAITING, until.timestamp() * 1000)
    return admission


async def keep_waiting(room: Room, row: Membership) -> None:
    """Store that someone on the list still asks; not for every request, because they ask often."""
    until = await _patience_ends_at()
    if row.waits_until is None or row.waits_until < until - PATIENCE / 2:
        await in_database(waiting_rows.wait_until)(row, until)
        await deadlines.set_missing([room.code], Deadline.WAITING, until.timestamp() * 1000)


async def admit(room: Room, user_id: UUID) -> None:
    """Take a person off the list and let them in; raise Banned."""
    async with pending_changes.under_way(room.code):
        await _change(room, user_id, MembershipStatus.APPROVED)


async def _change(
    room: Room, user_id: UUID, admission: MembershipStatus, **facts: object
) -> MembershipStatus:
    """Change the list; return what was decided, once the snapshot has the change.

    The snapshot holds the whole list, so everyone who asks at the same time shares one new
    snapshot. One for each of n people would cost n².
    """
    decided = await in_database(membership_rows.admit)(room, user_id, admission, **facts)
    await _announcing.get().do(room.code)
    return decided


async def _patience_ends_at() -> datetime:
    now_ms = (await room_clock()).now_ms()
    return datetime.fromtimestamp(now_ms / 1000, UTC) + PATIENCE


_announcing = PerLoop(
    lambda: Shared(lambda code: transitions.announce_snapshot(code), rest_s=REST_S)
)
