"""Copying files so that an interrupted copy can be resumed."""

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from core.sizes import readable
from library.storage.base import Refused, checked_key
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

    def copy(self, root: Path, target: Path, name: Path) -> None:
        """Make ``target / name`` a copy of ``root / name``.

        Raises FileNotFoundError when there is none. What leads elsewhere is left out and told:
        root, who may call us, reads files that must not become somebody's film.
        """
        try:
            opened = _open(root, name)
        except _LeadsElsewhere:
            self.say(f"Left out, since it is no file of its own: {root / name}")
            return
        with os.fdopen(opened, "rb") as source:
            self._copy(source, target / name, name)
        self._tell()

    def _copy(self, source: BinaryIO, target: Path, name: Path) -> None:
        facts = os.fstat(source.fileno())
        if not _is_copy(target, facts):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.unlink(missing_ok=True)
            earlier = self.link_dest / name if self.link_dest else None
            if earlier and _is_copy(earlier, facts):
                target.hardlink_to(earlier)
            else:
                with target.open("xb") as writer:
                    shutil.copyfileobj(source, writer, _AT_ONCE_BYTES)
                os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
                self.copied += 1
                self.copied_bytes += facts.st_size
        self.files += 1
        self.size_bytes += facts.st_size

    def _tell(self) -> None:
        now_s = time.monotonic()
        self._told_s = self._told_s or now_s
        if now_s - self._told_s >= _TELL_EVERY_S:
            self._told_s = now_s
            self.say(f"  {self.files} files, {readable(self.size_bytes)}")


class _LeadsElsewhere(Exception):
    """What is to be copied is a link, or lies behind one, or is no file."""


def _open(root: Path, name: Path) -> int:
    """Open ``root / name`` to read it, folder by folder; raise _LeadsElsewhere.

    The names are those of a database that others than root can write, and so is the folder.
    """
    try:
        checked_key(name.as_posix())
    except Refused:
        raise _LeadsElsewhere from None
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in name.parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # A pipe is not waited for.
        opened = os.open(name.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _LeadsElsewhere from None
        # By its whole name.
        raise type(error)(error.errno, error.strerror, str(root / name)) from None
    finally:
        os.close(folder)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise _LeadsElsewhere


def _is_copy(path: Path, facts: os.stat_result) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    is_file = stat.S_ISREG(found.st_mode)
    return is_file and (found.st_size, found.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)
