"""What only the storage in the database promises, on SQLite and PostgreSQL."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from core.database import WORKERS
from core.errors import TooLarge
from core.sizes import readable
from library.storage.base import READ_BYTES, Storage, StorageUnavailable
from library.storage.database import ABANDONED, DatabaseStorage
from library.storage.models import PART_BYTES, Blob, BlobPart
from tests.contracts.storages import BLOB_MAX_BYTES, MAKERS, Grounds

KEY = "some-video/original"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engines)])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def storage(
    url: str, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> AsyncIterator[Storage]:
    maker = MAKERS["sqlite" if url.startswith("sqlite") else "postgresql"]
    with django_db_blocker.unblock():
        async with maker.make(Grounds(tmp_path, url)) as storage:
            yield storage


async def of(size_bytes: int) -> AsyncIterator[bytes]:
    yield bytes(size_bytes)


def open_files() -> list[str]:
    """Return the path of every file that this process has open, as often as it has."""
    paths = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            paths.append(str(descriptor.readlink()))
    return paths


@sync_to_async(thread_sensitive=False)
def counts(storage: DatabaseStorage) -> tuple[int, int]:
    """Return how many blobs and parts there are."""
    alias = storage._alias
    try:
        return Blob.objects.using(alias).count(), BlobPart.objects.using(alias).count()
    finally:
        connections[alias].close()


@sync_to_async(thread_sensitive=False)
def let_time_pass(storage: DatabaseStorage) -> None:
    """Make every draft as old as one that nobody has written to for long."""
    long_ago = timezone.now() - ABANDONED - timedelta(seconds=1)
    try:
        Blob.objects.using(storage._alias).update(changed_at=long_ago)
    finally:
        connections[storage._alias].close()


async def test_a_video_becomes_rows_of_half_a_mebibyte(storage: DatabaseStorage) -> None:
    await storage.put(KEY, of(2 * PART_BYTES + 1), BLOB_MAX_BYTES)
    assert await counts(storage) == (1, 3)
    await storage.delete(KEY)
    assert await counts(storage) == (0, 0)


async def test_a_video_larger_than_the_cap_is_refused_with_the_cap(
    storage: DatabaseStorage,
) -> None:
    with pytest.raises(TooLarge, match=f"limit of {readable(BLOB_MAX_BYTES)}"):
        await storage.put(KEY, of(BLOB_MAX_BYTES + 1), 10 * BLOB_MAX_BYTES)
    assert await counts(storage) == (0, 0)


async def test_what_a_killed_process_left_is_invisible_and_swept_when_it_is_old(
    storage: DatabaseStorage,
) -> None:
    draft = await sync_to_async(storage._begin, thread_sensitive=False)(KEY)
    await sync_to_async(storage._append, thread_sensitive=False)(draft, 0, bytes(PART_BYTES))
    assert await counts(storage) == (1, 1)
    assert [key async for key in storage.list()] == []
    assert await storage.sweep() == 0, "somebody may be at work on it"

    await let_time_pass(storage)
    assert await storage.sweep() == 1
    assert await counts(storage) == (0, 0)


async def test_a_published_video_is_never_swept(storage: DatabaseStorage) -> None:
    await storage.put(KEY, of(10), BLOB_MAX_BYTES)
    await let_time_pass(storage)
    assert await storage.sweep() == 0
    assert (await storage.stat(KEY)).size_bytes == 10


async def test_an_upload_that_was_given_up_while_it_stalled_fails_and_leaves_nothing(
    storage: DatabaseStorage,
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield bytes(PART_BYTES)
        begun.set()
        await go_on.wait()
        yield bytes(PART_BYTES)

    task = asyncio.create_task(storage.put(KEY, stalls(), BLOB_MAX_BYTES))
    await begun.wait()
    await let_time_pass(storage)
    assert await storage.sweep() == 1
    go_on.set()
    with pytest.raises(StorageUnavailable):
        await task
    assert await counts(storage) == (0, 0)


async def test_two_uploads_to_one_key_give_one_video(storage: DatabaseStorage) -> None:
    async def in_turns(byte: bytes) -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield byte * PART_BYTES

    outcomes = await asyncio.gather(
        *(storage.put(KEY, in_turns(byte), BLOB_MAX_BYTES) for byte in (b"a", b"b")),
        return_exceptions=True,
    )
    assert sorted(isinstance(outcome, Exception) for outcome in outcomes) == [False, True]
    assert await counts(storage) == (1, 3)


async def test_open_readers_hold_no_connections_between_reads(
    storage: DatabaseStorage, url: str
) -> None:
    await storage.put(KEY, of(3 * READ_BYTES), BLOB_MAX_BYTES)
    async with contextlib.AsyncExitStack() as readers:
        for _ in range(3 * WORKERS):
            chunks = await readers.enter_async_context(storage.open(KEY, 0, 3 * READ_BYTES))
            assert len(await anext(chunks)) == READ_BYTES
        if url.startswith("sqlite"):
            # Each thread keeps its own: opening a file costs more than a read. A few more are
            # this test's, and those that SQLite closes once nobody holds a lock on the file.
            files = open_files().count(url.removeprefix("sqlite:///"))
            assert files < 2 * WORKERS
        else:
            statistics = connections[storage._alias].pool.get_stats()  # type: ignore[attr-defined]
            assert statistics["pool_available"] == statistics["pool_size"]
        assert len(await anext(chunks)) == READ_BYTES
