"""A worker: does jobs one at a time until it is told to stop."""

import asyncio
import contextlib
import copy
import errno
import os
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error as DatabaseError

from core.database import DATABASE_AWAY
from media.ffmpeg import Ffmpeg
from processing import processor_run, publishing, queue, scratch
from processing.attempt import Attempt
from processing.bundled import BundledProcessor
from processing.errors import (
    LOST,
    MOST_ATTEMPTS,
    Failure,
    Hindered,
    LeaseLost,
    Unexpected,
    failure_of,
)
from processing.models import Job
from processing.processor import Processor
from processing.wake import Bell

log = structlog.get_logger(__name__)

POLL_S = 5.0
# The number of renewals within the length of a lease.
BEATS = 6
# How long a worker that is told to end may clean up: it is told again after 4 s.
_ENDING_S = 3.0
# System errors that mean a bug of ours: an expected file is missing.
_OF_OURS = (None, errno.ENOENT, errno.EEXIST)


@dataclass(slots=True)
class Worker:
    """A worker process; all workers of a machine may share ``scratch``."""

    scratch: Path
    ffmpeg: Ffmpeg
    choice: queue.Choice = field(default_factory=queue.Choice)
    processor: Processor = field(default_factory=BundledProcessor)
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}"[-64:])

    async def run(self) -> None:
        """Do job after job until cancelled; then the current one is given back."""
        bell = Bell()
        try:
            while True:
                try:
                    if not await self.work():
                        await bell.wait(POLL_S)
                except Exception:
                    # The lease of the current job ends, and another worker takes it.
                    log.exception("work broke off")
                    await asyncio.sleep(POLL_S)
        finally:
            await bell.close()

    async def work(self) -> bool:
        """Do a job if one is due and the scratch folder is usable; tell whether there was one."""
        if not await asyncio.to_thread(scratch.is_usable, self.scratch):
            return False
        job = await self._claim()
        if job is None:
            return False
        log.info("a job begins", job=job.pk, video=str(job.video_id), attempt=job.attempt)
        try:
            await self._attempt(job)
        except LeaseLost:
            log.warning("a job is no longer ours", job=job.pk)
        return True

    async def _claim(self) -> Job | None:
        # The query goes on when we are cancelled: a job that it returns is given back.
        claiming = asyncio.ensure_future(queue.claim(self.name, self.choice))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with contextlib.suppress(LeaseLost, DatabaseError):
                job = await claiming
                if job is not None:
                    await queue.release(job)
            raise

    async def _attempt(self, job: Job) -> None:
        folder = scratch.folder_of(job, self.scratch)
        try:
            await self._make_folder(folder)
            if await _while_held(Attempt(job, folder, self.ffmpeg), self.processor):
                await processor_run.finish(job)
                log.info("a job is done", job=job.pk)
            else:
                log.info("a job is made elsewhere", job=job.pk, id=job.provider_job_id)
        except Failure as failure:
            log.warning("an attempt failed", job=job.pk, code=failure.code, detail=failure.detail)
            await publishing.discard_own(job)
            await processor_run.fail(job, failure, self.processor)
        except asyncio.CancelledError:
            with contextlib.suppress(LeaseLost, DatabaseError, TimeoutError):
                async with asyncio.timeout(_ENDING_S):
                    await publishing.discard_own(job)
            with contextlib.suppress(LeaseLost, DatabaseError):
                await queue.release(job)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _make_folder(self, folder: Path) -> None:
        try:
            await scratch.sweep(self.scratch)
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise failure_of(error) from error


async def _while_held(attempt: Attempt, processor: Processor) -> bool:
    """Do the work while the job is ours; raise LeaseLost when it is no longer.

    Returns whether everything is made. Raises Failure.
    """
    working = asyncio.ensure_future(_make(attempt, processor))
    holding = asyncio.ensure_future(_hold(attempt))
    try:
        await asyncio.wait({working, holding}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, holding):
            task.cancel()
        await asyncio.wait({working, holding})
    if not working.cancelled():
        return working.result()
    holding.result()
    raise LeaseLost


async def _make(attempt: Attempt, processor: Processor) -> bool:
    try:
        if attempt.job.attempt > MOST_ATTEMPTS:
            raise Hindered(LOST, "Its worker ended again and again.")
        return await processor_run.advance(attempt, processor)
    except (Failure, LeaseLost):
        raise
    except DATABASE_AWAY as error:
        # The database was away for longer than a lease.
        raise LeaseLost from error
    except Exception as error:
        log.exception("an attempt broke off", job=attempt.job.pk)
        if isinstance(error, OSError) and error.errno not in _OF_OURS:
            raise failure_of(error) from error
        raise Unexpected("internal", "Something went wrong on the server.") from error


async def _hold(attempt: Attempt) -> None:
    """Renew the lease regularly; raise LeaseLost when we no longer hold the job.

    Raises Away before the files use the reserve of the disk.
    """
    loop = asyncio.get_running_loop()
    lease_s = settings.JOB_LEASE.total_seconds()
    # A copy of the row as claimed: a later holder has a longer lease than we would set.
    job = copy.copy(attempt.job)
    held_s = loop.time()
    while True:
        await asyncio.sleep(lease_s / BEATS)
        try:
            await asyncio.to_thread(scratch.check_space, attempt.folder, 0)
            await queue.beat(
                job,
                step=attempt.step,
                done_share=attempt.done_share,
                done_at=attempt.done_at,
            )
            held_s = loop.time()
        except OSError as error:
            raise failure_of(error) from error
        except DatabaseError:
            log.warning("the database does not answer", exc_info=True)
            if loop.time() > held_s + lease_s:
                raise LeaseLost from None
