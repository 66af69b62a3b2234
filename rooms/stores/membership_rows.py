"""Memberships: what rooms have decided about people. Synchronous."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.database import of_newcomers
from core.errors import NotAuthenticated, StreamItError
from rooms.errors import (
    Banned,
    NoSuchMember,
    NoSuchRoom,
    NotOnTheHost,
    NotPossible,
    Rejected,
    TooManyWait,
)
from rooms.lifecycle import Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import room_rows, waiting_rows


def user_id(member: str) -> UUID:
    """Parse a member id as a user id; raise NoSuchMember if it is none."""
    try:
        return UUID(member)
    except ValueError:
        raise NoSuchMember from None


def membership(room: Room, user_id: UUID) -> Membership | None:
    """Return what the room has decided about a person, if anything."""
    return Membership.objects.filter(room=room, user_id=user_id).first()


def memberships(room: Room) -> list[Membership]:
    """Return every membership with its user, in the order in which they asked."""
    rows = Membership.objects.filter(room=room)
    return list(rows.select_related("user").order_by("asked_at", "pk"))


def of_visitor(user_id: UUID, *, at_most: int) -> list[Membership]:
    """Return what let someone into rooms of others that have not ended, newest first.

    The rooms and their hosts are read with it.
    """
    let_in = Membership.objects.filter(user_id=user_id, admission=MembershipStatus.APPROVED)
    rows = let_in.filter(room__in=room_rows.not_over()).exclude(room__host_id=user_id)
    return list(rows.select_related("room__host").order_by("-asked_at", "pk")[:at_most])


def memberships_of(
    rooms: Iterable[Room], members: Collection[UUID]
) -> dict[tuple[UUID, UUID], Membership]:
    """Return what these rooms have decided about these people, by room and person."""
    rows = Membership.objects.filter(room__in=list(rooms), user_id__in=members)
    return {(row.room_id, row.user_id): row for row in rows}


def rooms_and_memberships(
    asked: Collection[tuple[str, UUID]],
) -> dict[tuple[str, UUID], tuple[Room, Membership | None]]:
    """Return rooms and memberships by code and person; rooms that do not exist are left out."""
    rows = Room.objects.filter(code__in={code for code, _ in asked})
    rooms = {room.code: room for room in rows.exclude(status=Status.DELETED)}
    decided = memberships_of(rooms.values(), {user_id for _, user_id in asked})
    return {
        (code, user_id): (rooms[code], decided.get((rooms[code].pk, user_id)))
        for code, user_id in asked
        if code in rooms
    }


def let_in(code: str, members: Iterable[str]) -> set[str]:
    """Return those of the members who are let in."""
    return {str(user_id) for user_id in _let_in(code, members)}


def eligible_hosts(code: str, members: Iterable[str]) -> set[str]:
    """Return those of the members who may become host or co-host.

    They have been let in, and their account is neither disabled nor being deleted.
    """
    return {str(user_id) for user_id in _let_in(code, members).filter(user__is_active=True)}


def cohosts_out_of_use(user_id: UUID | None = None) -> list[tuple[str, UUID]]:
    """Return room and id of co-hosts whose account is disabled or being deleted.

    With ``user_id`` only those of one person. Includes rooms that have ended.
    """
    rows = Membership.objects.filter(cohost=True, user__is_active=False)
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    return list(rows.values_list("room__code", "user_id"))


def dismiss(code: str, user_id: UUID) -> None:
    """Store that someone whose account is disabled or being deleted is no longer a co-host."""
    rows = room_rows.memberships(code).filter(user_id=user_id, cohost=True)
    rows.filter(user__is_active=False).update(cohost=False)


def _let_in(code: str, members: Iterable[str]) -> QuerySet[Membership, UUID]:
    rows = Membership.objects.filter(
        room__code=code, user_id__in=list(members), admission=MembershipStatus.APPROVED
    )
    return rows.values_list("user_id", flat=True)


@of_newcomers()
def admit(
    room: Room, user_id: UUID, admission: MembershipStatus, **facts: object
) -> MembershipStatus:
    """Store that a person is let in or waits, with other ``facts`` of their membership.

    Returns APPROVED instead of PENDING for somebody who has been let in meanwhile. Raises Banned
    and for PENDING Rejected, even if that was decided a moment ago, TooManyWait, NoSuchRoom, and
    NotAuthenticated if their account is gone.
    """
    try:
        return _admit(room, user_id, admission, facts)
    except IntegrityError:
        # SQLite and PostgreSQL check foreign keys at the end of the transaction.
        raise _refused_by_keys(room, user_id) from None


def _admit(
    room: Room, user_id: UUID, admission: MembershipStatus, facts: Mapping[str, object]
) -> MembershipStatus:
    with transaction.atomic():
        row, new = _admitted(room, user_id, admission, facts)
        if not new:
            if row.admission == MembershipStatus.BANNED:
                raise Banned
            if admission is MembershipStatus.PENDING:
                if row.admission == MembershipStatus.REJECTED:
                    raise Rejected
                if row.admission == MembershipStatus.APPROVED:
                    return MembershipStatus.APPROVED
            Membership.objects.filter(pk=row.pk).update(admission=admission, **facts)
        if MembershipStatus.PENDING in (row.admission, admission):
            # Locks the room's row, so that people who come at the same time are counted one by one.
            room_rows.touch(room.code)
        if admission is MembershipStatus.PENDING:
            mark = str(facts.get("came_from", ""))
            if waiting_rows.is_full(room, mark, one_more=False):
                raise TooManyWait
    return admission


def _admitted(
    room: Room, user_id: UUID, admission: MembershipStatus, facts: Mapping[str, object]
) -> tuple[Membership, bool]:
    """Return the membership, locked, and whether it is new.

    Most are new, so try to insert first.
    """
    try:
        with transaction.atomic():
            row = Membership.objects.create(
                room=room, user_id=user_id, admission=admission, **facts
            )
    except IntegrityError:
        rows = Membership.objects.select_for_update()
        return rows.get(room=room, user_id=user_id), False
    return row, True


def _refused_by_keys(room: Room, user_id: UUID) -> StreamItError:
    """Return the error for a foreign key that failed: room or user has gone since it was read."""
    is_there = get_user_model().objects.filter(pk=user_id).exists()
    return NoSuchRoom() if is_there else NotAuthenticated()


def change_membership(
    code: str, user_id: UUID, *, of: Collection[MembershipStatus], **changes: object
) -> None:
    """Change what the room has decided about a person, if it is one of ``of``.

    Does nothing if it is so already. Raises NoSuchMember, NotPossible, and NotOnTheHost, even if
    they were made host a moment ago.
    """
    with transaction.atomic():
        rows = room_rows.memberships(code).filter(user_id=user_id)
        if rows.filter(admission__in=of).update(**changes):
            if not room_rows.touch(code, unless_hosted_by=user_id):
                raise NotOnTheHost
            return
        row = rows.first()
    if row is None:
        raise NoSuchMember
    if row.admission != changes.get("admission"):
        raise NotPossible
