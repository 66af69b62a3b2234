"""Storage on local disk: a key is a path under one folder."""

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, ParamSpec, TypeVar

from library.storage.base import (
    READ_BYTES,
    Incomplete,
    Missing,
    Permanent,
    Refused,
    Stat,
    Storage,
    StorageError,
    StorageFull,
    StorageUnavailable,
    check_complete,
    checked_key,
)
from library.storage.chunks import pieces
from library.storage.disk_space import check_room
from library.storage.options import LocalOptions
from library.storage.threads import finished

P = ParamSpec("P")
T = TypeVar("T")

WRITE_BYTES = 256 * 1024
# Keys do not begin with a dot.
_DRAFTS = ".drafts"
_ERRORS: dict[int, type[StorageError]] = {
    errno.ENOENT: Missing,
    errno.ENOTDIR: Missing,
    errno.EISDIR: Missing,
    errno.ENOSPC: StorageFull,
    errno.EDQUOT: StorageFull,
    errno.EACCES: Refused,
    errno.EPERM: Refused,
    errno.EROFS: Refused,
    errno.EIO: Permanent,
}
# Hard links are impossible: another disk, no support for links, or a file of another user.
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}


class LocalStorage(Storage):
    """Files under ``root``; unfinished ones are in a folder of drafts."""

    name: ClassVar[str] = "local"
    label: ClassVar[str] = "This server's disk"
    is_near: ClassVar[bool] = True

    def __init__(self, options: LocalOptions) -> None:
        self._root = options.root

    def check_room(self, size_bytes: int) -> None:
        check_room(self._root, size_bytes)

    async def stat(self, key: str) -> Stat:
        return _stat_of(await _blocking(self.path_of(key).stat))

    async def lost(self, sizes: Mapping[str, int]) -> dict[str, StorageError]:
        # In one thread: a thread for each costs more than ten times the question.
        return await _blocking(self._lost, sizes)

    def _lost(self, sizes: Mapping[str, int]) -> dict[str, StorageError]:
        lost: dict[str, StorageError] = {}
        for key, size_bytes in sizes.items():
            try:
                check_complete(self, _stat_of(self.path_of(key).stat()), size_bytes)
            except (Missing, Incomplete) as error:
                lost[key] = error
            except OSError as error:
                if _ERRORS.get(error.errno or 0) is Missing:
                    lost[key] = Missing()
        return lost

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        reader = _Reader(self.path_of(key), start, stop)
        try:
            await _blocking(reader.open)
            yield reader
        finally:
            reader.close()  # not in a thread: nothing was written, so closing does not block

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        path = self.path_of(key)
        draft = _Draft(self._root / _DRAFTS)
        try:
            await _blocking(draft.begin)
            parts = pieces(chunks, size_bytes=WRITE_BYTES, limit_bytes=limit_bytes)
            async with contextlib.aclosing(parts):
                async for data in parts:
                    await _blocking(draft.write, data)
            return await _blocking(draft.publish, path)
        except BaseException:
            await _blocking(draft.discard)
            raise
        finally:
            await _blocking(draft.close)

    async def put_file(
        self, key: str, path: Path, *, mime_type: str = "application/octet-stream"
    ) -> Stat:
        stored = self.path_of(key)
        try:
            stat = await _blocking(_link, path, stored, self._root)
        except asyncio.CancelledError:
            await _blocking(_unlink_other, stored, path)
            raise
        return stat or await super().put_file(key, path, mime_type=mime_type)

    async def delete(self, key: str) -> None:
        path = self.path_of(key)
        await _blocking(path.unlink)
        with contextlib.suppress(StorageError):  # the folder is not empty, or gone already
            for folder in path.parents[: key.count("/")]:
                await _blocking(folder.rmdir)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        for key in await _blocking(_keys, self._root):
            if key.startswith(prefix):
                yield key

    async def sweep(self) -> int:
        return await _blocking(_sweep, self._root / _DRAFTS)

    def path_of(self, key: str) -> Path:
        return Path(self._root, checked_key(key))


class _Scratch(threading.local):
    """The buffer for reads on the event loop of a thread."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(READ_BYTES))


_scratch = _Scratch()


class _Reader(AsyncIterator[bytes]):
    """Iterates over the bytes of a file from ``start`` up to ``stop``, a read for each chunk."""

    def __init__(self, path: Path, start: int, stop: int) -> None:
        self._path, self._position, self._stop = path, start, stop
        self._file: BinaryIO | None = None

    def open(self) -> None:
        self._file = self._path.open("rb", buffering=0)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    async def __anext__(self) -> bytes:
        if self._position >= self._stop:
            raise StopAsyncIteration
        chunk = self._read_cached() or await _blocking(self._read)
        if not chunk:
            raise StorageUnavailable("The file has become shorter.")
        self._position += len(chunk)
        return chunk

    def _read_cached(self) -> bytes:
        """Read what the kernel has in its cache, without blocking; empty if it has nothing.

        A thread for each read costs more than the read: 30 us against 10.
        """
        assert self._file is not None  # noqa: S101 - open() comes first
        view = _scratch.view[: self._stop - self._position]
        try:
            size_bytes = os.preadv(self._file.fileno(), [view], self._position, os.RWF_NOWAIT)
        except OSError:  # it would block, or the file system does not support this
            return b""
        return bytes(view[:size_bytes])

    def _read(self) -> bytes:
        assert self._file is not None  # noqa: S101 - open() comes first
        size_bytes = min(READ_BYTES, self._stop - self._position)
        return os.pread(self._file.fileno(), size_bytes, self._position)


class _Draft:
    """A file that is being written, before it gets its key.

    Its lock, which the kernel releases even after kill -9, tells a sweep that it is in use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._file: BinaryIO | None = None

    def begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._path = self._folder / uuid.uuid4().hex
            self._file = self._path.open("xb", buffering=0)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(self._file.fileno()).st_nlink:
                    return
            self._file.close()  # a sweep came between open and lock: make another

    def write(self, data: bytes) -> None:
        assert self._file is not None  # noqa: S101 - begin() comes first
        check_room(self._folder, len(data))
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def publish(self, path: Path) -> Stat:
        """Make the bytes durable and move the file to ``path``; raise Refused if that exists."""
        assert self._file is not None and self._path is not None  # noqa: S101, PT018
        os.fsync(self._file.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise Refused
        _open_to_group_of(self._folder.parent, self._path, path.parent)
        self._path = self._path.rename(path)
        _sync_folders_of(path)
        return _stat_of(os.fstat(self._file.fileno()))

    def discard(self) -> None:
        """Remove the file, whether or not it was published."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            if self._path.parent != self._folder:
                with contextlib.suppress(OSError):
                    self._path.parent.rmdir()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _link(path: Path, stored: Path, root: Path) -> Stat | None:
    """Hard-link a file to ``stored``, durably; None if it has to be copied instead."""
    stored.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        try:
            _give_to_group_of(stored.parent, path)
            _open_to_group_of(root, path, stored.parent)
            stored.hardlink_to(path)
        except FileExistsError:
            raise Refused from None
        except OSError as error:
            if error.errno in _NO_LINK:
                return None
            raise
        try:
            _sync_folders_of(stored)
            return _stat_of(os.fstat(file.fileno()))
        except BaseException:
            stored.unlink(missing_ok=True)
            raise


def _unlink_other(stored: Path, path: Path) -> None:
    """Remove ``stored`` if it is the same file as ``path``, and not an earlier one."""
    with contextlib.suppress(FileNotFoundError):
        if stored.samefile(path):
            stored.unlink()
            with contextlib.suppress(OSError):  # the folder is not empty
                stored.parent.rmdir()


def _keys(root: Path) -> list[str]:
    keys = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        keys += [Path(folder, name).relative_to(root).as_posix() for name in names]
    return keys


def _sweep(drafts: Path) -> int:
    """Remove drafts that are not locked."""
    removed = 0
    for path in drafts.glob("*"):
        with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            removed += 1
    return removed


def _open_to_group_of(root: Path, file: Path, folder: Path) -> None:
    """Let the group that may read ``root`` also read ``file`` and its folders.

    By default our files belong to their owner alone (umask 077). An nginx that runs as another user
    reads them through its group, which files inherit from a folder with the setgid bit.
    """
    allowed = root.stat().st_mode & 0o050
    if allowed:
        file.chmod(0o600 | allowed & 0o040)
        folders = [folder, *folder.parents]
        for each in folders[: folders.index(root)]:
            each.chmod(stat.S_IMODE(each.stat().st_mode) | allowed)


def _give_to_group_of(folder: Path, file: Path) -> None:
    """Give ``file`` the group that new files in ``folder`` have."""
    about = folder.stat()
    if about.st_mode & stat.S_ISGID and about.st_gid != file.stat().st_gid:
        os.chown(file, -1, about.st_gid)


def _sync_folders_of(path: Path) -> None:
    for folder in (path.parent, path.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _stat_of(result: os.stat_result) -> Stat:
    if not stat.S_ISREG(result.st_mode):
        raise Missing
    etag = f'"{result.st_size:x}-{result.st_mtime_ns:x}"'
    return Stat(result.st_size, etag, datetime.fromtimestamp(result.st_mtime, UTC))


async def _blocking(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run file I/O in a thread; OSErrors become StorageErrors."""
    try:
        return await finished(asyncio.to_thread(call, *args, **kwargs))
    except OSError as error:
        raise _ERRORS.get(error.errno or 0, StorageUnavailable) from error
