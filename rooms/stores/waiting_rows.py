"""The rows of people who wait to be let in. Synchronous."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Min, Q

from core.pulse import refuse_late
from rooms.lifecycle import Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import room_rows

# People who may wait for one room. The snapshot holds them all.
MOST_WAITING = 1000
MOST_OF_ONE_ADDRESS = 40


def is_full(room: Room, mark: str, *, one_more: bool = True) -> bool:
    """Tell whether the list is full, or full for this mark of an address."""
    waiting = Membership.objects.filter(room=room, admission=MembershipStatus.PENDING)
    if waiting.count() + one_more > MOST_WAITING:
        return True
    return bool(mark) and waiting.filter(came_from=mark).count() + one_more > MOST_OF_ONE_ADDRESS


def wait_until(row: Membership, until: datetime) -> None:
    """Store until when someone waits if they do not ask again."""
    Membership.objects.filter(pk=row.pk).update(waits_until=until)


def rooms() -> list[str]:
    """Return the codes of the rooms that have not ended and for which someone waits."""
    waiting = Membership.objects.filter(admission=MembershipStatus.PENDING)
    over = [status for status in Status if status.over]
    codes = waiting.exclude(room__status__in=over).values_list("room__code", flat=True)
    return list(codes.distinct())


def next_end(code: str) -> datetime | None:
    """Return when the first person on the list no longer waits; None if nobody does."""
    waiting = room_rows.memberships(code).filter(admission=MembershipStatus.PENDING)
    next_: datetime | None = waiting.aggregate(next=Min("waits_until"))["next"]
    return next_


def end_waits(code: str, now: datetime) -> bool:
    """Take people off the list who no longer wait; tell whether there were any."""
    waiting = room_rows.memberships(code).filter(admission=MembershipStatus.PENDING)
    over = waiting.filter(Q(waits_until=None) | Q(waits_until__lte=now))
    with transaction.atomic():
        # An earlier decision about them, such as a kick, still holds.
        known = over.filter(Q(muted=True) | Q(expelled_at__isnull=False))
        ended = known.update(admission=MembershipStatus.KICKED) + over.delete()[0]
        if ended:
            room_rows.touch(code)
    return bool(ended)


def decide(code: str, admission: MembershipStatus, only: Collection[UUID] | None = None) -> None:
    """Store a person's decision about everyone who waits, or those in ``only``; raise Late."""
    waiting = room_rows.memberships(code).filter(admission=MembershipStatus.PENDING)
    if only is not None:
        waiting = waiting.filter(user_id__in=only)
    with transaction.atomic():
        if waiting.update(admission=admission):
            room_rows.touch(code)
            refuse_late()
