"""The contract of storage providers, and their errors.

StorageError
├── Missing             404  there is nothing under this key
├── Refused             502  the provider refuses: credentials, permissions, an invalid key
├── StorageUnavailable  503  the provider is away; trying again can help
│   ├── StorageBusy     503  this server has too much to do
│   └── StorageFull     507  there is no space; trying again can help once there is
└── Permanent           502  the provider failed, and would fail again
    ├── Incomplete      502  some of the bytes are gone
    └── NotSetUp        502  this server has no settings for it
"""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from core.errors import InsufficientStorage, Internal, NotFound, Unavailable
from core.fair_queue import Busy
from library.storage.threads import finished

# Most of the memory that a viewer who has stopped reading costs.
READ_BYTES = 128 * 1024
KEY_MAX = 200
# No part of a key may start with a dot, which excludes ".." and the folder of drafts.
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class StorageError(Internal):
    """A storage provider could not do what it was asked."""

    code = "storage_failed"
    status = 502
    retriable = False
    message = "The storage of this video failed."


class Missing(NotFound, StorageError):
    code = "file_missing"
    message = "File not found"


class Refused(StorageError):
    code = "storage_refused"
    message = "The storage of this video refused."


class StorageUnavailable(Unavailable, StorageError):
    message = "The storage of this video is unavailable just now. Try again later."


class StorageBusy(Busy, StorageUnavailable):
    """This server has too much to do to ask the provider now."""


class StorageFull(InsufficientStorage, StorageUnavailable):
    message = "The server has no room for this file just now. Try again later."


class Permanent(StorageError):
    """The provider failed, and would fail again."""


class Incomplete(Permanent):
    """What is there is shorter than what was stored: it was cut, or not all of it was restored."""

    code = "file_incomplete"
    message = "A part of this file is missing on the server. It has to be uploaded again."


class NotSetUp(Permanent):
    """The operator has removed the storage from the settings."""

    code = "storage_not_set_up"
    message = "The storage of this video is not set up on this server."


# Stat.modified if the provider does not tell.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stat:
    """What is known about stored bytes; ``etag`` is a strong entity-tag with its quotes."""

    size_bytes: int
    etag: str
    modified: datetime


class Readable(Protocol):
    """Something whose bytes can be sent, such as a Storage."""

    @property
    def kind(self) -> Literal["store", "link"]: ...

    async def stat(self, key: str) -> Stat: ...

    def open(
        self, key: str, start: int, stop: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...

    async def one_version(self, key: str) -> "Readable": ...


def check_complete(storage: Readable, stat: Stat, size_bytes: int) -> None:
    """Raise Incomplete where less is there than was stored.

    What is behind a link is its server's, which may change it.
    """
    if storage.kind == "store" and stat.size_bytes < size_bytes:
        raise Incomplete


async def fetch(storage: Readable, key: str, size_bytes: int, path: Path) -> None:
    """Write the ``size_bytes`` bytes under ``key`` to a file; raise StorageError or OSError."""
    async with storage.open(key, 0, size_bytes) as chunks:
        with await asyncio.to_thread(path.open, "wb") as file:
            async for chunk in chunks:
                await finished(asyncio.to_thread(file.write, chunk))


class Storage(ABC):
    """A place where bytes are stored under keys.

    A key has lower-case letters, digits and ``-._/``, at most 200 characters, and is written once:
    bytes under a key never change, they only come and go. Every method may raise any StorageError;
    an invalid key raises Refused. No method blocks the event loop. An instance belongs to one event
    loop from its first use until ``close``.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether bytes can be stored, or only read from other servers: then keys are addresses, ``put``
    # raises Refused, and ``delete`` leaves the bytes where they are.
    kind: ClassVar[Literal["store", "link"]] = "store"
    # The largest file it takes; None if only its free space limits it.
    max_bytes: int | None = None
    # Whether ``lost`` is so cheap that a list may ask it of all videos it shows.
    is_near: ClassVar[bool] = False
    # Whether it can serve many viewers who each ask for a few seconds of film at a time.
    serves_pieces: ClassVar[bool] = True

    def check_room(self, size_bytes: int) -> None:  # noqa: B027 - most cannot tell
        """Raise StorageFull if ``size_bytes`` more would not fit; may access a disk."""

    @abstractmethod
    async def stat(self, key: str) -> Stat:
        """Return size, etag and time of writing; raise Missing."""

    async def lost(self, sizes: Mapping[str, int]) -> dict[str, StorageError]:
        """Tell under which keys not all is there: Missing or Incomplete.

        ``sizes`` are how many bytes should be there. Of a key that fails nothing is told.
        """

        async def why_lost(key: str) -> StorageError | None:
            try:
                check_complete(self, await self.stat(key), sizes[key])
            except (Missing, Incomplete) as error:
                return error
            except StorageError:
                return None
            return None

        answers = await asyncio.gather(*map(why_lost, sizes))
        return {key: error for key, error in zip(sizes, answers, strict=True) if error}

    @abstractmethod
    def open(
        self, key: str, start: int, stop: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Read the bytes from ``start`` up to but not including ``stop``.

        Entering raises Missing. The iterator gives chunks of at most READ_BYTES, does not read
        ahead, and raises StorageUnavailable rather than end early. Leaving the context at any
        time frees everything at once.
        """

    async def one_version(self, key: str) -> Readable:
        """Return the present version, for callers that open it more than once.

        Each ``open`` of it gives bytes of that version, or raises StorageUnavailable. By default
        this is the storage itself, because bytes under our keys never change.
        """
        return self

    async def sign(self, key: str, ttl: timedelta) -> str | None:
        """Return an address that browsers can read for ``ttl``; None: they must read through us."""
        checked_key(key)
        return None

    @abstractmethod
    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        """Store ``chunks`` under ``key`` as they come; all of them or nothing.

        The bytes are durable and readable once this returns. If it raises, also because
        ``chunks`` raises or because of cancellation, nothing stays. Raises core.errors.TooLarge
        as soon as more than ``limit_bytes`` have come, and Refused if something is stored under
        ``key`` already. ``mime_type`` is for providers that serve browsers directly; see ``sign``.
        """

    async def put_file(
        self, key: str, path: Path, *, mime_type: str = "application/octet-stream"
    ) -> Stat:
        """Store a local file, as ``put`` stores chunks.

        The file itself may become the stored file, so nobody may write to it afterwards, only
        remove it.
        """
        size_bytes = (await asyncio.to_thread(path.stat)).st_size
        async with aclosing(_chunks_of(path)) as chunks:
            return await self.put(key, chunks, size_bytes, mime_type=mime_type)

    async def fetch(self, key: str, size_bytes: int, path: Path) -> None:
        """Write the bytes under ``key`` to a local file; may raise OSError."""
        await fetch(self, key, size_bytes, path)

    def path_of(self, key: str) -> Path | None:
        """Return the local file with the bytes; None if the storage has no local files."""
        return None

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Remove the bytes under ``key``; raise Missing. Open readers may continue."""

    @abstractmethod
    def list(self, prefix: str = "") -> AsyncIterator[str]:
        """Yield every key that starts with ``prefix``, in any order."""

    @abstractmethod
    async def sweep(self) -> int:
        """Remove what interrupted ``put`` calls left, but not running ones; return how many."""

    async def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Close connections; the next use opens new ones."""


def checked_key(key: str) -> str:
    """Return ``key``; raise Refused if it is invalid."""
    if len(key) > KEY_MAX or not _KEY.fullmatch(key):
        raise Refused
    return key


async def _chunks_of(path: Path) -> AsyncGenerator[bytes, None]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await finished(asyncio.to_thread(file.read, READ_BYTES)):
            yield chunk


def seconds_of(retry_after: str) -> float | None:
    """Parse an upstream's Retry-After; None for a date, which depends on another clock."""
    return float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else None
