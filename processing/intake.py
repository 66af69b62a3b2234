"""What is to be made of a video that has just come."""

from core.announcements import Event
from library.models import Video
from library.schemas import why_original_unplayable
from library.storage import registry
from media.plan import Way, way_of
from processing import queue, wake
from processing.attempt import ladder_is_wanted


def decide(video: Video) -> None:
    """Queue ``video``, in the transaction that makes its row, if there is anything to be made.

    What plays can be watched meanwhile. A link's bytes are somebody else's, and stay as they are.
    """
    is_link = registry.provider_class(video.source.storage).kind == "link"
    if not is_link and why_original_unplayable(video) is not None:
        video.status, video.completed_at = Video.Status.QUEUED, None
        video.save(update_fields=["status", "completed_at"])
        way = way_of(video_codec=video.video_codec, pixel_format=video.pixel_format)
        queue.enqueue(video, way)
        return
    queue.announce(Event.VIDEO_PLAYABLE, video)
    if not is_link and ladder_is_wanted(video):
        queue.enqueue(video, Way.DIRECT)
    else:
        queue.announce(Event.VIDEO_READY, video)


async def tell(video: Video) -> None:
    """Wake a worker: there may be something to do."""
    await wake.call()
