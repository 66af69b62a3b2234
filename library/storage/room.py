"""Whether a local disk has room for more bytes of videos, beside what is kept free."""

from pathlib import Path

from core import disk
from library.storage.base import StorageFull


def check_room(folder: Path, size_bytes: int) -> None:
    """Raise StorageFull when ``size_bytes`` more would not leave the reserve of the disk."""
    if not disk.look(folder).has_room(size_bytes):
        raise StorageFull
