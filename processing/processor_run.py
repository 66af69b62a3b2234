"""Running a job with a processor: submitting, asking a silent one, fetching results."""

import contextlib
import copy
from collections.abc import AsyncIterator
from datetime import timedelta

from django.conf import settings

from core import recheck
from library import tokens
from processing import external_jobs, publishing, queue, submissions
from processing.attempt import Attempt
from processing.audio_tracks import report_left_out
from processing.collecting import NotUsable, collect, wanted
from processing.errors import Failure, Hindered, LeaseLost
from processing.models import Job
from processing.processor import Processor, State, Unanswered
from processing.steps import run_quick_steps

# How long the original can be read, and so how long external work may take.
SOURCE_TTL = timedelta(hours=24)


async def advance(attempt: Attempt, processor: Processor) -> bool:
    """Do the next thing for the job; tell whether it is done, or left to ``processor``.

    Raises Failure and LeaseLost.
    """
    job = attempt.job
    await publishing.discard_earlier(job)
    attempt.made = await publishing.published(job)
    if await queue.was_killed(job):
        attempt.save_memory()
    if not processor.calls_back:
        await processor.submit(attempt, "", "")
        return True
    is_out = job.provider == processor.name and job.fence is not None
    try:
        if is_out and job.outputs is not None:
            await _fetch_outputs(attempt, processor)
            return True
        if is_out and job.provider_job_id:
            return await _after_silence(attempt, processor)
        await attempt.probe_remotely()
        if not wanted(attempt):
            await run_quick_steps(attempt)
            return True
        await _submit(attempt, processor)
        return False
    except Unanswered:
        # The next attempt submits it once more, as the same work.
        raise
    except Failure as failure:
        # The next attempt fetches outputs that exist already, unless they are the reason.
        if job.outputs is None or failure.is_permanent or isinstance(failure, NotUsable):
            await _forget(job)
        raise


async def finish(job: Job) -> None:
    """Mark ``job`` as completed; raise LeaseLost."""
    async with _links_ended(job):
        await queue.finish(job)


async def fail(job: Job, failure: Failure, processor: Processor) -> None:
    """Put ``job`` off, or fail it; raise LeaseLost."""
    submitted = copy.copy(job)
    async with _links_ended(job):
        await queue.fail(job, failure)
    if submitted.provider == processor.name and submitted.fence is not None and job.fence is None:
        await processor.cancel(submitted)


@contextlib.asynccontextmanager
async def _links_ended(job: Job) -> AsyncIterator[None]:
    """Make all servers end streams of the link to the original, if it was revoked meanwhile."""
    fence = job.fence
    yield
    if fence is not None and fence != job.fence:
        await recheck.trigger()


async def _submit(attempt: Attempt, processor: Processor) -> None:
    job = attempt.job
    await report_left_out(attempt)
    async with _links_ended(job):
        await external_jobs.begin(job, processor.name)
    token, _ = tokens.issue(job.video, ttl=SOURCE_TTL, grant=submissions.grant_of(job))
    try:
        provider_job_id = await processor.submit(
            attempt,
            # As an attachment, which is always the original.
            f"{settings.PUBLIC_URL}{tokens.link(job.video_id, token)}&download=1",
            f"{settings.PUBLIC_URL}/api/v1/processing/callback/{processor.name}",
        )
        await external_jobs.hand_over(job, provider_job_id)
    except LeaseLost:
        # Another worker may wait for it by now.
        if await external_jobs.is_forgotten(job):
            await processor.cancel(job)
        raise


async def _after_silence(attempt: Attempt, processor: Processor) -> bool:
    """Ask about the state of the work; raise Hindered if that brings nothing new."""
    job = attempt.job
    was_at_work = await external_jobs.was_at_work(job)
    news = await processor.ask(job)
    about = {"fence": str(job.fence), "state": news.state if news else ""}
    await queue.note(job, "asked", about)
    if news is not None and news.failure is not None:
        raise news.failure
    if news is not None and news.state == State.COMPLETED:
        await external_jobs.keep_outputs(job, news)
        await _fetch_outputs(attempt, processor)
        return True
    if (news is not None and not was_at_work) or await external_jobs.is_answered(job):
        # It is working, but its callbacks do not arrive: it gets the same time again. A callback
        # that came while we asked is used at once.
        await external_jobs.hand_over(job, job.provider_job_id)
        return False
    await processor.cancel(job)
    raise Hindered("processor_silent", "The processing service has said nothing for too long.")


async def _fetch_outputs(attempt: Attempt, processor: Processor) -> None:
    attempt.plan([1])
    await attempt.enter("fetching", 1)
    await attempt.probe_remotely()
    await collect(attempt, dict(attempt.job.outputs or []), processor.outputs())


async def _forget(job: Job) -> None:
    async with _links_ended(job):
        if job.fence is not None:
            await external_jobs.forget(job)
