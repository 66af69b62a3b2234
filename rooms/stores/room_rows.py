"""The rows of rooms: their facts and their status. Synchronous.

Each change of a fact that sockets must hear of raises ``Room.version`` in the same
transaction, so that of two snapshots the one with the larger version is the newer.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import services as accounts
from core.announcements import Event, announce
from core.pulse import refuse_late
from playback.sources.base import SourceKey
from rooms.errors import NoSuchRoom, TooManyKept
from rooms.lifecycle import ENTERED_FROM, Status
from rooms.models import Membership, MembershipStatus, Room, Visibility

# Sets facts on a room, or raises.
Fit = Callable[[Room, Mapping[str, Any]], None]
# Kept rooms that one person may have.
MOST_KEPT = 20


def get(code: str) -> Room:
    """Return the room with its host; raise NoSuchRoom, also for a deleted room."""
    if not code.isalnum():
        raise NoSuchRoom  # PostgreSQL refuses a query with NUL in a text
    try:
        room = Room.objects.select_related("host").get(code=code)
    except Room.DoesNotExist:
        raise NoSuchRoom from None
    if room.status == Status.DELETED:
        raise NoSuchRoom
    return room


def rooms_called(codes: Collection[str]) -> dict[str, Room]:
    """Return those of the rooms that exist, deleted ones too."""
    return {room.code: room for room in Room.objects.filter(code__in=codes)}


def not_over() -> QuerySet[Room]:
    """Return the rooms that have not ended."""
    return Room.objects.exclude(status__in=[status for status in Status if status.over])


def hosted_by(user_id: UUID) -> list[str]:
    """Return the codes of the rooms that someone hosts and that have not ended."""
    rooms = not_over().filter(host_id=user_id)
    return list(rooms.values_list("code", flat=True))


def public_rooms(*, limit: int, offset: int) -> tuple[int, list[Room]]:
    """Return how many public rooms are live, and one page of them, newest first."""
    rooms = Room.objects.filter(visibility=Visibility.PUBLIC, status=Status.LIVE).order_by(
        "-created_at", "code"
    )
    return rooms.count(), list(rooms.select_related("host")[offset : offset + limit])


def living() -> list[str]:
    """Return the codes of all rooms that have not ended."""
    return list(not_over().values_list("code", flat=True))


def _kept_by(user_id: UUID) -> int:
    return not_over().filter(host_id=user_id, kept=True).count()


def may_keep(user_id: UUID) -> bool:
    """Tell whether someone may keep one more room; guests may not.

    Other transactions that ask this for the same person wait until this one ends.
    """
    user = get_user_model().objects.select_for_update(no_key=True).filter(pk=user_id).first()
    return user is not None and not user.is_guest and _kept_by(user_id) < MOST_KEPT


def rooms_of(user_id: UUID, *, at_most: int) -> list[Room]:
    """Return the rooms that someone hosts and that have not ended, newest first."""
    rooms = not_over().filter(host_id=user_id)
    return list(rooms.select_related("host").order_by("-created_at", "code")[:at_most])


def living_with(user_id: UUID) -> list[str]:
    """Return the codes of the rooms that have not ended and have let someone in."""
    theirs = Q(memberships__user_id=user_id, memberships__admission=MembershipStatus.APPROVED)
    rooms = not_over().filter(theirs | Q(host_id=user_id))
    return list(rooms.distinct().values_list("code", flat=True))


def that_play(key: SourceKey) -> list[str]:
    """Return the codes of all rooms that play a work and have not ended."""
    rooms = not_over().filter(
        playback_provider=key.provider,
        playback_external_id=key.external_id,
        playback_media_type=key.media_type,
    )
    return list(rooms.values_list("code", flat=True))


def memberships(code: str) -> QuerySet[Membership]:
    """Return the memberships of a room, for changes on conditions.

    Without a join: a PostgreSQL that has waited for another change looks again only at conditions
    on the row itself, so by a join a ban of that very moment would be lifted.
    """
    return Membership.objects.filter(room__in=Room.objects.filter(code=code))


def enter(code: str, status: Status) -> bool:
    """Set the status if the present one allows it; tell whether it changed."""
    ended = {"ended_at": timezone.now()} if status.over else {}
    movable = Room.objects.filter(code=code, status__in=ENTERED_FROM[status])
    with transaction.atomic():
        room = movable.select_for_update(no_key=True).first()
        if room is None:
            return False
        movable.update(status=status, version=F("version") + 1, **ended)
        _announce(room, status)
    return True


def _announce(room: Room, status: Status) -> None:
    """Announce that a room has started or ended; a host who comes back in time is neither."""
    was = Status(room.status)
    facts = {"code": room.code, "name": room.name}
    if status is Status.LIVE and was is not Status.GRACE:
        announce(Event.ROOM_STARTED, room.host_id, **facts)
    if status.over and not was.over:
        announce(Event.ROOM_ENDED, room.host_id, **facts)


def touch(code: str, *, unless_hosted_by: UUID | None = None) -> bool:
    """Raise the room's version, because something in its snapshot changed; tell whether it did.

    In one statement, so that no change of the host comes between.
    """
    rooms = Room.objects.filter(code=code).exclude(host_id=unless_hosted_by)
    return bool(rooms.update(version=F("version") + 1))


def create(room: Room) -> None:
    """Store a new room, with its host as a member.

    Raises TooManyKept, and NotAuthenticated if the host's account is disabled or being deleted.
    """
    with transaction.atomic():
        accounts.hold(room.host_id)
        if room.kept and not may_keep(room.host_id):
            raise TooManyKept
        room.save()
        Membership.objects.create(
            room=room, user_id=room.host_id, admission=MembershipStatus.APPROVED
        )


def change(code: str, facts: Mapping[str, Any], fit: Fit) -> Room:
    """Change facts of a room as a person asked, and raise its version; return the room.

    ``fit`` sets the facts on the room as it is now, and may raise. Raises NoSuchRoom, TooManyKept
    and Late too.
    """
    while (room := _changed(code, facts, fit)) is None:
        pass
    return room


@transaction.atomic
def _changed(code: str, facts: Mapping[str, Any], fit: Fit) -> Room | None:
    """Change the room; None if it has another host by now, who may or may not keep it."""
    # Lock the person before their room, in the same order as ``live_state_rows.set_host``.
    host_id = get(code).host_id
    keeps = facts.get("kept") and may_keep(host_id)
    room = held(code)
    refuse_late()
    if room.host_id != host_id:
        return None
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
    """Return a room, locked until the transaction ends; raise NoSuchRoom."""
    room = Room.objects.select_for_update(no_key=True).filter(code=code).first()
    if room is None or room.status == Status.DELETED:
        raise NoSuchRoom
    return room
