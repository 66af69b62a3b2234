"""The folder in which the processes of one ``./streamit up`` keep metrics: in memory, not on disk.

prometheus_client maps its files into memory. If their disk is full, writing ends the process with
SIGBUS, again after every restart.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

# A file system in memory on every Linux. Containers of Docker have 64 MiB of it.
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder that nobody else can open
# A process needs about 64 KiB for each kind of metric.
_NEEDED_BYTES = 8 * 1024**2
_PREFIX = "streamit-metrics-"
_LOCK = "lock"
_YOUNG_S = 60.0


def make(link: Path) -> Path | None:
    """Make a new folder, and ``link`` point to it; None if there is no memory for it.

    Without it each process has its own metrics. Folders of killed runs are removed.
    """
    remove(link)
    try:
        _remove_abandoned()
        if shutil.disk_usage(MEMORY).free < _NEEDED_BYTES:
            return None
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=MEMORY))
        # Stays open until we end, in whatever way. Child processes do not inherit it.
        fcntl.flock(os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX)
    except OSError:
        return None
    # On a full disk the link may be missing; it only shows people where the folder is.
    with contextlib.suppress(OSError):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder)
    return folder


def remove(link: Path) -> None:
    """Remove ``link``, and the folder it points to if that is ours."""
    if link.is_symlink():
        folder = link.readlink()
        if folder.parent == MEMORY and folder.name.startswith(_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)
        link.unlink(missing_ok=True)
    else:
        # Older versions kept the metrics here.
        shutil.rmtree(link, ignore_errors=True)


def _remove_abandoned() -> None:
    """Remove our folders whose lock no run holds."""
    for folder in MEMORY.glob(f"{_PREFIX}*"):
        # A newer one may not be locked yet, and some belong to other users.
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
    """Remove a dead process's sockets and rooms from /metrics; its counters stay."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)
