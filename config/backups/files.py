"""Copies files in a way that can be resumed after an interruption."""

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

_REPORT_EVERY_S = 10.0
_AT_ONCE_BYTES = 2**20


def local_storages() -> dict[str, Path]:
    """Return the folder of each storage that keeps videos as local files."""
    return {
        name: options.root
        for name, options in settings.VIDEO_STORAGE_OPTIONS.items()
        if isinstance(options, LocalOptions)
    }


def files_under(root: Path) -> Iterator[Path]:
    """Yield the path of every file below ``root``, relative to it, without unfinished drafts."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            yield Path(folder, name).relative_to(root)


@dataclass(slots=True)
class Copier:
    """Copies files with their timestamps, counts them, and skips those already copied.

    The bytes under a key never change, so a file with the same size and time has the same content.
    The time is set last, so an interrupted copy never looks finished. With ``link_dest``, the
    folder of an earlier copy, unchanged files become hard links to it and take no space.
    """

    say: Callable[[str], None]
    link_dest: Path | None = None
    files: int = 0
    size_bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    _reported_s: float = 0.0

    def copy(self, root: Path, target: Path, name: Path) -> None:
        """Make ``target / name`` a copy of ``root / name``.

        Raises FileNotFoundError if there is no such file. A link is skipped and reported: this may
        run as root, and a link could copy a file that the server itself may not read.
        """
        try:
            opened = _open(root, name)
        except _NotARegularFile:
            self.say(f"Skipped, because it is not a regular file: {root / name}")
            return
        with os.fdopen(opened, "rb") as source:
            self._copy(source, target / name, name)
        self._report()

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

    def _report(self) -> None:
        now_s = time.monotonic()
        self._reported_s = self._reported_s or now_s
        if now_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = now_s
            self.say(f"  {self.files} files, {readable(self.size_bytes)}")


class _NotARegularFile(Exception):
    """The path is a link, passes through one, or is not a regular file."""


def _open(root: Path, name: Path) -> int:
    """Open ``root / name`` for reading, one folder at a time; raise _NotARegularFile.

    Users other than root can write to the folder and to the database that the names come from, so
    no link is followed.
    """
    try:
        checked_key(name.as_posix())
    except Refused:
        raise _NotARegularFile from None
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in name.parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # O_NONBLOCK, so that opening a pipe does not wait for a writer.
        opened = os.open(name.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _NotARegularFile from None
        # Name the full path in the error.
        raise type(error)(error.errno, error.strerror, str(root / name)) from None
    finally:
        os.close(folder)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise _NotARegularFile


def _is_copy(path: Path, facts: os.stat_result) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    is_file = stat.S_ISREG(found.st_mode)
    return is_file and (found.st_size, found.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)
