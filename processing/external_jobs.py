"""Jobs of external processors: storing callbacks and applying them.

The processor identifies a submission by its fence: the holder of the job when it was submitted.
Callbacks with another fence belong to an earlier submission and change nothing. While the processor
works, no worker of ours holds the job (``worker`` is empty), and its lease lasts as long as the
processor may be silent.
"""

from datetime import timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction

from core import row_lease
from core.database import in_database
from library.models import Video
from processing import history, models, queue, submissions
from processing.database_wait import patiently
from processing.errors import LeaseLost
from processing.models import Job
from processing.processor import Callback, News, State
from processing.states import OPEN, Stage, Status

# The step name that owners see.
STEP: Stage = "elsewhere"
LEAST_SILENCE = timedelta(minutes=30)


class Result(StrEnum):
    """The result of a callback: taken, a duplicate, or too late."""

    TAKEN = "taken"
    SKIPPED = "skipped"
    LATE = "late"


def silence_of(video: Video) -> timedelta:
    """Return how long a processor may be silent."""
    return max(LEAST_SILENCE, 4 * timedelta(seconds=video.duration_s or 0))


@patiently
def begin(job: Job, provider: str) -> None:
    """Store which processor ``job`` is submitted to; raise LeaseLost.

    Called before sending, because the first callback may be faster than the answer. A submission
    that was not answered, as when its worker ended, keeps its fence: the processor may be at work.
    """
    if job.fence is not None and job.provider != provider:
        submissions.forget(job)
    fence = job.fence or job.holder
    about = {"provider": provider, "provider_job_id": "", "fence": fence, "outputs": None}
    if not job.held().filter(status=Status.PROCESSING).update(**about):
        raise LeaseLost
    job.provider, job.provider_job_id, job.fence, job.outputs = provider, "", fence, None


@patiently
def hand_over(job: Job, provider_job_id: str) -> None:
    """Leave ``job`` to the processor until it calls back; raise LeaseLost."""
    with transaction.atomic():
        queue.lock(job)
        # Under a new holder, so that a heartbeat of ours under way cannot shorten the lease.
        row_lease.take(job, queue.NOW if _is_answered(job) else silence_of(job.video))
        job.held().update(worker="", provider_job_id=provider_job_id, step=STEP, done_at=None)
        queue.note_progress(job)
        job.worker, job.provider_job_id = "", provider_job_id
        history.record(job, "handed_over", {"provider_job_id": provider_job_id})


@patiently
def is_forgotten(job: Job) -> bool:
    """Tell whether nobody waits for this submission any more."""
    return not Job.objects.filter(pk=job.pk, fence=job.fence).exists()


@patiently
def was_at_work(job: Job) -> bool:
    """Tell whether the processor, when last asked, said that it is working on this attempt."""
    heard = job.events.filter(kind__in=["asked", f"callback_{Result.TAKEN}"]).order_by("pk").last()
    asked = {"fence": str(job.fence), "state": State.WORKING}
    return heard is not None and heard.kind == "asked" and heard.data == asked


@patiently
def keep_outputs(job: Job, news: News) -> None:
    """Store the outputs that the processor reports, for the worker that fetches them."""
    outputs = _outputs(news)
    if not job.held().update(outputs=outputs):
        raise LeaseLost
    job.outputs = outputs


@patiently
def is_answered(job: Job) -> bool:
    """Tell whether the processor has called back that everything is made."""
    return _is_answered(job)


def _is_answered(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, outputs__isnull=False).exists()


@patiently
def forget(job: Job) -> None:
    """Detach ``job`` from its submission; call ``core.recheck.trigger`` afterwards."""
    submissions.forget(job)


@in_database
def take(provider: str, callback: Callback) -> Result:
    """Apply a callback once; call ``core.recheck.trigger`` afterwards."""
    with transaction.atomic():
        jobs = Job.objects.select_for_update(of=("self",)).select_related("video")
        job = jobs.filter(pk=callback.job_id, provider=provider).first()
        result = _take(provider, callback, job)
        if job is not None:
            about = {
                "event_id": callback.event_id,
                "provider_job_id": callback.provider_job_id,
                "state": callback.news.state,
            }
            history.record(job, f"callback_{result}", about)
            if result == Result.TAKEN:
                _apply(job, callback)
    return result


def _take(provider: str, callback: Callback, job: Job | None) -> Result:
    try:
        with transaction.atomic():
            models.Callback.objects.create(provider=provider, event_id=callback.event_id)
    except IntegrityError:
        return Result.SKIPPED
    is_open = (
        job is not None
        and job.status in OPEN
        and job.fence == callback.fence
        # Out of order, or contradicting: the first final callback counts.
        and job.outputs is None
    )
    return Result.TAKEN if is_open else Result.LATE


def _apply(job: Job, callback: Callback) -> None:
    news = callback.news
    told = {
        "provider_job_id": callback.provider_job_id or job.provider_job_id,
        "done_share": max(job.done_share, news.done_share or 0),
    }
    job.held().update(**told)
    if job.status != Status.PROCESSING:
        # The worker that submitted it has ended. The next one asks.
        row_lease.renew(job, queue.NOW)
        return
    if news.failure is not None:
        submissions.forget(job)
        queue.end_attempt(job, news.failure)
        return
    if news.state == State.COMPLETED:
        job.held().update(outputs=_outputs(news))
    if not job.worker:
        is_over = news.state == State.COMPLETED
        row_lease.renew(job, queue.NOW if is_over else silence_of(job.video))


def _outputs(news: News) -> list[list[str]]:
    return [[each.name, each.url] for each in news.outputs]


@in_database
def note_refused(provider: str, job_id: int, why: str) -> None:
    """Add an event about a callback with a wrong signature for an external job."""
    job = Job.objects.filter(pk=job_id, provider=provider).first()
    if job is not None:
        history.record(job, "callback_refused", {"why": why})
