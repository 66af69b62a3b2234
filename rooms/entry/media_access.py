"""Which media grants of room members still hold. Synchronous."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from library.tokens import Bond, Watch
from playback.sources.library import LibrarySource
from rooms.lifecycle import Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import records


def that_hold(watches: Collection[Watch]) -> set[Watch]:
    """Return the grants whose member may still watch this video in that room.

    Asks the database, not the live state: what a room plays and who was kicked is stored
    before anyone is told, and a film goes on while Redis is away. Two queries for all.
    """
    rooms = records.rooms_called({bond.room for bond, _ in watches})
    members = {UUID(bond.member) for bond, _ in watches}
    rows = records.memberships_of(rooms.values(), members)
    return {
        (bond, video_id)
        for bond, video_id in watches
        if (room := rooms.get(bond.room))
        and _plays(room, video_id)
        and _is_there(bond, room, rows.get((room.pk, UUID(bond.member))))
    }


def _plays(room: Room, video_id: UUID) -> bool:
    return not Status(room.status).over and LibrarySource.is_video(room.source_key, video_id)


def _is_there(bond: Bond, room: Room, row: Membership | None) -> bool:
    if room.host_id == UUID(bond.member):
        return True
    if row is None or row.admission != MembershipStatus.APPROVED:
        return False
    return row.expelled_at is None or row.expelled_at < datetime.fromtimestamp(bond.since_s, UTC)
