"""Where a worker makes files before they go to a storage: one folder for each attempt."""

import asyncio
import shutil
from pathlib import Path

from core.database import in_database
from processing.models import Job
from processing.states import Status


def folder_of(job: Job, scratch: Path) -> Path:
    """Return the folder of this attempt at ``job``."""
    return scratch / f"{job.pk}-{job.holder.hex[:8]}"


async def sweep(scratch: Path) -> None:
    """Remove the folders of attempts that are over, which killed workers have left."""
    names = await asyncio.to_thread(_names, scratch)
    for name in names - await _at_work(scratch):
        await asyncio.to_thread(shutil.rmtree, scratch / name, ignore_errors=True)


def _names(scratch: Path) -> set[str]:
    return {path.name for path in scratch.iterdir()} if scratch.is_dir() else set()


@in_database
def _at_work(scratch: Path) -> set[str]:
    jobs = Job.objects.filter(status=Status.PROCESSING)
    return {folder_of(job, scratch).name for job in jobs}
