"""Cancels the external work on a deleted video."""

import asyncio
import contextlib
from uuid import UUID

import structlog

from core.database import in_database
from processing import processors
from processing.errors import LeaseLost
from processing.models import Job
from processing.states import Status

log = structlog.get_logger(__name__)

# Someone is waiting for their video to be deleted.
PATIENCE_S = 5.0


async def cancel(video_id: UUID) -> None:
    """Cancel the external work on a video, if there is any and the service answers in time."""
    job = await _job_of(video_id)
    processor = processors.chosen()
    if job is None or job.provider != processor.name:
        return
    try:
        with contextlib.suppress(LeaseLost):
            async with asyncio.timeout(PATIENCE_S):
                await processor.cancel(job)
    except TimeoutError:
        log.warning("work elsewhere goes on for a deleted video", id=job.provider_job_id)
    finally:
        await processor.close()


@in_database
def _job_of(video_id: UUID) -> Job | None:
    jobs = Job.objects.filter(video_id=video_id, status=Status.PROCESSING, fence__isnull=False)
    return jobs.exclude(provider_job_id="").first()
