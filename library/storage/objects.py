"""Storage in object stores: S3 and compatible ones, Google Cloud Storage, Azure.

One adapter for all three, using obstore. Files are uploaded in parts and appear after the last one.
Parts that a killed process has left are invisible but cost money until a rule of the bucket removes
them (docs/operations/storages.md): obstore can neither list nor remove them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, TypeVar

import obstore
from obstore import exceptions
from obstore.store import AzureStore, GCSStore, S3Store

from library.storage.base import (
    READ_BYTES,
    Missing,
    Permanent,
    Refused,
    Stat,
    Storage,
    StorageError,
    StorageUnavailable,
    checked_key,
)
from library.storage.chunks import pieces
from library.storage.options import AzureOptions, GcsOptions, S3Options
from library.storage.threads import finished

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig

T = TypeVar("T")
Store = S3Store | GCSStore | AzureStore

# The smallest part that S3 accepts; files up to this size are sent in one piece.
PART_BYTES = 5 * 1024**2
# S3 accepts at most 10,000 parts.
MOST_PARTS = 9_000
FEED_BYTES = 256 * 1024
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


class ObjectStorage(Storage):
    """Objects named by their key, below the prefix of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def stat(self, key: str) -> Stat:
        meta = await _translated(obstore.head_async(self._store, checked_key(key)))
        return _stat_of(meta["size"], meta["e_tag"], meta["last_modified"])

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        reader = _Reader(self._store, checked_key(key), start, stop)
        if start < stop:
            await reader.begin()
        else:
            await self.stat(key)
        yield reader

    async def sign(self, key: str, ttl: timedelta) -> str | None:
        address = await _translated(obstore.sign_async(self._store, "GET", checked_key(key), ttl))
        return str(address)

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        """See Storage.put.

        If two callers put large files under one key at the same time, the later one wins: stores
        can refuse that only for files in one piece. Our keys contain random ids.
        """
        await self._refuse_when_taken(checked_key(key))
        parts = pieces(chunks, size_bytes=FEED_BYTES, limit_bytes=limit_bytes)
        upload = _Upload(self._store, key, mime_type, max(PART_BYTES, limit_bytes // MOST_PARTS))
        async with contextlib.aclosing(parts):
            head = bytearray()
            async for part in parts:
                head += part
                if len(head) >= PART_BYTES:
                    await upload.in_parts(bytes(head), parts)
                    break
            else:
                await upload.whole(bytes(head))
        return await self.stat(key)

    async def delete(self, key: str) -> None:
        # S3 does not tell whether the object existed.
        await self.stat(key)
        await _translated(obstore.delete_async(self._store, key))

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        # Stores list whole folders.
        folder = prefix.rpartition("/")[0] or None
        batches = obstore.list(self._store, folder).__aiter__()
        while (batch := await _translated(anext(batches, None))) is not None:
            for meta in batch:
                if meta["path"].startswith(prefix):
                    yield meta["path"]

    async def sweep(self) -> int:
        return 0

    async def _refuse_when_taken(self, key: str) -> None:
        with contextlib.suppress(Missing):
            await self.stat(key)
            raise Refused


class S3Storage(ObjectStorage):
    name: ClassVar[str] = "s3"
    label: ClassVar[str] = "S3"

    def __init__(self, options: S3Options) -> None:
        store = S3Store(
            options.bucket,
            prefix=options.prefix or None,
            client_options=_client(options.endpoint),
            retry_config=RETRIES,
            **_set_options(
                region=options.region,
                endpoint=options.endpoint,
                access_key_id=options.access_key_id,
                secret_access_key=options.secret_access_key.get_secret_value(),
            ),  # type: ignore[arg-type]
        )
        super().__init__(store)


class GcsStorage(ObjectStorage):
    name: ClassVar[str] = "gcs"
    label: ClassVar[str] = "Google Cloud Storage"

    def __init__(self, options: GcsOptions) -> None:
        store = GCSStore(
            options.bucket,
            prefix=options.prefix or None,
            service_account_key=options.service_account.get_secret_value(),
            client_options=_client(options.endpoint),
            retry_config=RETRIES,
            **_set_options(base_url=options.endpoint),  # type: ignore[arg-type]
        )
        super().__init__(store)


class AzureStorage(ObjectStorage):
    name: ClassVar[str] = "azure"
    label: ClassVar[str] = "Azure"

    def __init__(self, options: AzureOptions) -> None:
        store = AzureStore(
            options.container,
            prefix=options.prefix or None,
            account_name=options.account,
            account_key=options.account_key.get_secret_value(),
            client_options=_client(options.endpoint),
            retry_config=RETRIES,
            **_set_options(endpoint=options.endpoint),  # type: ignore[arg-type]
        )
        super().__init__(store)


class _Reader(AsyncIterator[bytes]):
    """Iterates over the bytes of an object from ``start`` up to ``stop``, a request for each chunk.

    A viewer holds at most one chunk, and no connection between two. All later chunks are
    requested with the ETag of the first, so that two versions are never mixed.
    """

    def __init__(self, store: Store, key: str, start: int, stop: int) -> None:
        self._store, self._key = store, key
        self._position, self._stop = start, stop
        self._first = b""
        self._etag: str | None = None

    async def begin(self) -> None:
        """Request the first chunk, which shows whether the object exists."""
        self._first = await self._fetch()

    async def __anext__(self) -> bytes:
        if self._first:
            piece, self._first = self._first, b""
            return piece
        if self._position >= self._stop:
            raise StopAsyncIteration
        return await self._fetch()

    async def _fetch(self) -> bytes:
        stop = min(self._position + READ_BYTES, self._stop)
        options: GetOptions = {"range": (self._position, stop)}
        if self._etag:
            options["if_match"] = self._etag
        result = await _translated(obstore.get_async(self._store, self._key, options=options))
        self._etag = result.meta["e_tag"]
        piece = bytes(await _translated(result.bytes_async()))
        if len(piece) != stop - self._position:
            raise StorageUnavailable("The file has become shorter.")
        self._position = stop
        return piece


class _Upload:
    """The upload of an object. If it fails or is cancelled, nothing stays."""

    def __init__(self, store: Store, key: str, mime_type: str, part_bytes: int) -> None:
        self._store, self._key, self._part_bytes = store, key, part_bytes
        self._attributes = {"Content-Type": mime_type}
        self._is_stored = False

    async def whole(self, data: bytes) -> None:
        """Store ``data``; raise Refused if the object exists."""

        async def put() -> None:
            await obstore.put_async(
                self._store, self._key, data, mode="create", attributes=self._attributes
            )
            self._is_stored = True

        try:
            await _translated(finished(put()))
        except asyncio.CancelledError:
            await self._remove()
            raise

    async def in_parts(self, head: bytes, rest: AsyncIterator[bytes]) -> None:
        """Store ``head`` and ``rest``, read as fast as the store accepts them."""
        feed: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        task = asyncio.ensure_future(self._put_fed(feed))
        try:
            await _feed(feed, head, task)
            async for part in rest:
                await _feed(feed, part, task)
            await _feed(feed, b"", task)
            await _translated(asyncio.shield(task))
        except BaseException:
            # The upload must get the exception, so that it aborts at the store: cancelling it would
            # leave its parts there.
            while not task.done():
                with contextlib.suppress(asyncio.QueueFull):
                    feed.put_nowait(None)
                await asyncio.wait({task}, timeout=0.1)
            if not task.cancelled():
                task.exception()  # the failure is raised below; asyncio must not log it too
            await self._remove()
            raise

    async def _put_fed(self, feed: asyncio.Queue[bytes | None]) -> None:
        await obstore.put_async(
            self._store,
            self._key,
            _from(feed),
            chunk_size=self._part_bytes,
            max_concurrency=1,
            attributes=self._attributes,
        )
        self._is_stored = True

    async def _remove(self) -> None:
        if self._is_stored:
            await finished(_request_deletion(self._store, self._key))


class _GivenUp(Exception):
    """Ends an upload whose source has failed."""


async def _from(feed: asyncio.Queue[bytes | None]) -> AsyncGenerator[bytes, None]:
    while data := await feed.get():
        yield data
    if data is None:
        raise _GivenUp


async def _feed(feed: asyncio.Queue[bytes | None], data: bytes, task: asyncio.Task[None]) -> None:
    """Put ``data`` into the feed; if ``task`` has failed, raise its error."""
    giving = asyncio.ensure_future(feed.put(data))
    try:
        await asyncio.wait({giving, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await _translated(task)
            raise StorageUnavailable
    finally:
        giving.cancel()


async def _request_deletion(store: Store, key: str) -> None:
    await _translated(obstore.delete_async(store, key))


async def _translated(answer: Awaitable[T]) -> T:
    """Await an answer of the store; its errors become StorageErrors."""
    try:
        return await answer
    except FileNotFoundError as error:
        raise Missing from error
    except (
        exceptions.PermissionDeniedError,
        exceptions.UnauthenticatedError,
        exceptions.AlreadyExistsError,
    ) as error:
        raise Refused from error
    except exceptions.BaseError as error:
        raise _failure(error) from error


def _failure(error: Exception) -> StorageError:
    """Distinguish permanent from temporary errors, which obstore shows only in their text."""
    _, told, status = str(error).partition("non-2xx status code: ")
    if isinstance(error, exceptions.PreconditionError) or (told and status.startswith("4")):
        return Permanent()
    return StorageUnavailable()


def _stat_of(size_bytes: int, etag: str | None, modified: datetime) -> Stat:
    tag = (etag or f"{size_bytes:x}-{modified.timestamp():.0f}").removeprefix("W/").strip('"')
    return Stat(size_bytes, f'"{tag}"', modified)


def _client(endpoint: str) -> "ClientConfig":
    # Uploading a whole part may take that long.
    return {
        "connect_timeout": "5s",
        "read_timeout": "20s",
        "timeout": "120s",
        "allow_http": endpoint.startswith("http://"),
    }


def _set_options(**values: str) -> dict[str, str]:
    """Return the options that are set; the store finds the others by itself."""
    return {name: value for name, value in values.items() if value}
