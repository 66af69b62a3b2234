"""Stops the work on a video that is being deleted."""

import asyncio
from uuid import UUID

import structlog

from core.database import unless_full
from processing import external_jobs, processors, queue
from processing.errors import LeaseLost
from processing.models import Job
from processing.states import Status

log = structlog.get_logger(__name__)

# Someone is waiting for their video to be deleted.
PATIENCE_S = 5.0


async def cancel(video_id: UUID) -> None:
    """Take the job of a video from whoever works on it, so that nothing more is published.

    If the deletion fails, the job begins again. External work is cancelled if the service answers
    in time.
    """
    # Nothing is published on a full disk, and deleting must work on one.
    with unless_full():
        job = await queue.take_back(video_id)
        if job is not None:
            await _end_attempt(job)


async def _end_attempt(job: Job) -> None:
    try:
        if job.fence is not None:
            await _cancel_elsewhere(job)
            await external_jobs.forget(job)
        if job.status == Status.PROCESSING:
            await queue.release(job)
    except LeaseLost:
        # Someone else deletes the video too.
        log.info("a job is taken back twice", job=job.pk)


async def _cancel_elsewhere(job: Job) -> None:
    processor = processors.chosen()
    if job.provider != processor.name:
        return
    try:
        async with asyncio.timeout(PATIENCE_S):
            await processor.cancel(job)
    except TimeoutError:
        log.warning("work elsewhere goes on for a deleted video", job=job.pk)
