"""What every storage provider must do; a new one is one maker in storages.py."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from core.errors import TooLarge
from library.renditions import Place
from library.serve import rotated
from library.serve.rotated import RotatedFile, from_key_frame
from library.storage import registry
from library.storage.base import READ_BYTES, Incomplete, Missing, Readable, Refused, Storage
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions
from tests.contracts.storages import MAKERS, Grounds, StorageMaker
from tests.support.clips import Clip, make_clip

CONTENT = random.Random(1).randbytes(2 * READ_BYTES + 12_345)
KEY = "0d/some-video/original.bin"


# What stands on a program that is started for it.
STARTED = {"azure", "postgresql", "s3"}


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.engines] if name in STARTED else [])
        for name in MAKERS
    ]
)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[StorageMaker, Grounds]:
    """How a storage is made, its server running."""
    maker = MAKERS[request.param]
    server = request.getfixturevalue(maker.fixture) if maker.fixture else ""
    return maker, Grounds(tmp_path, server)


@pytest.fixture
async def storage(
    ground: tuple[StorageMaker, Grounds], django_db_blocker: DjangoDbBlocker
) -> AsyncIterator[Storage]:
    """An empty storage of each provider."""
    maker, grounds = ground
    with django_db_blocker.unblock():
        async with maker.make(grounds) as storage:
            yield storage
            await storage.close()


async def in_chunks(content: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(storage: Readable, start: int, stop: int, key: str = KEY) -> bytes:
    async with storage.open(key, start, stop) as chunks:
        pieces = [piece async for piece in chunks]
    assert all(0 < len(piece) <= READ_BYTES for piece in pieces)
    return b"".join(pieces)


async def keys(storage: Storage, prefix: str = "") -> set[str]:
    return {key async for key in storage.list(prefix)}


async def test_what_was_put_can_be_read_whole_and_in_any_range(storage: Storage) -> None:
    await storage.put(KEY, in_chunks(CONTENT), len(CONTENT))
    size = len(CONTENT)
    for start, stop in [(0, size), (0, 1), (size - 1, size), (5, 5), (READ_BYTES - 1, size - 7)]:
        assert await read(storage, start, stop) == CONTENT[start:stop]


async def test_stat_tells_the_same_as_put(storage: Storage) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    stat = await storage.put(KEY, in_chunks(CONTENT), len(CONTENT))
    assert stat == await storage.stat(KEY)
    assert stat.size_bytes == len(CONTENT)
    assert stat.etag[0] == stat.etag[-1] == '"'
    assert before <= stat.modified <= datetime.now(UTC) + timedelta(seconds=2)


async def test_a_file_of_this_machine_is_stored_and_need_not_stay(
    storage: Storage, tmp_path: Path
) -> None:
    path = tmp_path / "made"
    path.write_bytes(CONTENT)
    stat = await storage.put_file(KEY, path)
    path.unlink()
    assert stat == await storage.stat(KEY)
    await storage.fetch(KEY, stat.size_bytes, path)
    assert path.read_bytes() == CONTENT


async def test_a_film_is_read_from_its_middle_on_as_from_this_machine(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, near = make_clip(tmp_path, Clip(duration_s=20)), LocalStorage(LocalOptions(tmp_path))
    await storage.put_file(KEY, clip)
    monkeypatch.setattr(registry, "provider", {"here": near, "there": storage}.__getitem__)
    monkeypatch.setattr(rotated, "PATIENCE_S", 60.0)
    here = await from_key_frame(Place("here", clip.name, "video/mp4", clip.stat().st_size), 11.5)
    there = await from_key_frame(Place("there", KEY, "video/mp4", clip.stat().st_size), 11.5)
    assert isinstance(there, RotatedFile)
    size = (await there.stat(KEY)).size_bytes
    assert size == (await here.stat(clip.name)).size_bytes
    # Where its first piece ends and the next begins, which lies elsewhere in the file.
    seam = there._rotated.index.head_bytes + there._spans[0].length
    for start, stop in [(0, size), (7, 9), (seam - 10, seam + 10), (seam, size), (size - 1, size)]:
        assert await read(there, start, stop) == await read(here, start, stop, clip.name)


async def test_a_file_of_this_machine_replaces_nothing(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "made"
    path.write_bytes(b"other")
    await storage.put(KEY, in_chunks(b"first"), 10)
    with pytest.raises(Refused):
        await storage.put_file(KEY, path)
    assert await read(storage, 0, 5) == b"first"
    with pytest.raises(Refused):
        await storage.put_file("../other", path)


async def test_an_empty_file_is_a_file(storage: Storage) -> None:
    assert (await storage.put(KEY, in_chunks(b""), 10)).size_bytes == 0
    assert await read(storage, 0, 0) == b""


async def test_other_bytes_under_the_same_key_have_another_etag(storage: Storage) -> None:
    first = await storage.put(KEY, in_chunks(b"first"), 10)
    await storage.delete(KEY)
    assert (await storage.put(KEY, in_chunks(b"other"), 10)).etag != first.etag


async def test_what_was_never_put_is_missing(storage: Storage) -> None:
    with pytest.raises(Missing):
        await storage.stat(KEY)
    with pytest.raises(Missing):
        await read(storage, 0, 1)
    with pytest.raises(Missing):
        await storage.delete(KEY)
    assert await keys(storage) == set()


async def test_of_many_keys_those_are_told_under_which_not_all_is_there(storage: Storage) -> None:
    cut, gone = "0d/another/original.bin", "0d/gone/original.bin"
    for key in (KEY, cut, gone):
        await storage.put(key, in_chunks(b"x"), 1)
    await storage.delete(gone)
    lost = await storage.lost({KEY: 1, gone: 1, cut: 2, "never/there": 1})
    assert {key: type(error) for key, error in lost.items()} == {
        gone: Missing,
        cut: Incomplete,
        "never/there": Missing,
    }
    assert await storage.lost({KEY: 1}) == {}
    assert await storage.lost({}) == {}


async def test_what_was_deleted_is_missing(storage: Storage) -> None:
    await storage.put(KEY, in_chunks(CONTENT), len(CONTENT))
    await storage.delete(KEY)
    with pytest.raises(Missing):
        await storage.stat(KEY)
    assert await keys(storage) == set()


async def test_keys_are_listed_by_prefix(storage: Storage) -> None:
    for key in ("a/1", "a/2", "ab/3"):
        await storage.put(key, in_chunks(b"x"), 1)
    assert await keys(storage) == {"a/1", "a/2", "ab/3"}
    assert await keys(storage, "a/") == {"a/1", "a/2"}


async def test_a_limit_of_exactly_the_size_is_enough(storage: Storage) -> None:
    assert (await storage.put(KEY, in_chunks(CONTENT), len(CONTENT))).size_bytes == len(CONTENT)


async def test_one_byte_over_the_limit_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(TooLarge):
        await storage.put(KEY, in_chunks(CONTENT), len(CONTENT) - 1)
    assert await keys(storage) == set()
    assert await storage.sweep() == 0


async def test_a_put_whose_chunks_fail_leaves_nothing(storage: Storage) -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put(KEY, breaks_off(), 10 * len(CONTENT))
    assert await keys(storage) == set()
    assert await storage.sweep() == 0


async def test_a_cancelled_put_leaves_nothing(storage: Storage) -> None:
    begun = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield CONTENT
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(storage.put(KEY, stalls(), len(CONTENT)))
    await begun.wait()
    assert await keys(storage) == set()
    assert await storage.sweep() == 0, "a sweep must not take what is being written"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await keys(storage) == set()
    assert await storage.sweep() == 0


async def test_a_key_is_written_once(storage: Storage) -> None:
    await storage.put(KEY, in_chunks(b"first"), 10)
    with pytest.raises(Refused):
        await storage.put(KEY, in_chunks(b"other"), 10)
    assert await read(storage, 0, 5) == b"first"


async def test_a_key_that_is_none_is_refused(storage: Storage) -> None:
    wrong = ["", "/etc", "../x", "a/../../x", "a//b", "a/", ".drafts/x", "A", "ä", "a\0", "a\n"]
    for key in [*wrong, "a" * 201]:
        attempts = (
            storage.stat(key),
            storage.put(key, in_chunks(b"x"), 1),
            storage.delete(key),
            storage.sign(key, timedelta(minutes=5)),
            read(storage, 0, 1, key),
        )
        for attempt in attempts:
            with pytest.raises(Refused):
                await attempt


async def test_reading_can_stop_in_the_middle(storage: Storage) -> None:
    await storage.put(KEY, in_chunks(CONTENT), len(CONTENT))
    async with storage.open(KEY, 0, len(CONTENT)) as chunks:
        assert CONTENT.startswith(await anext(chunks))
    await storage.delete(KEY)


async def test_many_can_read_at_once(storage: Storage) -> None:
    await storage.put(KEY, in_chunks(CONTENT), len(CONTENT))
    ranges = [(i * 1000, len(CONTENT) - i * 1000) for i in range(20)]
    parts = await asyncio.gather(*(read(storage, *each) for each in ranges))
    assert parts == [CONTENT[start:stop] for start, stop in ranges]


async def test_a_signed_address_is_given_only_by_providers_that_have_one(storage: Storage) -> None:
    await storage.put(KEY, in_chunks(b"x"), 1)
    address = await storage.sign(KEY, timedelta(minutes=5))
    assert address is None or address.startswith(("https://", "http://127.0.0.1:"))
