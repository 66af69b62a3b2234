"""Files that come in at once."""

import asyncio
from uuid import uuid4

import pytest

from library.models import Upload
from library.receive import pipeline, turns, upload_rows
from library.storage import registry
from library.storage.base import Missing
from media.kinds import MP4
from media.probe import Facts, Read
from tests.library.rows import an_upload
from tests.support.clips import tiny_clip

CONTENT = tiny_clip()


class Slow:
    """Bytes of a server that keeps everybody waiting; counts who is at it."""

    def __init__(self) -> None:
        self.readers = 0
        self.asked, self.may_read = asyncio.Event(), asyncio.Event()

    async def read(self, start: int, stop: int) -> bytes:
        self.readers += not self.may_read.is_set()
        self.asked.set()
        await self.may_read.wait()
        return await read(start, stop)

    async def has_readers(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.readers < count:
                self.asked.clear()
                await self.asked.wait()


async def read(start: int, stop: int) -> bytes:
    return CONTENT[start:stop]


async def look_into(upload: Upload, read: Read, *, is_near: bool) -> Facts:
    return await pipeline.look_into(upload, read, len(CONTENT), MP4, is_near=is_near)


def begin(upload: Upload, slow: Slow) -> asyncio.Task[Facts]:
    return asyncio.create_task(look_into(upload, slow.read, is_near=False))


async def finished(slow: Slow, tasks: list[asyncio.Task[Facts]]) -> None:
    slow.may_read.set()
    facts = await asyncio.gather(*tasks)
    assert {each.video_codec for each in facts} == {"h264"}


async def test_who_adds_many_files_of_a_slow_storage_keeps_nobody_else_waiting() -> None:
    slow, ana, ben = Slow(), uuid4(), uuid4()
    many = [begin(Upload(owner_id=ana), slow) for _ in range(4)]
    await slow.has_readers(1)
    async with asyncio.timeout(60):
        assert (await look_into(Upload(owner_id=ben), read, is_near=False)).video_codec == "h264"
    assert slow.readers == 1
    await finished(slow, many)


async def test_who_comes_back_as_somebody_else_still_has_one_turn() -> None:
    slow = Slow()
    guests = [Upload(owner_id=uuid4(), address_mark="one address") for _ in range(6)]
    many = [begin(guest, slow) for guest in guests]
    await slow.has_readers(1)
    async with asyncio.timeout(60):
        assert await look_into(Upload(owner_id=uuid4()), read, is_near=False)
    assert slow.readers == 1
    await finished(slow, many)


async def test_slow_links_of_a_crowd_keep_no_upload_waiting() -> None:
    slow = Slow()
    many = [begin(Upload(owner_id=uuid4()), slow) for _ in range(turns.FAR_PLACES + 4)]
    await slow.has_readers(turns.FAR_PLACES)
    async with asyncio.timeout(60):
        assert await look_into(Upload(owner_id=uuid4()), read, is_near=True)
    assert slow.readers == turns.FAR_PLACES
    await finished(slow, many)


async def test_past_a_bound_nobody_waits_for_a_turn_without_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING_OF_ONE", 2)
    monkeypatch.setattr(turns, "MOST_WAITING", 3)
    slow, ana = Slow(), uuid4()
    many = [begin(Upload(owner_id=ana), slow)]
    await slow.has_readers(1)
    many += [begin(Upload(owner_id=ana), slow) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(turns.TooManyFiles):
        await look_into(Upload(owner_id=ana), read, is_near=False)
    others = [begin(Upload(owner_id=uuid4()), slow) for _ in range(turns.FAR_PLACES - 1)]
    await slow.has_readers(turns.FAR_PLACES)
    many += [*others, begin(Upload(owner_id=uuid4()), slow)]
    await asyncio.sleep(0)
    with pytest.raises(turns.TooManyFiles):
        await look_into(Upload(owner_id=uuid4()), read, is_near=False)
    assert await look_into(Upload(owner_id=ana), read, is_near=True)
    await finished(slow, many)


@pytest.mark.django_db(transaction=True)
async def test_who_lost_an_upload_leaves_its_bytes_and_its_row_to_who_holds_it() -> None:
    upload = await an_upload(resumable=True)
    other = await Upload.objects.aget(pk=upload.pk)
    await upload_rows.take(other)
    stat, _kind = await pipeline.store(other, pipeline.once(tiny_clip()))
    await pipeline.discard(upload)
    stored = registry.provider("local")
    assert (await stored.stat(pipeline.original_key(other))).size_bytes == stat.size_bytes
    await pipeline.discard(other)
    assert not await Upload.objects.filter(pk=upload.pk).aexists()
    with pytest.raises(Missing):
        await stored.stat(pipeline.original_key(other))
