"""Deleting a video with all its bytes, even if a crash interrupts it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core import recheck, row_lease
from core.database import DATABASE_AWAY, in_database, is_full, unless_full
from core.errors import Unavailable
from library import withdrawals
from library.models import Poster, Removal, Rendition, Video
from library.storage import registry
from library.storage.base import Missing, StorageError
from library.withdrawals import Withdrawal

log = structlog.get_logger(__name__)

# Ends work on a video that will be removed, so that nothing more is stored of it.
Ending = Callable[[UUID], Awaitable[None]]

# After a removal was called off, queues the conversion of lost renditions, in that transaction.
Remaking = Callable[[Video], None]

_endings: list[Ending] = []
_remakings: list[Remaking] = []


def end_with(*endings: Ending) -> None:
    """Call each of ``endings`` before a video is removed. Set by the composition root."""
    _endings[:] = endings


def make_again_with(*remakings: Remaking) -> None:
    """Call each of ``remakings`` for a video that stays but has lost its renditions."""
    _remakings[:] = remakings


async def remove(video: Video) -> None:
    """Remove ``video``: bytes, poster and row, and from rooms; on StorageError the row stays.

    Bytes that are gone already only cause a warning. If two are at it, both succeed,
    and the video is gone when the later one is done.
    """
    try:
        removal = await _announce(video)
    except DATABASE_AWAY as error:
        if not is_full(error):
            raise
        # The disk is full, and deleting must still work. A crash here leaves a row without bytes,
        # which its owner sees and can delete.
        await _delete_bytes(video)
        removal = await _announce(video)
    if removal is None:
        return  # another request has just removed it
    try:
        await resume(removal)
    except StorageError:
        await _cancel(removal)
        raise


async def resume(removal: Removal) -> None:
    """Remove what is left of the video, and tell the rooms; on StorageError the removal stays."""
    lease: timedelta = settings.UPLOAD_LEASE
    deletion = Withdrawal.of(removal.video, "deleted")
    async with row_lease.kept(removal, lease, every=lease / 3):
        for end in _endings:
            await end(removal.video_id)
        await _delete_bytes(removal.video)
        # Nobody would tell them if this process were killed after the row is gone.
        await _tell_rooms(deletion)
    await _delete_row(removal)
    # One may have chosen the video in between.
    await _tell_rooms(deletion)
    await recheck.trigger()


async def _tell_rooms(deletion: Withdrawal) -> None:
    try:
        await withdrawals.announce(deletion)
    except Unavailable:
        # The bytes are gone anyway, which players find.
        video_id = str(deletion.video_id)
        log.warning("rooms that play a deleted video could not be told", video=video_id)


@in_database
def take_abandoned() -> Removal | None:
    """Take and return a removal whose lease has ended."""
    return row_lease.take_lapsed(
        Removal.objects.select_related("video__source"), settings.UPLOAD_LEASE
    )


@in_database
def _announce(video: Video) -> Removal | None:
    """Take and return the removal of ``video``; None if the video is gone.

    Two processes may delete the same bytes: the second one finds them gone.
    """
    while True:
        with transaction.atomic():
            if not _same(video).select_for_update(no_key=True).exists():
                return None
            removal = Removal.objects.filter(video_id=video.pk).first()
            if removal is None:
                removal = Removal(video=video)
                row_lease.create(removal, settings.UPLOAD_LEASE)
                return removal
            if row_lease.take(removal, settings.UPLOAD_LEASE):
                removal.video = video
                return removal


def _same(video: Video) -> QuerySet[Video]:
    """Return ``video``, but not a newer one with the id, which its Idempotency-Key can make.

    A deletion may have stood still while another has finished it.
    """
    return Video.objects.filter(pk=video.pk, created_at=video.created_at)


@in_database
def _cancel(removal: Removal) -> None:
    """Keep the video, unless someone else is removing it now.

    Its renditions may be gone already; then they are made again.
    """
    with transaction.atomic():
        is_ours = removal.held().delete()[0]
        video = Video.objects.select_related("source").filter(pk=removal.video_id).first()
        if is_ours and video is not None and video.version != removal.video.version:
            for make_again in _remakings:
                make_again(video)


@in_database
def _delete_row(removal: Removal) -> None:
    """Delete the video, unless someone else has taken the removal and may still delete bytes.

    Then its id must not be free yet: a request with the same Idempotency-Key makes a new video of
    it, with the same keys in storage.
    """
    with transaction.atomic():
        video = Video.objects.filter(pk=removal.video_id)
        # Something that is added to it just now must be found, to be deleted too.
        video.select_for_update().first()
        if removal.held().delete()[0]:
            video.delete()


@in_database
def _poster(video: Video) -> Poster | None:
    return Poster.objects.filter(video__in=_same(video)).first()


@in_database
def _taken_down(video: Video) -> list[Rendition]:
    """Unpublish all renditions of ``video``, and return them."""
    made = Rendition.objects.filter(video__in=_same(video))
    with unless_full(), transaction.atomic():
        if made.update(is_published=False):
            _same(video).update(version=0)
    return list(made)


async def _delete_bytes(video: Video) -> None:
    # The original last: as long as it is there, a failed removal can be called off.
    for place in (await _poster(video), *await _taken_down(video), video.source):
        if place is None:
            continue
        storage = registry.provider(place.storage)
        if storage.kind == "link":
            continue
        try:
            await storage.delete(place.key)
        except Missing:
            log.warning("bytes of a deleted video were gone already", video=str(video.pk))
        if isinstance(place, Poster):
            await _forget_poster(place)


@in_database
def _forget_poster(poster: Poster) -> None:
    """Remove the row of a poster, because the video may stay if the deletion is called off."""
    with unless_full():
        Poster.objects.filter(pk=poster.pk).delete()
