"""Operations on videos, with the check who may do them."""

from uuid import UUID

from accounts.principal import Principal
from core.database import in_database
from core.errors import Conflict, Forbidden, NotFound
from library import removals, renditions
from library.models import Source, Video, search_columns
from library.renditions import Place
from library.schemas import may_play_original, why_original_unplayable
from media.playability import NotPlayable


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
    why = why_original_unplayable(video)
    if why is None or not may_play_original(video):
        source_of(video)
    if why and (made := await renditions.find_file(video)):
        return made
    return original_of(video)


def original_of(video: Video) -> Place:
    """Return the file of ``video`` as it came, which is there whatever is still made of it."""
    source = video.source
    return Place(source.storage, source.key, video.mime_type, video.size_bytes)


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
    await removals.remove(video)
