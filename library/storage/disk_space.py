"""Whether a local disk has space for more videos, beyond the reserve."""

import os
from pathlib import Path

from core import disk
from library.storage.base import StorageFull


def check_room(folder: Path, size_bytes: int) -> None:
    """Raise StorageFull if ``size_bytes`` more would use the reserve of the disk."""
    if not disk.look(folder).has_room(size_bytes):
        raise StorageFull


def is_stored_twice(folder: Path, other: Path) -> bool:
    """Tell whether storing a file of ``folder`` in ``other`` takes space on one disk twice.

    On one disk the file is hard-linked and takes no more space, unless the folders are on two
    mounts, between which link(2) does not work.
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
