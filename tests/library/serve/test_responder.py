"""What the responder does with a storage that fails or hangs, and with viewers who leave."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from library.storage import remote
from library.storage.base import Stat, Storage, StorageUnavailable
from library.storage.options import RemoteOptions
from library.storage.remote import RemoteStorage
from tests.library.serve.streaming import streaming
from tests.library.site import Wire
from tests.support.loopback import LoopbackRules
from tests.support.raw_file import File
from tests.support.raw_server import Asked, raw_server
from tests.support.waiting import wait_until

SIZE_BYTES = 1_000_000
PIECE = bytes(1000)


class KeyedStorage(Storage):
    """A storage that does what its key says, and counts who reads from it."""

    name = "moody"
    label = "Moody"
    readers = 0
    pieces = 0

    async def stat(self, key: str) -> Stat:
        return Stat(SIZE_BYTES, '"v1"', datetime.now(UTC))

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        self.readers += 1
        try:
            if key == "opens-never":
                await asyncio.Event().wait()
            if key == "opens-not":
                raise StorageUnavailable
            yield self._read(key, start, stop)
        finally:
            self.readers -= 1

    async def _read(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        while start < stop:
            if key == "hangs" and start:
                await asyncio.Event().wait()
            if key == "breaks" and start:
                raise StorageUnavailable
            self.pieces += 1
            yield PIECE[: stop - start]
            start += len(PIECE)

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        raise NotImplementedError

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        yield prefix

    async def sweep(self) -> int:
        return 0


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[KeyedStorage, int]]:
    """The storage, and the port where it is streamed."""
    storage = KeyedStorage()

    @contextlib.asynccontextmanager
    async def made() -> AsyncIterator[Storage]:
        yield storage

    with streaming(made) as port:
        yield storage, port


@pytest.fixture
def storage(served: tuple[KeyedStorage, int]) -> KeyedStorage:
    return served[0]


@pytest.fixture
def wire(served: tuple[KeyedStorage, int]) -> Iterator[Wire]:
    with contextlib.closing(Wire(served[1])) as wire:
        yield wire


def test_a_storage_that_hangs_is_let_go_of_when_the_viewer_leaves(
    storage: KeyedStorage, wire: Wire
) -> None:
    wire.begin("GET", "/hangs", {})
    assert wire.head().status == 200
    assert wire.file.read(len(PIECE)) == PIECE
    assert storage.readers == 1
    wire.close()
    wait_until(lambda: storage.readers == 0, "the storage is still read")


def test_a_storage_that_does_not_open_is_let_go_of_when_the_viewer_leaves(
    storage: KeyedStorage, wire: Wire
) -> None:
    wire.begin("GET", "/opens-never", {})
    wait_until(lambda: storage.readers == 1, "the storage is not asked")
    wire.close()
    wait_until(lambda: storage.readers == 0, "the storage is still asked")


@pytest.mark.parametrize("asked", ["bytes=5-9", "bytes=5-9,500-509"])
def test_a_storage_that_cannot_be_read_is_told_by_a_status(wire: Wire, asked: str) -> None:
    for _ in range(2):
        assert wire.ask("GET", "/opens-not", {"Range": asked}).error == (503, "unavailable")


def test_a_storage_that_breaks_off_ends_the_connection(
    storage: KeyedStorage, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.begin("GET", "/breaks", {})
    assert wire.head().headers["content-length"] == str(SIZE_BYTES)
    assert wire.file.read() == PIECE
    wait_until(lambda: storage.readers == 0, "the storage is still read")
    # The server itself has failed in nothing.
    assert {record.name for record in caplog.records} == {"library.serve.responder"}


def test_nothing_is_read_for_a_head_or_a_refusal(storage: KeyedStorage, wire: Wire) -> None:
    before = storage.pieces
    assert wire.ask("HEAD", "/film").status == 200
    assert wire.ask("GET", "/film", {"If-None-Match": '"v1"'}).status == 304
    assert wire.ask("GET", "/film", {"Range": f"bytes={SIZE_BYTES}-"}).status == 416
    assert storage.pieces == before


def test_no_more_is_read_than_was_asked_for(storage: KeyedStorage, wire: Wire) -> None:
    before = storage.pieces
    assert len(wire.ask("GET", "/film", {"Range": "bytes=0-1999"}).body) == 2000
    assert storage.pieces - before == 2


def test_two_ranges_of_a_link_are_of_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "REMEMBERED", timedelta(0))
    file = File(b"a" * 10_000)

    def changes_between(asked: Asked, number: int) -> bytes:
        if "5000-" in asked.headers["range"]:
            file.content, file.etag = b"b" * 10_000, '"v2"'
        return file.answer(asked)

    file.spoil = changes_between
    urls = list[str]()

    @contextlib.asynccontextmanager
    async def made() -> AsyncIterator[Storage]:
        links = RemoteStorage(RemoteOptions(10_000), rules=LoopbackRules())
        async with raw_server(file) as server:
            urls.append(server.url)
            yield links
        await links.close()

    with streaming(made) as port, contextlib.closing(Wire(port)) as wire:
        wire.begin("GET", f"/{urls[0]}", {"Range": "bytes=0-99,5000-8999"})
        assert wire.head().status == 206
        content = wire.file.read()
    # What is between the parts has letters of its own.
    assert (content.count(b"a" * 100), content.count(b"b" * 100)) == (1, 0)
