"""Taking a video away with all its bytes, so that a crash on the way leaves nothing for long."""

import structlog
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from core.database import in_database
from library.models import Removal, Video
from library.posters import find_poster
from library.storage import registry
from library.storage.base import Missing, StorageError

log = structlog.get_logger(__name__)


async def remove(video: Video) -> None:
    """Remove ``video``: bytes, picture and row; raise StorageError with the row in place.

    Bytes that are gone already only warn. Of two who remove it at once both succeed.
    """
    try:
        await _announce(video)
    except IntegrityError:
        return  # another request has just removed the row
    try:
        await _delete_bytes(video)
    except StorageError:
        await _call_off(video)
        raise
    await _delete_row(video)


@in_database
def _announce(video: Video) -> None:
    until = timezone.now() + settings.UPLOAD_LEASE
    Removal.objects.update_or_create(video_id=video.pk, defaults={"held_until": until})


@in_database
def _call_off(video: Video) -> None:
    Removal.objects.filter(video_id=video.pk).delete()


@in_database
def _delete_row(video: Video) -> None:
    Video.objects.filter(pk=video.pk).delete()


async def _delete_bytes(video: Video) -> None:
    for place in (video.source, await find_poster(video.pk)):
        if place is None:
            continue
        storage = registry.provider(place.storage)
        if storage.kind == "link":
            continue
        try:
            await storage.delete(place.key)
        except Missing:
            log.warning("bytes of a deleted video were gone already", video=str(video.pk))
