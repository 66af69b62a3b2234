"""The job for a video that has just been added."""

from core.announcements import Event
from library.models import Video
from library.schemas import why_original_unplayable
from library.storage import registry
from media.plan import Way, text_subtitles, wants_storyboard, way_of
from media.playability import NotPlayable
from media.probe import Facts
from processing import queue, wake
from processing.attempt import ladder_is_wanted
from processing.models import Job
from processing.states import OPEN


def decide(video: Video, facts: Facts) -> None:
    """Queue ``video``, in the transaction that inserts its row, if it should be converted.

    A video that plays can be watched meanwhile. Links are never converted.
    """
    is_link = registry.provider_class(video.source.storage).kind == "link"
    problem = why_original_unplayable(video)
    if not is_link and problem is not None:
        _have_made(video, problem, facts)
        return
    queue.announce(Event.VIDEO_PLAYABLE, video)
    has_more = ladder_is_wanted(video, facts) or text_subtitles(facts.tracks)
    if not is_link and has_more:
        queue.enqueue(video, Way.DIRECT, facts)
        return
    queue.announce(Event.VIDEO_READY, video)
    if not is_link and wants_storyboard(video.duration_s):
        queue.enqueue(video, Way.STORYBOARD, facts)


def _have_made(video: Video, problem: str, facts: Facts) -> None:
    """Queue a video that browsers do not play, unless it cannot be converted."""
    way = way_for(video, facts)
    if way is None:
        queue.announce(Event.VIDEO_FAILED, video, code=NotPlayable.code, reason=problem)
        return
    _take_from_viewers(video)
    queue.enqueue(video, way, facts)


def way_for(video: Video, facts: Facts) -> Way | None:
    """Return how to convert a video that browsers do not play; None if it cannot be converted."""
    return way_of(
        mime_type=video.mime_type,
        video_codec=video.video_codec,
        pixel_format=video.pixel_format,
        is_interlaced=facts.tracks.picture.is_interlaced,
        is_mirrored=facts.tracks.picture.is_mirrored,
        is_open_gop=facts.tracks.picture.is_open_gop,
    )


def make_again(video: Video) -> None:
    """Queue the conversion of ``video`` again after its renditions were lost, in that transaction.

    If its job is open, that makes them.
    """
    last = Job.objects.filter(video=video).order_by("-pk").first()
    if last is None:
        return
    if why_original_unplayable(video) is not None:
        _take_from_viewers(video)
    if last.status not in OPEN:
        queue.enqueue(video, Way(last.plan), facts=None)


def _take_from_viewers(video: Video) -> None:
    video.status, video.completed_at = Video.Status.QUEUED, None
    video.save(update_fields=["status", "completed_at"])


async def wake_worker(video: Video) -> None:
    """Wake a worker, because there may be something to do."""
    await wake.call()
