"""Whether a local disk has space for more videos, apart from the reserve."""

import os
from pathlib import Path

from core import disk
from library.storage.base import StorageFull


def check_room(folder: Path, size_bytes: int) -> None:
    """Raise StorageFull when ``size_bytes`` more would not leave the reserve of the disk."""
    if not disk.look(folder).has_room(size_bytes):
        raise StorageFull


def is_stored_twice(folder: Path, other: Path) -> bool:
    """Tell whether a file of ``folder`` is on its disk twice while it is stored in ``other``.

    Where both are on one disk it becomes the stored file, unless they are of two mounts, between
    which link(2) does not go.
    """
    folder, other = _existing(folder), _existing(other)
    is_one_disk = folder.stat().st_dev == other.stat().st_dev
    return is_one_disk and _mount_of(folder) != _mount_of(other)


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _mount_of(folder: Path) -> str:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html
        told = Path(f"/proc/self/fdinfo/{descriptor}").read_text()
    finally:
        os.close(descriptor)
    return next(line for line in told.splitlines() if line.startswith("mnt_id:"))
