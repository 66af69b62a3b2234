"""Which media tokens of room members are still valid. Synchronous."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from library.tokens import RoomMember, Viewing
from playback.sources.library import LibrarySource
from rooms.lifecycle import Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import membership_rows, room_rows


def still_valid(viewings: Collection[Viewing]) -> set[Viewing]:
    """Return those of ``viewings`` whose member may still watch the video in that room.

    Asks the database, not the live state: it has what a room plays and who was kicked before
    anyone is told, and films go on while Redis is away. Two queries for all of them.
    """
    rooms = room_rows.rooms_called({member.room for member, _ in viewings})
    members = {UUID(member.user) for member, _ in viewings}
    rows = membership_rows.memberships_of(rooms.values(), members)
    return {
        (member, video_id)
        for member, video_id in viewings
        if (room := rooms.get(member.room))
        and _plays(room, video_id)
        and _is_there(member, room, rows.get((room.pk, UUID(member.user))))
    }


def _plays(room: Room, video_id: UUID) -> bool:
    return not Status(room.status).over and LibrarySource.is_video(room.source_key, video_id)


def _is_there(member: RoomMember, room: Room, row: Membership | None) -> bool:
    if room.host_id == UUID(member.user):
        return True
    if row is None or row.admission != MembershipStatus.APPROVED:
        return False
    return row.expelled_at is None or row.expelled_at < datetime.fromtimestamp(member.since_s, UTC)
