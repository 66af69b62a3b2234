"""The local file of an upload that comes in several requests.

A killed server loses nothing that is in it. The kernel releases the lock of a killed process, so
the upload can go on.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings

from core.errors import Conflict
from library.keys import is_of_a_video
from library.storage.base import StorageFull, StorageUnavailable
from library.storage.disk_space import check_room
from library.storage.threads import finished

P = ParamSpec("P")
T = TypeVar("T")


_LET_GO_S = 5


class Locked(Conflict):
    code = "upload_locked"
    status = 423
    retriable = True
    message = "Another request is at work on this upload. Try again in a moment."


class PartFile:
    """The bytes of a file that have come so far."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def folder(cls) -> Path:
        return Path(settings.DATA_DIR, "uploads")

    @classmethod
    def of(cls, upload_id: UUID) -> "PartFile":
        return cls(cls.folder() / str(upload_id))

    @classmethod
    async def names(cls) -> list[str]:
        """Return the ids of uploads with a file in the folder."""
        return await _blocking(
            lambda: [path.name for path in cls.folder().glob("*") if is_of_a_video(path.name)]
        )

    async def size_bytes(self) -> int:
        """Return how many bytes are here; once this returns they survive even a power cut."""
        return await _blocking(self._synced_size)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["Writer"]:
        """Open it for writing; raise Locked while another request has it open."""
        file = await _blocking(self._open)
        try:
            yield Writer(file)
        finally:
            await _blocking(file.close)

    async def unlocked(self) -> None:
        """Wait until a request that is ending has closed it; give up after a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LET_GO_S):
                while True:
                    try:
                        async with self.opened():
                            return
                    except Locked:
                        await asyncio.sleep(0.02)

    async def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``."""
        return await _blocking(self._read, start, stop)

    async def remove(self) -> None:
        await _blocking(self.path.unlink, missing_ok=True)

    def _synced_size(self) -> int:
        try:
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
                return os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            return 0

    def _open(self) -> BinaryIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise Locked from None
        return os.fdopen(descriptor, "r+b", buffering=0)

    def _read(self, start: int, stop: int) -> bytes:
        with self.path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), stop - start, start)


class Writer:
    """Writes into a PartFile that its request has locked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def write(self, start: int, data: bytes) -> None:
        """Write ``data`` at ``start``; raise StorageFull rather than use the disk's reserve."""
        await _blocking(self._write, start, data)

    async def cut(self, size_bytes: int) -> None:
        """Truncate the file to ``size_bytes``."""
        await _blocking(self._file.truncate, size_bytes)

    def _write(self, start: int, data: bytes) -> None:
        check_room(PartFile.folder(), len(data))
        view = memoryview(data)
        while view:
            written = os.pwrite(self._file.fileno(), view, start)
            view, start = view[written:], start + written


async def _blocking(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run file I/O in a thread, to its end even if cancelled; OSErrors become StorageErrors."""
    try:
        return await finished(asyncio.to_thread(call, *args, **kwargs))
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StorageFull if is_full else StorageUnavailable) from error
