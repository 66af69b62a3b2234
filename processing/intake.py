"""What is to be made of a video that has just come."""

from django.conf import settings

from library.models import Video
from library.schemas import why_original_unplayable
from library.storage import registry
from media.plan import Way, way_of
from processing import queue, wake
from processing.attempt import ladder_is_worth_it


def decide(video: Video) -> None:
    """Queue ``video``, in the transaction that makes its row, if there is anything to be made.

    What plays can be watched meanwhile. A link's bytes are somebody else's, and stay as they are.
    """
    if registry.provider_class(video.source.storage).kind == "link":
        return
    if why_original_unplayable(video) is not None:
        video.status, video.completed_at = Video.Status.QUEUED, None
        video.save(update_fields=["status", "completed_at"])
        way = way_of(video_codec=video.video_codec, pixel_format=video.pixel_format)
        queue.enqueue(video, way)
    elif settings.LADDER == "always" or (settings.LADDER == "auto" and ladder_is_worth_it(video)):
        queue.enqueue(video, Way.DIRECT)


async def tell(video: Video) -> None:
    """Wake a worker: there may be something to do."""
    await wake.call()
