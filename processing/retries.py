"""Manual retries of failed jobs, by their owner or staff."""

from core.errors import Conflict, NotFound
from processing import queue, wake
from processing.queue import Asker


class NotFailed(Conflict):
    code = "not_failed"
    message = "Nothing failed that could be tried again."


class JobNotFound(NotFound):
    message = "There is no such job."


async def retry(job_id: int | None, *, by: Asker) -> None:
    """Queue a failed job and wake a worker; raise NotFailed, also for None."""
    if job_id is None or not await queue.again(job_id, by=by):
        raise NotFailed
    await wake.call()
