"""The rooms' rows: every query and change that goes to the database. Synchronous.

Each change of a fact that sockets must hear of raises ``Room.version`` in the same
transaction, so that of two snapshots the one with the larger version is the newer.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from accounts import services as accounts
from core.announcements import Event, announce
from core.database import of_newcomers
from core.errors import NotAuthenticated, StreamItError
from playback.sources.base import SourceKey
from rooms.errors import (
    Banned,
    NoSuchMember,
    NoSuchRoom,
    NotPossible,
    TooManyKept,
    TooManyWait,
)
from rooms.lifecycle import ENTERED_FROM, Status
from rooms.models import Membership, MembershipStatus, Room, Visibility

# Sets facts on a room.
Fit = Callable[[Room, Mapping[str, Any]], None]
# People who may wait for one room. The snapshot holds them all.
MOST_WAITING = 1000
MOST_OF_ONE_ADDRESS = 20
# Rooms of one person that stay when everybody has left.
MOST_KEPT = 20


def get(code: str) -> Room:
    """Return the room with its host; raise NoSuchRoom, also when it was deleted."""
    if not code.isalnum():
        raise NoSuchRoom  # PostgreSQL would not even look for a text with NUL
    try:
        room = Room.objects.select_related("host").get(code=code)
    except Room.DoesNotExist:
        raise NoSuchRoom from None
    if room.status == Status.DELETED:
        raise NoSuchRoom
    return room


def rooms_called(codes: Collection[str]) -> dict[str, Room]:
    """Return the rooms there are of these codes, deleted ones too."""
    return {room.code: room for room in Room.objects.filter(code__in=codes)}


def hosted_by(user_id: UUID) -> list[str]:
    """Return the codes of the rooms that somebody hosts and that are not over."""
    over = [status for status in Status if status.over]
    rooms = Room.objects.filter(host_id=user_id).exclude(status__in=over)
    return list(rooms.values_list("code", flat=True))


def memberships_of(
    rooms: Iterable[Room], members: Collection[UUID]
) -> dict[tuple[UUID, UUID], Membership]:
    """Return what these rooms have decided about these people, by room and person."""
    rows = Membership.objects.filter(room__in=list(rooms), user_id__in=members)
    return {(row.room_id, row.user_id): row for row in rows}


def membership(room: Room, user_id: UUID) -> Membership | None:
    """Return what the room has decided about a person, if anything."""
    return Membership.objects.filter(room=room, user_id=user_id).first()


def rooms_and_memberships(
    asked: Collection[tuple[str, UUID]],
) -> dict[tuple[str, UUID], tuple[Room, Membership | None]]:
    """Return both by code and person, without rooms that there are not."""
    rows = Room.objects.select_related("host").filter(code__in={code for code, _ in asked})
    rooms = {room.code: room for room in rows.exclude(status=Status.DELETED)}
    decided = memberships_of(rooms.values(), {user_id for _, user_id in asked})
    return {
        (code, user_id): (rooms[code], decided.get((rooms[code].pk, user_id)))
        for code, user_id in asked
        if code in rooms
    }


def memberships(room: Room) -> list[Membership]:
    """Return every membership with its user, first asked first."""
    rows = Membership.objects.filter(room=room)
    return list(rows.select_related("user").order_by("asked_at", "pk"))


def public_rooms(*, limit: int, offset: int) -> tuple[int, list[Room]]:
    """Return how many public rooms are live, and one page of them, newest first."""
    rooms = Room.objects.filter(visibility=Visibility.PUBLIC, status=Status.LIVE).order_by(
        "-created_at", "code"
    )
    return rooms.count(), list(rooms.select_related("host")[offset : offset + limit])


def living() -> list[str]:
    """Return the codes of all rooms that are not over."""
    over = [status for status in Status if status.over]
    return list(Room.objects.exclude(status__in=over).values_list("code", flat=True))


def _kept_by(user_id: UUID) -> int:
    over = [status for status in Status if status.over]
    return Room.objects.filter(host_id=user_id, kept=True).exclude(status__in=over).count()


def may_keep(user_id: UUID) -> bool:
    """Tell whether somebody may keep one more room; guests may not.

    Whoever asks this for them meanwhile waits until the transaction ends.
    """
    user = get_user_model().objects.select_for_update().filter(pk=user_id).first()
    return user is not None and not user.is_guest and _kept_by(user_id) < MOST_KEPT


def rooms_of(user_id: UUID, *, at_most: int) -> list[Room]:
    """Return the rooms that somebody hosts and that are not over, newest first."""
    over = [status for status in Status if status.over]
    rooms = Room.objects.filter(host_id=user_id).exclude(status__in=over)
    return list(rooms.select_related("host").order_by("-created_at", "code")[:at_most])


def living_with(user_id: UUID) -> list[str]:
    """Return the codes of the rooms that live and have let somebody in."""
    theirs = Q(memberships__user_id=user_id, memberships__admission=MembershipStatus.APPROVED)
    rooms = Room.objects.filter(theirs | Q(host_id=user_id))
    over = [status for status in Status if status.over]
    return list(rooms.exclude(status__in=over).distinct().values_list("code", flat=True))


def that_play(key: SourceKey) -> list[str]:
    """Return the codes of all rooms that play a work and are not over."""
    over = [status for status in Status if status.over]
    rooms = Room.objects.filter(
        playback_provider=key.provider,
        playback_external_id=key.external_id,
        playback_media_type=key.media_type,
    )
    return list(rooms.exclude(status__in=over).values_list("code", flat=True))


def let_in(code: str, members: Iterable[str]) -> set[str]:
    """Return those of the members who are let in."""
    rows = Membership.objects.filter(
        room__code=code, user_id__in=list(members), admission=MembershipStatus.APPROVED
    )
    return {str(row.user_id) for row in rows}


def enter(code: str, status: Status) -> bool:
    """Move the room to ``status`` if its present status allows it; True if it moved."""
    ended = {"ended_at": timezone.now()} if status.over else {}
    movable = Room.objects.filter(code=code, status__in=ENTERED_FROM[status])
    with transaction.atomic():
        room = movable.select_for_update().first()
        if room is None:
            return False
        movable.update(status=status, version=F("version") + 1, **ended)
        _announce(room, status)
    return True


def _announce(room: Room, status: Status) -> None:
    """Tell of a room that starts or ends; a host who comes back in time does neither."""
    was = Status(room.status)
    facts = {"code": room.code, "name": room.name}
    if status is Status.LIVE and was is not Status.GRACE:
        announce(Event.ROOM_STARTED, room.host_id, **facts)
    if status.over and not was.over:
        announce(Event.ROOM_ENDED, room.host_id, **facts)


def touch(code: str) -> None:
    """Raise the room's version, because something on its snapshot changed."""
    Room.objects.filter(code=code).update(version=F("version") + 1)


def create(room: Room) -> None:
    """Store a new room, with its host as a member.

    Raises TooManyKept, and NotAuthenticated for a host whose account is out of use.
    """
    with transaction.atomic():
        accounts.hold(room.host_id)
        if room.kept and not may_keep(room.host_id):
            raise TooManyKept
        room.save()
        admit(room, room.host_id, MembershipStatus.APPROVED)


def change(code: str, facts: Mapping[str, Any], fit: Fit) -> Room:
    """Change facts of a room and raise its version; return it.

    ``fit`` sets them beside those that the room has by now, and raises what it raises. Raises
    NoSuchRoom, and TooManyKept.
    """
    with transaction.atomic():
        # A person is held before their room, as by ``live_state_rows.set_host``.
        keeps = facts.get("kept") and may_keep(get(code).host_id)
        room = held(code)
        if facts.get("kept") and not room.kept and not keeps:
            raise TooManyKept
        password_hash = room.password_hash
        fit(room, facts)
        changed = {*facts} | ({"password_hash"} if room.password_hash != password_hash else set())
        changed |= {"name_folded"} if "name" in changed else set()
        room.save(update_fields=changed)
        touch(code)
    return room


def held(code: str) -> Room:
    """Return a room that nobody else changes until the transaction ends; raise NoSuchRoom."""
    room = Room.objects.select_for_update().filter(code=code).first()
    if room is None or room.status == Status.DELETED:
        raise NoSuchRoom
    return room


def _refused_by_keys(room: Room, user_id: UUID) -> StreamItError:
    """Return why no row can refer to both: one of them is gone since it was read."""
    is_there = get_user_model().objects.filter(pk=user_id).exists()
    return NoSuchRoom() if is_there else NotAuthenticated()


@of_newcomers()
def admit(room: Room, user_id: UUID, admission: MembershipStatus, **facts: object) -> None:
    """Store that the person is let in or waits, and ``facts`` of their membership.

    Raises Banned, also when they were banned a moment ago, TooManyWait, NoSuchRoom, and
    NotAuthenticated for somebody who is gone.
    """
    try:
        _admit(room, user_id, admission, facts)
    except IntegrityError:
        # SQLite and PostgreSQL look at the end of the transaction.
        raise _refused_by_keys(room, user_id) from None


def _admit(
    room: Room, user_id: UUID, admission: MembershipStatus, facts: Mapping[str, object]
) -> None:
    with transaction.atomic():
        row, new = _admitted(room, user_id, admission, facts)
        if not new:
            others = Membership.objects.exclude(admission=MembershipStatus.BANNED)
            if not others.filter(pk=row.pk).update(admission=admission, **facts):
                raise Banned
        if MembershipStatus.PENDING in (row.admission, admission):
            # Locks the room's row, so that a crowd is counted one by one.
            touch(room.code)
        if admission is MembershipStatus.PENDING:
            mark = str(facts.get("came_from", ""))
            if is_waiting_list_full(room, mark, one_more=False):
                raise TooManyWait


def _admitted(
    room: Room, user_id: UUID, admission: MembershipStatus, facts: Mapping[str, object]
) -> tuple[Membership, bool]:
    """Return the membership, and whether it is new: most are, so it is inserted first."""
    try:
        with transaction.atomic():
            row = Membership.objects.create(
                room=room, user_id=user_id, admission=admission, **facts
            )
    except IntegrityError:
        return Membership.objects.get(room=room, user_id=user_id), False
    return row, True


def is_waiting_list_full(room: Room, mark: str, *, one_more: bool = True) -> bool:
    """Tell whether nobody can be put on the list, or none with this mark of an address."""
    waiting = Membership.objects.filter(room=room, admission=MembershipStatus.PENDING)
    if waiting.count() + one_more > MOST_WAITING:
        return True
    return bool(mark) and waiting.filter(came_from=mark).count() + one_more > MOST_OF_ONE_ADDRESS


def wait_until(row: Membership, until: datetime) -> None:
    """Store how long somebody waits if they do not ask again."""
    Membership.objects.filter(pk=row.pk).update(waits_until=until)


def end_waits(code: str, now: datetime) -> tuple[bool, datetime | None]:
    """Take those off the list who wait no more.

    Returns whether there were any, and when the next would be.
    """
    waiting = Membership.objects.filter(room__code=code, admission=MembershipStatus.PENDING)
    over = waiting.filter(Q(waits_until=None) | Q(waits_until__lte=now))
    with transaction.atomic():
        # What was decided about them before they asked again still holds.
        known = over.filter(Q(muted=True) | Q(expelled_at__isnull=False))
        ended = known.update(admission=MembershipStatus.KICKED) + over.delete()[0]
        if ended:
            touch(code)
    return bool(ended), waiting.aggregate(next=Min("waits_until"))["next"]


def decide_waiting(
    code: str, admission: MembershipStatus, only: Collection[UUID] | None = None
) -> None:
    """Store what was decided about all who wait, or about those of ``only``."""
    waiting = Membership.objects.filter(room__code=code, admission=MembershipStatus.PENDING)
    if only is not None:
        waiting = waiting.filter(user_id__in=only)
    with transaction.atomic():
        if waiting.update(admission=admission):
            touch(code)


def change_membership(
    code: str, user_id: UUID, *, of: Collection[MembershipStatus], **changes: object
) -> None:
    """Change what the room has decided about a person, if it is one of ``of``.

    Does nothing when it is so already. Raises NoSuchMember and NotPossible.
    """
    with transaction.atomic():
        rows = Membership.objects.filter(room__code=code, user_id=user_id)
        if rows.filter(admission__in=of).update(**changes):
            touch(code)
            return
        row = rows.first()
    if row is None:
        raise NoSuchMember
    if row.admission != changes.get("admission"):
        raise NotPossible


def user_id(member: str) -> UUID:
    """Return the user id that a member id is; raise NoSuchMember when it is none."""
    try:
        return UUID(member)
    except ValueError:
        raise NoSuchMember from None
