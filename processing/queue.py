"""The job queue: claiming a job, holding it, and ending it.

Every change requires that the row still names us as the holder (``core.row_lease``), so a worker
that was frozen while another took over can change nothing.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Least, Now
from django.utils import timezone

from core import announcements, row_lease
from core.announcements import Event
from core.database import in_database
from library.models import Video
from media.plan import Way
from media.probe import Facts
from processing import submissions, tallies
from processing.database_wait import patiently
from processing.errors import (
    KILLED,
    MOST_ATTEMPTS,
    MOST_OF_ONE_KIND,
    Away,
    Failure,
    LeaseLost,
    Unexpected,
)
from processing.history import write
from processing.models import Job
from processing.states import OPEN, Move, Stage, Status, after
from processing.turns import BY_URGENCY, OPEN_JOBS, next_turn

FIRST_DELAY_S = 5.0
# The longest pause between two checks for something that is away, and how long to keep checking.
LONGEST_WAIT_S = 15 * 60.0
PATIENCE = timedelta(hours=24)
NOW = timedelta(0)
_ORDER = ("turn", "held_until")

# Who retried a failed job.
Asker = Literal["owner", "staff"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The jobs that a worker takes: kinds of work, and the largest height of the picture."""

    ways: frozenset[Way] = frozenset(Way)
    max_height: int | None = None


def enqueue(video: Video, way: Way, facts: Facts | None) -> Job:
    """Make a job for ``video``, which must have no open job. Synchronous.

    ``facts`` are those of a probe, if it was just probed.
    """
    job = Job(
        video=video,
        version=video.version + 1,
        status=Status.QUEUED,
        turn=next_turn(video.owner_id, way),
        plan=way,
        facts=facts and facts.to_json(),
    )
    row_lease.create(job, NOW)
    write(job, "queued", "", Status.QUEUED)
    return job


@in_database
def claim(worker: str, choice: Choice = Choice()) -> Job | None:
    """Take a job that is due, or return None. It counts as an attempt.

    Films that cannot be watched yet come first, then by urgency and turn.
    """
    for ways in BY_URGENCY:
        jobs = _chosen(choice, ways)
        # An idle worker must not block writers.
        if row_lease.lapsed(jobs).exists() and (job := _take(jobs, worker)):
            return job
    return None


def _take(jobs: QuerySet[Job], worker: str) -> Job | None:
    """Take the first of ``jobs`` that is due; None if others were faster."""
    # While a video is being deleted, nothing more is made of it.
    jobs = jobs.filter(video__removal__isnull=True).select_related("video__source")
    with transaction.atomic():
        job = row_lease.lock_lapsed(jobs, order=_ORDER)
        if job is None:
            return None
        was_at_work = job.status == Status.PROCESSING
        # Continuing an external submission is the same attempt.
        goes_on = was_at_work and not job.worker
        begun = {
            "status": Status.PROCESSING,
            "worker": worker,
            "attempt": job.attempt + (not goes_on),
            "started_at": job.started_at or timezone.now(),
        }
        if not row_lease.take(job, settings.JOB_LEASE, reason_code="", reason="", **begun):
            return None
        if was_at_work and not goes_on:
            tallies.lost()
        write(job, "claimed", "", job.status, {"worker": worker})
        _show(job)
    return job


def _chosen(choice: Choice, ways: Iterable[Way]) -> QuerySet[Job]:
    """Return the open jobs of ``ways`` that match ``choice``."""
    jobs = Job.objects.filter(OPEN_JOBS, plan__in=sorted(choice.ways.intersection(ways)))
    if choice.max_height is None:
        return jobs
    lines = Least("video__width", "video__height")
    return jobs.annotate(lines=lines).filter(lines__lte=choice.max_height)


@patiently
def enter(job: Job, *, step: Stage, done_share: float, done_at: datetime | None) -> None:
    """Store that ``step`` of ``job`` begins, and the progress; raise LeaseLost."""
    told = {"step": step, "done_share": done_share, "done_at": done_at}
    if not job.held().update(**told):
        raise LeaseLost
    job.step = step


@patiently
def change_plan(job: Job, way: Way) -> None:
    """Store that ``job`` is to be made another way than planned; raise LeaseLost."""
    if not job.held().update(plan=way):
        raise LeaseLost
    job.plan = way


@in_database
def beat(job: Job, *, step: Stage, done_share: float, done_at: datetime | None) -> None:
    """Renew the lease of ``job`` and store the progress; raise LeaseLost."""
    told = {"step": step, "done_share": done_share, "done_at": done_at}
    if not row_lease.renew(job, settings.JOB_LEASE) or not job.held().update(**told):
        raise LeaseLost


@patiently
def finish(job: Job) -> None:
    """Mark ``job`` as completed; raise LeaseLost.

    This revokes the link to the original of an external job: call ``core.recheck.trigger``
    afterwards.
    """
    with transaction.atomic():
        _move(job, Move.FINISH, finished_at=timezone.now(), done_share=1, step="", done_at=None)
        if job.plan != Way.STORYBOARD:
            announce(Event.VIDEO_READY, job.video)
        tallies.completed(job)


@patiently
def fail(job: Job, failure: Failure) -> None:
    """Put ``job`` off, or fail it; raise LeaseLost.

    If it fails, the link to the original is revoked, as by ``finish``.
    """
    end_attempt(job, failure)


def end_attempt(job: Job, failure: Failure) -> None:
    """See ``fail``. Synchronous."""
    told: dict[str, Any] = {
        "reason_code": failure.code,
        "reason": failure.words[:500],
        "step": "",
        "done_at": None,
    }
    about = {"words": failure.words, "detail": failure.detail}
    data = {"code": failure.code, "step": job.step, **about}
    with transaction.atomic():
        if _is_given_up(job, failure):
            if not failure.is_permanent:
                write(job, "exhausted", job.status, job.status)
            _move(job, Move.GIVE_UP, data, finished_at=timezone.now(), **told)
            if job.plan != Way.STORYBOARD:
                why = {"code": failure.code, "reason": failure.words[:500]}
                announce(Event.VIDEO_FAILED, job.video, **why)
        elif isinstance(failure, Away):
            since = job.waits_since or timezone.now()
            delay = timedelta(seconds=wait_s((timezone.now() - since).total_seconds()))
            told |= {"waits_since": since, "attempt": F("attempt") - 1}
            _move(job, Move.PUT_OFF, data, delay, **told)
        else:
            delay = timedelta(seconds=delay_s(job.attempt))
            _move(job, Move.PUT_OFF, data, delay, waits_since=None, **told)
        tallies.failed(Status(job.status), failure)


def _is_given_up(job: Job, failure: Failure) -> bool:
    if failure.is_permanent:
        return True
    if isinstance(failure, Away):
        return job.waits_since is not None and timezone.now() >= job.waits_since + PATIENCE
    # A failure at a later step is a different kind.
    of_one_kind = _put_off(job, data__code=failure.code, data__step=job.step) + 1
    if isinstance(failure, Unexpected) and of_one_kind >= MOST_OF_ONE_KIND:
        return True
    return job.attempt >= MOST_ATTEMPTS


def _put_off(job: Job, **why: str) -> int:
    """Return how often the job was put off with this failure since it was queued."""
    again = job.events.filter(kind=Move.AGAIN).order_by("pk").last()
    put_off = job.events.filter(kind=Move.PUT_OFF, **why)
    return (put_off.filter(pk__gt=again.pk) if again else put_off).count()


@patiently
def was_killed(job: Job) -> bool:
    """Tell whether an earlier attempt was killed, usually because memory ran out."""
    return bool(_put_off(job, data__code=KILLED))


def note_progress(job: Job) -> None:
    """Note that the job got further, so what it waited for is back. Synchronous."""
    if job.waits_since is not None:
        job.held().update(waits_since=None)
        job.waits_since = None


@in_database
def release(job: Job) -> None:
    """Give ``job`` back because its work is broken off; this does not count as an attempt."""
    with transaction.atomic():
        _move(job, Move.LET_GO, attempt=F("attempt") - 1, step="", done_at=None)


@in_database
def take_back(video_id: UUID) -> Job | None:
    """Take the open job of a video that is being deleted from its worker, if there is one.

    Returns it if it is being worked on, here or elsewhere. Nobody claims it meanwhile.
    """
    with transaction.atomic():
        jobs = Job.objects.filter(OPEN_JOBS, video_id=video_id)
        job = jobs.select_related("video").select_for_update(of=("self",)).first()
        if job is None:
            return None
        # Also of a job that waits: a claim that began before the deletion must find another holder.
        job.holder = uuid4()
        jobs.update(holder=job.holder)
    return job if job.status == Status.PROCESSING or job.fence is not None else None


@in_database
def again(job_id: int, *, by: Asker) -> bool:
    """Queue a failed job manually; False if its status is not failed, or a newer job exists."""
    with transaction.atomic():
        failed = Job.objects.filter(pk=job_id, status=Status.FAILED)
        job = failed.select_related("video").first()
        if job is None:
            return False
        # A new job may be added just now.
        Video.objects.select_for_update(no_key=True).filter(pk=job.video_id).first()
        # It would take the place of what the newer job has made.
        if Job.objects.filter(video_id=job.video_id, pk__gt=job_id).exists():
            return False
        changed = failed.update(
            status=Status.QUEUED,
            turn=next_turn(job.video.owner_id, Way(job.plan)),
            attempt=0,
            waits_since=None,
            # The probe may have been fixed meanwhile.
            facts=None,
            held_until=Now() + NOW,
            finished_at=None,
            done_share=0,
            reason_code="",
            reason="",
        )
        if changed:
            job.status, job.attempt = Status.QUEUED, 0
            write(job, Move.AGAIN, Status.FAILED, Status.QUEUED, {"by": by})
            _show(job)
    return bool(changed)


@patiently
def explain(job: Job, failure: Failure | None) -> None:
    """Store why ``job`` gets no further now, or that it does again; raise LeaseLost."""
    code, words = (failure.code, failure.words[:500]) if failure else ("", "")
    if not job.held().update(reason_code=code, reason=words):
        raise LeaseLost


@patiently
def note(job: Job, kind: str, data: Mapping[str, Any]) -> None:
    """Add an event that changes no state; raise LeaseLost."""
    with transaction.atomic():
        lock(job)
        write(job, kind, job.status, job.status, data)


def delay_s(attempt: int) -> float:
    """Return the pause in seconds after a failed attempt: longer each time, with jitter."""
    return random.uniform(0, FIRST_DELAY_S * 2**attempt)  # noqa: S311


def wait_s(waited_s: float) -> float:
    """Return the pause in seconds before checking again for something away, with jitter."""
    return min(LONGEST_WAIT_S, max(FIRST_DELAY_S, waited_s)) * random.uniform(0.5, 1)  # noqa: S311


def lock(job: Job) -> None:
    """Lock ``job`` for this transaction; raise LeaseLost. Synchronous."""
    if job.held().filter(status=Status.PROCESSING).select_for_update().first() is None:
        raise LeaseLost


def announce(event: Event, video: Video, **facts: str) -> None:
    """Announce an event of ``video``, in the transaction of the change. Synchronous."""
    announcements.announce(event, video.owner_id, id=str(video.pk), title=video.title, **facts)


def _move(
    job: Job,
    move: Move,
    data: Mapping[str, Any] | None = None,
    delay: timedelta = NOW,
    **fields: Any,
) -> None:
    was = Status(job.status)
    to = after(was, move)
    assert to is not None, (was, move)  # noqa: S101 - a mistake of ours
    ours = job.held().filter(status=was)
    is_over = to not in OPEN
    if is_over:
        fields["turn"] = None
    if not ours.update(status=to, held_until=Now() + delay, **fields):
        raise LeaseLost
    job.status = to
    if is_over and job.fence is not None:
        submissions.forget(job)
    write(job, move.value, was, to, data)
    _show(job)


def _show(job: Job) -> None:
    """Copy the status of the job to the video, unless it can be watched already."""
    Video.objects.filter(pk=job.video_id).exclude(status=Video.Status.COMPLETED).update(
        status=job.status
    )
