"""Operations on videos, with the check who may do them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

import structlog

from accounts.principal import Principal
from core import recheck
from core.database import in_database
from core.errors import Conflict, Forbidden, NotFound, Unavailable
from library import removals, renditions, withdrawals
from library.models import Source, Video, search_columns
from library.renditions import Place
from library.schemas import only_where, why_original_unplayable
from library.storage import registry
from library.storage.base import Missing, NotSetUp, StorageError
from media.playability import NotPlayable

log = structlog.get_logger(__name__)

# The time limit for finding out whether the bytes are still there.
CHECK_S = 2


class VideoNotFound(NotFound):
    message = "There is no such video."


class NotReady(Conflict):
    code = "not_ready"
    message = "This video is not ready yet."


def parse_id(text: str) -> UUID:
    """Parse a video's id; raise VideoNotFound unless it is a UUID in its usual form."""
    try:
        video_id = UUID(text)
    except ValueError:
        raise VideoNotFound from None
    if str(video_id) != text.lower():
        raise VideoNotFound
    return video_id


@in_database
def find_video(*, video_id: UUID, reader: Principal | None) -> Video:
    """Return a video with its source; raise VideoNotFound, also for someone else's video.

    ``reader`` is None if the caller has checked the permission.
    """
    videos = Video.objects.select_related("source").filter(pk=video_id)
    video = (videos if reader is None else videos.filter(owner_id=reader.user_id)).first()
    if video is None:
        raise VideoNotFound
    return video


async def find_own_video(*, video_id: UUID, by: Principal) -> Video:
    """Return a video of ``by``, to change it; raise VideoNotFound, also for someone else's."""
    video = await find_video(video_id=video_id, reader=None)
    if video.owner_id != by.user_id:
        raise VideoNotFound
    return video


def source_of(video: Video) -> Source:
    """Return the source of a video.

    Raises NotReady if it cannot be played yet, and NotPlayable if it never can.
    """
    if video.status == Video.Status.FAILED:
        raise NotPlayable(why_original_unplayable(video))
    if video.status != Video.Status.COMPLETED:
        raise NotReady
    return video.source


async def file_to_play(video: Video) -> Place:
    """Return the file that plays: the original if all browsers play it, or the converted one.

    Until that is made, returns the original if some browsers play it; raises NotReady otherwise.
    """
    source = video.source if only_where(video) else source_of(video)
    if why_original_unplayable(video) and (made := await renditions.find_file(video)):
        return made
    return Place(source.storage, source.key, video.mime_type)


async def lost_bytes(
    videos: Iterable[Video], *, even_far: bool = False
) -> dict[UUID, StorageError]:
    """Return, by video id, why the bytes of some ``videos`` are gone: Missing or NotSetUp.

    Storages that do not answer in time are left out. Only local storages are asked, unless
    ``even_far``: twenty requests to a cloud for each view of a list would be slow and cost money.
    """
    ready = [video for video in videos if video.status == Video.Status.COMPLETED]
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for video in ready:
        keys[video.source.storage].add(video.source.key)

    async def lost_at(name: str) -> dict[str, StorageError]:
        try:
            storage = registry.provider(name)
            if storage.is_near or even_far:
                async with asyncio.timeout(CHECK_S):
                    return dict.fromkeys(await storage.missing(keys[name]), Missing())
        except NotSetUp as error:
            return dict.fromkeys(keys[name], error)
        except (StorageError, TimeoutError):
            pass
        return {}

    lost = dict(zip(keys, await asyncio.gather(*map(lost_at, keys)), strict=True))
    errors = {video.pk: lost[video.source.storage].get(video.source.key) for video in ready}
    return {video_id: error for video_id, error in errors.items() if error}


async def rename_video(*, video_id: UUID, title: str, by: Principal) -> Video:
    """Change a video's title; raise VideoNotFound, also for someone else's."""
    video = await find_own_video(video_id=video_id, by=by)
    fields = {"title": title, **search_columns(title)}
    if not await in_database(Video.objects.filter(pk=video_id).update)(**fields):
        raise VideoNotFound
    video.title = title
    return video


async def delete_video(*, video_id: UUID, by: Principal) -> None:
    """Delete a video; raise VideoNotFound, or Forbidden for someone else's.

    If the storage fails the row stays, so that the owner can try again.
    """
    video = await find_video(video_id=video_id, reader=None)
    if video.owner_id != by.user_id:
        raise Forbidden("Only its owner may delete a video.")
    await remove_video(video)


async def remove_video(video: Video) -> None:
    """Delete a video without checking who asks: first its bytes, then from rooms and queues.

    On StorageError the row stays.
    """
    video_id = video.pk
    await removals.remove(video)
    try:
        await withdrawals.announce(video_id, "deleted")
    except Unavailable:
        # The video is gone anyway: players find no bytes.
        log.warning("rooms that play a deleted video could not be told", video=str(video_id))
    await recheck.ask()
