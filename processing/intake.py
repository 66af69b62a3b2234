"""What is to be made of a video that has just come."""

from library.models import Video
from library.schemas import why_original_unplayable
from library.storage import registry
from processing import queue, wake


def decide(video: Video) -> None:
    """Queue ``video``, in the transaction that makes its row, if browsers do not play it.

    A link's bytes are somebody else's, and stay as they are.
    """
    if registry.provider_class(video.source.storage).kind == "link":
        return
    if why_original_unplayable(video) is None:
        return
    video.status, video.completed_at = Video.Status.QUEUED, None
    video.save(update_fields=["status", "completed_at"])
    queue.enqueue(video)


async def tell(video: Video) -> None:
    """Wake a worker for ``video``, if there is anything to do."""
    if video.status == Video.Status.QUEUED:
        await wake.call()
