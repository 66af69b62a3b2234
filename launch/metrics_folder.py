"""Where the processes of one ``./streamit up`` keep their metrics: in memory, never on a disk.

prometheus_client maps the files into memory. When the disk below them is full, writing to one
ends the process with SIGBUS, and again after every restart.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

# A file system in memory on every Linux; Docker gives a container 64 MiB of it.
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder that nobody else can open
# A process needs some 64 KiB for each kind of metric.
_NEEDED_BYTES = 8 * 1024**2
_PREFIX = "streamit-metrics-"
_LOCK = "lock"
_YOUNG_S = 60.0


def make(link: Path) -> Path | None:
    """Make a new folder, and ``link`` lead to it; None where there is no memory to take.

    Then each process keeps its metrics to itself. What runs that were killed have left is
    removed.
    """
    remove(link)
    try:
        _remove_abandoned()
        if shutil.disk_usage(MEMORY).free < _NEEDED_BYTES:
            return None
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=MEMORY))
        # Open until we end, however that happens; no process that we start inherits it.
        fcntl.flock(os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX)
    except OSError:
        return None
    # On a full disk there may be none: it only shows people where they are.
    with contextlib.suppress(OSError):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder)
    return folder


def remove(link: Path) -> None:
    """Remove ``link`` and the folder it leads to, where that is one of ours."""
    if link.is_symlink():
        folder = link.readlink()
        if folder.parent == MEMORY and folder.name.startswith(_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)
        link.unlink(missing_ok=True)
    else:
        # An older version kept them here.
        shutil.rmtree(link, ignore_errors=True)


def _remove_abandoned() -> None:
    """Remove the folders that no run holds the lock of; of other users they cannot be."""
    for folder in MEMORY.glob(f"{_PREFIX}*"):
        # One that is younger may not be locked yet, or belong to another user.
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _YOUNG_S and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def forget(folder: Path, pid: int) -> None:
    """Let a dead process's sockets and rooms vanish from /metrics; its counters stay."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)
