"""The contract of storage providers, and their errors.

StorageError
├── Missing             404  there is nothing under this key
├── Refused             502  the provider does not let us: credentials, rights, a bad key
├── StorageUnavailable  503  the provider is away; trying again can help
│   ├── StorageBusy     503  we have too much to do
│   └── StorageFull     507  there is no room left; it can help once there is
└── Permanent           502  the provider failed, and would fail again
    └── NotSetUp        502  this server has no settings for it
"""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from core.errors import InsufficientStorage, Internal, NotFound, Unavailable
from core.fair_queue import Busy
from library.storage.threads import finished

# Most of what a viewer who has stopped reading costs us.
READ_BYTES = 128 * 1024
KEY_MAX = 200
# No part of a key may start with a dot: neither "..", nor a folder of drafts.
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class StorageError(Internal):
    """A storage provider did not do what it was asked."""

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
    """We have too much of it to do to ask the provider just now."""


class StorageFull(InsufficientStorage, StorageUnavailable):
    message = "The server has no room for this file just now. Try again later."


class Permanent(StorageError):
    """The provider failed in a way that would repeat."""


class NotSetUp(Permanent):
    """The operator has taken the storage out of the settings."""

    code = "storage_not_set_up"
    message = "The storage of this video is not set up on this server."


# Stat.modified where the provider does not tell.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stat:
    """What is known of stored bytes; ``etag`` is a strong entity-tag with its quotes."""

    size_bytes: int
    etag: str
    modified: datetime


class Readable(Protocol):
    """Bytes that can be sent; as a Storage, which is one."""

    @property
    def kind(self) -> Literal["store", "link"]: ...

    async def stat(self, key: str) -> Stat: ...

    def open(
        self, key: str, start: int, stop: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...

    async def one_version(self, key: str) -> "Readable": ...


async def fetch(storage: Readable, key: str, size_bytes: int, path: Path) -> None:
    """Have so many bytes of what is under ``key`` in a file; raise StorageError, or OSError."""
    async with storage.open(key, 0, size_bytes) as chunks:
        with await asyncio.to_thread(path.open, "wb") as file:
            async for chunk in chunks:
                await finished(asyncio.to_thread(file.write, chunk))


class Storage(ABC):
    """One place where bytes are kept under keys.

    A key is lower-case letters, digits and ``-._/``, at most 200 characters, and is written
    once: bytes under a key never change, they only come and go. Every method may raise any
    StorageError; a key that is no such key is Refused. No method blocks the event loop.
    An instance belongs to one event loop from its first use until ``close``.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether it takes bytes, or only reads those that somebody else keeps: then keys are
    # their addresses, ``put`` is Refused and ``delete`` leaves them where they are.
    kind: ClassVar[Literal["store", "link"]] = "store"
    # The largest file it takes, None where that depends on its room alone.
    max_bytes: int | None = None
    # Whether ``missing`` is so cheap that a list may ask it of all videos it shows.
    is_near: ClassVar[bool] = False
    # Whether it may be asked for a few seconds of a film at a time, by many viewers.
    serves_pieces: ClassVar[bool] = True

    def check_room(self, size_bytes: int) -> None:  # noqa: B027 - most cannot tell
        """Raise StorageFull when ``size_bytes`` more would not fit; may look at a disk."""

    @abstractmethod
    async def stat(self, key: str) -> Stat:
        """Tell size, etag and time of writing; raise Missing."""

    async def missing(self, keys: Collection[str]) -> set[str]:
        """Tell under which of ``keys`` there is nothing; of one that fails nothing is told."""

        async def is_missing(key: str) -> bool:
            try:
                await self.stat(key)
            except Missing:
                return True
            except StorageError:
                return False
            return False

        answers = await asyncio.gather(*map(is_missing, keys))
        return {key for key, answer in zip(keys, answers, strict=True) if answer}

    @abstractmethod
    def open(
        self, key: str, start: int, stop: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Read the bytes from ``start`` up to, not including, ``stop``.

        Entering raises Missing. The iterator gives pieces of at most READ_BYTES, reads
        nothing ahead of them, and raises StorageUnavailable rather than end early. Leaving
        the context frees everything at once, in the middle too.
        """

    async def one_version(self, key: str) -> Readable:
        """Return what is there now, for whoever opens it more than once for one purpose.

        Each ``open`` of it gives bytes of that version, or raises StorageUnavailable. Here it is
        the storage: under a key of ours they never change.
        """
        return self

    async def sign(self, key: str, ttl: timedelta) -> str | None:
        """Return an address a browser can read for ``ttl``, or None: read it through us."""
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

        The bytes are durable and readable only once this returns. When it raises, which
        includes what ``chunks`` raises and cancellation, nothing stays. Raises
        core.errors.TooLarge as soon as more than ``limit_bytes`` have come, and Refused
        when something is stored under ``key`` already. ``mime_type`` is for providers that
        hand bytes out themselves; see ``sign``.
        """

    async def put_file(
        self, key: str, path: Path, *, mime_type: str = "application/octet-stream"
    ) -> Stat:
        """Store a file of this machine, as ``put`` stores what comes.

        It may become the stored file itself: nobody may write to it any more, only remove it.
        """
        size_bytes = (await asyncio.to_thread(path.stat)).st_size
        async with aclosing(_chunks_of(path)) as chunks:
            return await self.put(key, chunks, size_bytes, mime_type=mime_type)

    async def fetch(self, key: str, size_bytes: int, path: Path) -> None:
        """Have what is stored under ``key`` in a file of this machine; may raise OSError."""
        await fetch(self, key, size_bytes, path)

    def path_of(self, key: str) -> Path | None:
        """Return the file of this machine that holds the bytes, None where there is no such."""
        return None

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Remove what is stored under ``key``; raise Missing. Open readers may go on."""

    @abstractmethod
    def list(self, prefix: str = "") -> AsyncIterator[str]:
        """Give every key that starts with ``prefix``, in any order."""

    @abstractmethod
    async def sweep(self) -> int:
        """Remove what interrupted ``put`` calls left, not those at work; tell how many."""

    async def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of connections; the next use makes new ones."""


def checked_key(key: str) -> str:
    """Return ``key``; raise Refused when it is none."""
    if len(key) > KEY_MAX or not _KEY.fullmatch(key):
        raise Refused
    return key


async def _chunks_of(path: Path) -> AsyncGenerator[bytes, None]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await finished(asyncio.to_thread(file.read, READ_BYTES)):
            yield chunk


def seconds_of(retry_after: str) -> float | None:
    """Read an upstream's Retry-After; None for a date, which some other clock means."""
    return float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else None
