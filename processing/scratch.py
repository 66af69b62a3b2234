"""The scratch folders of attempts, where workers write files before they are stored."""

import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path

import structlog

from core import disk
from core.database import in_database
from processing.errors import Away
from processing.models import Job
from processing.states import Status

log = structlog.get_logger(__name__)

# Names made by ``folder_of``. Nothing else is ever removed from the operator's folder.
_OURS = re.compile(r"[0-9]+-[0-9a-f]{8}")


def folder_of(job: Job, scratch: Path) -> Path:
    """Return the folder of this attempt at ``job``."""
    return scratch / f"{job.pk}-{job.holder.hex[:8]}"


def is_usable(scratch: Path) -> bool:
    """Tell whether ``scratch`` is usable; log what is wrong with it. Blocks."""
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        _give_to_owner(scratch)
        # A full or read-only file system takes no new folder.
        with tempfile.TemporaryDirectory(dir=scratch):
            return disk.look(scratch).has_room(0)
    except OSError as error:
        log.error("nothing can be made in the scratch folder", folder=str(scratch), why=str(error))
        return False


def _give_to_owner(scratch: Path) -> None:
    """Give it to the owner of its parent folder, in case root runs a worker beside theirs."""
    owner, ours = scratch.parent.stat(), scratch.stat()
    if os.geteuid() == 0 and ours.st_uid != owner.st_uid:
        os.chown(scratch, owner.st_uid, owner.st_gid)


def check_space(folder: Path, size_bytes: int) -> None:
    """Raise Away if ``size_bytes`` more would use the reserve of the disk; may raise OSError."""
    if not disk.look(folder).has_room(size_bytes):
        raise Away("disk_full", "The server has no room to work.")


async def strays(scratch: Path) -> list[str]:
    """Return the names of folders that killed workers have left."""
    # Read before the jobs: a folder made meanwhile belongs to a running attempt.
    names = await asyncio.to_thread(_names, scratch)
    return sorted(names - await _at_work(scratch))


async def sweep(scratch: Path) -> None:
    """Remove what ``strays`` finds."""
    for name in await strays(scratch):
        await asyncio.to_thread(shutil.rmtree, scratch / name, ignore_errors=True)


def _names(scratch: Path) -> set[str]:
    if not scratch.is_dir():
        return set()
    return {
        path.name
        for path in scratch.iterdir()
        if _OURS.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    }


@in_database
def _at_work(scratch: Path) -> set[str]:
    jobs = Job.objects.filter(status=Status.PROCESSING)
    return {folder_of(job, scratch).name for job in jobs}
