"""Free space on the data folder's disk, and how much of it is reserved."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# Without a setting the reserve is 5 % of the disk, at most 1 GiB.
_USUAL_SHARE = 20
_USUAL_MOST_BYTES = 1024**3
# With less free space than this, SQLite and Valkey may be unable to write their next page.
_FULL_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Disk:
    """The free space of a file system; ``reserve_bytes`` of it are not for uploads."""

    free_bytes: int
    reserve_bytes: int

    @property
    def state(self) -> str:
        """Return ``ok``, ``low`` (uploads are refused), or ``full``."""
        if self.free_bytes < _FULL_BYTES:
            return "full"
        return "low" if self.free_bytes < self.reserve_bytes else "ok"

    def has_room(self, size_bytes: int) -> bool:
        """Tell whether ``size_bytes`` more may be uploaded."""
        return self.free_bytes - size_bytes >= self.reserve_bytes


def look(folder: Path) -> Disk:
    """Return the disk of ``folder``, which need not exist yet; raise OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    reserve: int | None = settings.DISK_RESERVE_BYTES
    if reserve is None:
        reserve = min(usage.total // _USUAL_SHARE, _USUAL_MOST_BYTES)
    return Disk(usage.free, reserve)
