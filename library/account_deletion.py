"""Deletes the videos and unfinished uploads of an account that is being deleted."""

from uuid import UUID

from core.database import in_database
from library import removals
from library.models import Video
from library.receive import pipeline, upload_rows
from library.storage.base import StorageError, StorageUnavailable


async def remove_videos_of(user_id: UUID) -> None:
    """Remove all videos and unfinished uploads of a person, even if some cannot be removed.

    Then raises StorageUnavailable, which names the storages that failed.
    """
    failed: dict[str, StorageError] = {}
    for upload in await in_database(upload_rows.taken_from)(user_id):
        try:
            await pipeline.remove(upload)
        except StorageError as error:
            failed[upload.storage] = error
    for video in await in_database(_videos_of)(user_id):
        try:
            await removals.remove(video)
        except StorageError as error:
            failed[video.source.storage] = error
    if failed:
        told = "; ".join(f"{name}: {error.message}" for name, error in sorted(failed.items()))
        raise StorageUnavailable(told)


def _videos_of(user_id: UUID) -> list[Video]:
    return list(Video.objects.filter(owner_id=user_id).select_related("source"))
