"""The part of a room's live state that the database keeps. Synchronous.

It outlives an empty room, and a Redis that has lost everything.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from core.errors import NotAuthenticated
from playback.commands import Control
from playback.sources.base import SourceKey
from rooms.errors import NoSuchMember
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import room_rows


@dataclass(frozen=True, slots=True)
class Durable:
    """The part of a room's live state that the database keeps."""

    host: str
    cohosts: tuple[str, ...]
    control: Control
    source: SourceKey | None


def durable(code: str) -> Durable:
    """Return what the database has of the live state; raise NoSuchRoom."""
    room = room_rows.get(code)
    cohosts = Membership.objects.filter(room=room, cohost=True).values_list("user_id", flat=True)
    return Durable(
        host=str(room.host_id),
        cohosts=tuple(str(id_) for id_ in cohosts),
        control=Control(room.control),
        source=room.source_key,
    )


def set_control(code: str, control: Control) -> None:
    """Store who controls playback and the queue."""
    Room.objects.filter(code=code).update(control=control)


def set_cohosts(code: str, members: Collection[str]) -> None:
    """Store that exactly these members are co-hosts."""
    rows = room_rows.memberships(code)
    with transaction.atomic():
        rows.filter(cohost=True).exclude(user_id__in=members).update(cohost=False)
        rows.filter(user_id__in=members).update(cohost=True)


def set_source(code: str, key: SourceKey | None) -> None:
    """Store which work the room plays."""
    room = Room(code=code)
    room.set_source_key(key)
    Room.objects.filter(code=code).update(
        playback_provider=room.playback_provider,
        playback_external_id=room.playback_external_id,
        playback_media_type=room.playback_media_type,
        playback_season=room.playback_season,
        playback_episode=room.playback_episode,
    )


def set_host(code: str, user_id: UUID) -> None:
    """Store the host, who is then neither a co-host nor muted.

    Raises NoSuchRoom, and NoSuchMember if they are not let in, even if they were kicked or banned
    a moment ago, or if their account has been disabled or is being deleted: deleting it would
    delete the room too.
    """
    with transaction.atomic():
        try:
            accounts.hold(user_id)
        except NotAuthenticated:
            raise NoSuchMember from None
        may = room_rows.may_keep(user_id)
        # Before the room, in the same order as decisions about members.
        rows = room_rows.memberships(code).filter(user_id=user_id)
        let_in = rows.filter(admission=MembershipStatus.APPROVED)
        if not let_in.update(cohost=False, muted=False):
            raise NoSuchMember
        room = room_rows.held(code)
        room.host_id = user_id
        # A new host who may not keep a room does not get a kept room either.
        room.kept = room.kept and may
        room.save(update_fields=["host", "kept"])
        room_rows.touch(code)
