"""What goes with a person who leaves: their videos and their unfinished uploads."""

from uuid import UUID

from core.database import in_database
from library.models import Video
from library.receive import pipeline, upload_rows
from library.services import remove_video


async def remove_all_of(user_id: UUID) -> None:
    """Remove every video and unfinished upload of a person; raise StorageError."""
    for upload in await in_database(upload_rows.taken_from)(user_id):
        await pipeline.remove(upload)
    for video in await in_database(_videos_of)(user_id):
        await remove_video(video)


def _videos_of(user_id: UUID) -> list[Video]:
    return list(Video.objects.filter(owner_id=user_id).select_related("source"))
