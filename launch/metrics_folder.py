"""Where the processes of one ``./streamit up`` keep their metrics: in memory, never on a disk.

prometheus_client maps the files into memory. When the disk below them is full, writing to one
ends the process with SIGBUS, and again after every restart.
"""

import contextlib
import shutil
import tempfile
from pathlib import Path

# A file system in memory on every Linux; Docker gives a container 64 MiB of it.
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder that nobody else can open
# A process needs some 64 KiB for each kind of metric.
_NEEDED_BYTES = 8 * 1024**2
_PREFIX = "streamit-metrics-"


def make(link: Path) -> Path | None:
    """Make a new folder, and ``link`` lead to it; None where there is no memory to take.

    Then each process keeps its metrics to itself. What the last run left behind ``link``,
    which may have been killed, is removed.
    """
    remove(link)
    try:
        if shutil.disk_usage(MEMORY).free < _NEEDED_BYTES:
            return None
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=MEMORY))
    except OSError:
        return None
    # Without the link, as on a full disk, a killed run leaves some KiB until the next boot.
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


def forget(folder: Path, pid: int) -> None:
    """Let a dead process's sockets and rooms vanish from /metrics; its counters stay."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)
