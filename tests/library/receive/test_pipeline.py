"""Files that come in at once."""

import asyncio
from uuid import uuid4

import pytest

from library.models import Upload
from library.receive import pipeline, upload_rows
from library.storage import registry
from library.storage.base import Missing
from media.kinds import MP4
from media.probe import Facts, Read
from tests.library.rows import an_upload
from tests.support.clips import tiny_clip


async def test_who_adds_many_files_of_a_slow_storage_keeps_nobody_else_waiting() -> None:
    content = tiny_clip()
    asked, may_read = asyncio.Event(), asyncio.Event()
    readers = 0

    async def read(start: int, stop: int) -> bytes:
        return content[start:stop]

    async def read_slowly(start: int, stop: int) -> bytes:
        nonlocal readers
        readers += not may_read.is_set()
        asked.set()
        await may_read.wait()
        return content[start:stop]

    async def look_into(upload: Upload, read: Read) -> Facts:
        return await pipeline.look_into(upload, read, len(content), MP4)

    ana, ben = uuid4(), uuid4()
    many = [asyncio.create_task(look_into(Upload(owner_id=ana), read_slowly)) for _ in range(4)]
    async with asyncio.timeout(60):
        await asked.wait()
        assert (await look_into(Upload(owner_id=ben), read)).video_codec == "h264"
    assert readers == 1
    may_read.set()
    assert [facts.video_codec for facts in await asyncio.gather(*many)] == ["h264"] * 4


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
