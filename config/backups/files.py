"""Copying files so that an interrupted copy can be resumed."""

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core.sizes import readable
from library.storage.options import LocalOptions

_TELL_EVERY_S = 10.0
_AT_ONCE_BYTES = 2**20


def local_storages() -> dict[str, Path]:
    """Return the folder of each storage that keeps its bytes in files."""
    return {
        name: options.root
        for name, options in settings.VIDEO_STORAGE_OPTIONS.items()
        if isinstance(options, LocalOptions)
    }


def files_under(root: Path) -> Iterator[Path]:
    """Give the path of every file below ``root``, relative to it; drafts are none."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            yield Path(folder, name).relative_to(root)


@dataclass(slots=True)
class Copier:
    """Copies files with their times and counts them; a file that is there already stays.

    A key is written once, so a file of the same size and time has the same bytes. The time is
    set last: of a copy that was broken off it is another. With ``link_dest``, a folder with
    an earlier copy, what has not changed is linked to there and takes no room.
    """

    say: Callable[[str], None]
    link_dest: Path | None = None
    files: int = 0
    size_bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    _told_s: float = 0.0

    def copy(self, source: Path, target: Path, *, name: Path) -> None:
        """Make ``target`` a copy of ``source``; ``name`` is its path in ``link_dest``.

        Raises FileNotFoundError when ``source`` is gone. What leads elsewhere is left out and told:
        root, who may call us, reads files that must not become somebody's film.
        """
        facts = source.lstat()
        if not stat.S_ISREG(facts.st_mode):
            self.say(f"Left out, since it is no file of its own: {source}")
            return
        if not _is_copy(target, facts):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.unlink(missing_ok=True)
            earlier = self.link_dest / name if self.link_dest else None
            if earlier and _is_copy(earlier, facts):
                target.hardlink_to(earlier)
            else:
                _copy_bytes(source, target)
                os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
                self.copied += 1
                self.copied_bytes += facts.st_size
        self.files += 1
        self.size_bytes += facts.st_size
        self._tell()

    def _tell(self) -> None:
        now_s = time.monotonic()
        self._told_s = self._told_s or now_s
        if now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            self.say(f"  {self.files} files, {readable(self.size_bytes)}")


def _copy_bytes(source: Path, target: Path) -> None:
    """Copy a file; raise OSError for a link that has come into its place meanwhile."""
    with (
        os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb") as reader,
        target.open("xb") as writer,
    ):
        shutil.copyfileobj(reader, writer, _AT_ONCE_BYTES)


def _is_copy(path: Path, facts: os.stat_result) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    is_file = stat.S_ISREG(found.st_mode)
    return is_file and (found.st_size, found.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)
