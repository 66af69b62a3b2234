"""Works on jobs, one at a time, until it is told to stop."""

import asyncio
import contextlib
import copy
import os
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError

from core import disk
from media.ffmpeg import Ffmpeg
from processing import outside, publishing, queue, scratch
from processing.attempt import Attempt
from processing.bundled import BundledProcessor
from processing.errors import LOST, Failure, Hindered, LeaseLost, hindered_by
from processing.models import Job
from processing.processor import Processor
from processing.wake import Bell

log = structlog.get_logger(__name__)

POLL_S = 5.0
# How often a lease is renewed before it would end.
BEATS = 6


@dataclass(slots=True)
class Worker:
    """One worker process; ``scratch`` may be shared by all of a machine."""

    scratch: Path
    ffmpeg: Ffmpeg
    choice: queue.Choice = field(default_factory=queue.Choice)
    processor: Processor = field(default_factory=BundledProcessor)
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}"[-64:])

    async def run(self) -> None:
        """Take job after job until cancelled; the one at hand is then given back."""
        bell = Bell()
        try:
            while True:
                try:
                    if not await self.work():
                        await bell.wait(POLL_S)
                except Exception:
                    # A job at hand lapses, and is taken up again.
                    log.exception("work broke off")
                    await asyncio.sleep(POLL_S)
        finally:
            await bell.close()

    async def work(self) -> bool:
        """Do one job, if one is due and the disk has room; tell whether there was one."""
        if not await asyncio.to_thread(self._has_room):
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
        # The database goes on when we are cancelled: what it gave us meanwhile goes back.
        claiming = asyncio.ensure_future(queue.claim(self.name, self.choice))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with contextlib.suppress(LeaseLost, DatabaseError):
                job = await claiming
                if job is not None:
                    await queue.let_go(job)
            raise

    def _has_room(self) -> bool:
        return disk.look(self.scratch).has_room(0)

    async def _attempt(self, job: Job) -> None:
        folder = scratch.folder_of(job, self.scratch)
        try:
            await scratch.sweep(self.scratch)
            _make_folder(folder)
            if await _while_held(Attempt(job, folder, self.ffmpeg), self.processor):
                await outside.finish(job)
                log.info("a job is done", job=job.pk)
            else:
                log.info("a job is made elsewhere", job=job.pk, id=job.provider_job_id)
        except Failure as failure:
            log.warning("an attempt failed", job=job.pk, code=failure.code, detail=failure.detail)
            await publishing.discard_own(job)
            await outside.fail(job, failure)
        except asyncio.CancelledError:
            with contextlib.suppress(LeaseLost, DatabaseError):
                await publishing.discard_own(job)
                await queue.let_go(job)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _make_folder(folder: Path) -> None:
    """Make the folder of an attempt; raise Hindered."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise hindered_by(error) from error


async def _while_held(attempt: Attempt, processor: Processor) -> bool:
    """Do the work for as long as the job is ours; raise LeaseLost when it is not any more.

    Tells whether all is made. Raises Failure.
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
        if attempt.job.attempt > queue.MOST_ATTEMPTS:
            raise Hindered(LOST, "Its worker ended again and again.")
        return await outside.go_on(attempt, processor)
    except (Failure, LeaseLost):
        raise
    except Exception as error:
        log.exception("an attempt broke off", job=attempt.job.pk)
        raise Hindered("internal", "Something went wrong on the server.") from error


async def _hold(attempt: Attempt) -> None:
    """Say again and again that we are at work; raise LeaseLost when we no longer hold the job.

    Raises Hindered before what is made takes the reserve of the disk.
    """
    loop = asyncio.get_running_loop()
    lease_s = settings.JOB_LEASE.total_seconds()
    # As it was claimed: whoever it is handed over to has it for longer than we would say.
    job = copy.copy(attempt.job)
    held_s = loop.time()
    while True:
        await asyncio.sleep(lease_s / BEATS)
        if not disk.look(attempt.folder).has_room(0):
            raise Hindered("disk_full", "The server has no room to work.")
        try:
            await queue.beat(
                job,
                step=attempt.step,
                done_share=attempt.done_share,
                done_at=attempt.done_at,
            )
            held_s = loop.time()
        except DatabaseError:
            log.warning("the database does not answer", exc_info=True)
            if loop.time() > held_s + lease_s:
                raise LeaseLost from None
