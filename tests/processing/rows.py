"""Jobs as rows, without files behind them."""

from datetime import timedelta

from django.db.models.functions import Now

from accounts.models import User
from core.database import in_database
from library.models import Source, Video
from media.plan import Way
from media.probe import Facts
from processing import queue
from processing.models import Job


@in_database
def add(owner: User, way: Way = Way.REMUX, lines: int = 360) -> Job:
    """Queue a film of ``owner`` with so many lines."""
    video = Video.objects.create(
        owner=owner,
        title="A film",
        status=Video.Status.QUEUED,
        size_bytes=1,
        mime_type="video/mp4",
        width=lines * 2,
        height=lines,
    )
    Source.objects.create(video=video, storage="local", key=f"{video.pk}/original", etag='"x"')
    return queue.enqueue(video, way, Facts())


@in_database
def lapse(job: Job) -> None:
    """Let the lease of ``job`` end, or its pause, as if the time had passed."""
    Job.objects.filter(pk=job.pk).update(held_until=Now() - timedelta(seconds=1))


@in_database
def fresh(job: Job) -> Job:
    """Return what the database says of ``job`` now."""
    return Job.objects.get(pk=job.pk)


@in_database
def video_status(job: Job) -> str:
    """Return what the video of ``job`` shows."""
    return Video.objects.get(pk=job.video_id).status
