"""Members' places in rooms, on which their links to a library video hang. Synchronous."""

from datetime import UTC, datetime
from uuid import UUID

from library.tokens import Bond
from playback.sources.library import LibrarySource
from rooms import records
from rooms.errors import NoSuchRoom
from rooms.lifecycle import Status
from rooms.models import Admission


def still_holds(bond: Bond, video_id: UUID) -> bool:
    """Tell whether the member may still watch this video in his room.

    Asks the database, not the live state: what a room plays and who was expelled is stored
    before anyone is told, and a film goes on while Redis is away.
    """
    try:
        room = records.get(bond.room)
    except NoSuchRoom:
        return False
    if Status(room.status).over or not LibrarySource.is_video(room.source_key, video_id):
        return False
    member = UUID(bond.member)
    if room.host_id == member:
        return True
    row = records.membership(room, member)
    if row is None or row.admission != Admission.APPROVED:
        return False
    return row.expelled_at is None or row.expelled_at < datetime.fromtimestamp(bond.since_s, UTC)
