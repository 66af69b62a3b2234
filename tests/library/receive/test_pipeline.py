"""Files that come in at once."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from accounts.models import User
from core import disk
from core.database import in_database
from core.fair_queue import Busy
from library import removals, sweep
from library.account_deletion import remove_videos_of
from library.audit import audit
from library.models import Upload, Video
from library.receive import pipeline, upload_rows
from library.receive.part_file import PartFile
from library.storage import registry
from library.storage.base import Missing, StorageFull, StorageUnavailable
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions
from media.kinds import MP4
from media.probe import Facts, Read
from tests.library.rows import an_upload
from tests.library.site import TINY_MP4
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


async def probe_file(upload: Upload, read: Read, *, is_near: bool) -> Facts:
    return await pipeline.probe_file(upload, read, len(CONTENT), MP4, is_near=is_near)


def begin(upload: Upload, slow: Slow) -> asyncio.Task[Facts]:
    return asyncio.create_task(probe_file(upload, slow.read, is_near=False))


async def finished(slow: Slow, tasks: list[asyncio.Task[Facts]]) -> None:
    slow.may_read.set()
    facts = await asyncio.gather(*tasks)
    assert {each.video_codec for each in facts} == {"h264"}


async def test_who_adds_many_files_of_a_slow_storage_keeps_nobody_else_waiting() -> None:
    slow, ana, ben = Slow(), uuid4(), uuid4()
    many = [begin(Upload(owner_id=ana), slow) for _ in range(4)]
    await slow.has_readers(1)
    async with asyncio.timeout(60):
        assert (await probe_file(Upload(owner_id=ben), read, is_near=False)).video_codec == "h264"
    assert slow.readers == 1
    await finished(slow, many)


async def test_who_comes_back_as_somebody_else_still_has_one_turn() -> None:
    slow = Slow()
    guests = [Upload(owner_id=uuid4(), address_mark="one address") for _ in range(6)]
    many = [begin(guest, slow) for guest in guests]
    await slow.has_readers(1)
    async with asyncio.timeout(60):
        assert await probe_file(Upload(owner_id=uuid4()), read, is_near=False)
    assert slow.readers == 1
    await finished(slow, many)


async def test_slow_links_of_a_crowd_keep_no_upload_waiting() -> None:
    slow = Slow()
    many = [begin(Upload(owner_id=uuid4()), slow) for _ in range(pipeline.LOOKING_FAR.at_once + 4)]
    await slow.has_readers(pipeline.LOOKING_FAR.at_once)
    async with asyncio.timeout(60):
        assert await probe_file(Upload(owner_id=uuid4()), read, is_near=True)
    assert slow.readers == pipeline.LOOKING_FAR.at_once
    await finished(slow, many)


async def test_past_a_bound_nobody_waits_for_a_turn_without_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline.LOOKING_FAR, "most_waiting_of_one", 2)
    slow, ana = Slow(), uuid4()
    many = [begin(Upload(owner_id=ana), slow)]
    await slow.has_readers(1)
    many += [begin(Upload(owner_id=ana), slow) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await probe_file(Upload(owner_id=ana), read, is_near=False)
    assert await probe_file(Upload(owner_id=ana), read, is_near=True)
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_made", [True, False], ids=["a video", "an upload"])
async def test_an_upload_that_stood_still_leaves_alone_a_newer_one_of_the_same_id(
    *, is_made: bool
) -> None:
    first = await an_upload(resumable=False)
    await pipeline.discard(first)
    upload = await an_upload(resumable=False, again=first)
    await Upload.objects.filter(pk=upload.pk).aupdate(held_until="2020-01-01T00:00:00Z")
    await sweep.sweep()
    assert not await Upload.objects.filter(pk=upload.pk).aexists()
    newer = await an_upload(resumable=False, again=upload)
    stat, kind = await pipeline.store(newer, pipeline.once(TINY_MP4))
    key = pipeline.original_key(newer)
    if is_made:
        await pipeline.finish(newer, title="A film", key=key, stat=stat, kind=kind, facts=Facts())
    with pytest.raises(upload_rows.Swept):
        await store_and_finish(upload)
    local = registry.provider("local")
    assert [each async for each in local.list() if each.startswith(str(upload.pk))] == [key]
    assert (await local.stat(key)).size_bytes == len(TINY_MP4)
    if is_made:
        await removals.remove(await Video.objects.select_related("source").aget(pk=newer.pk))
    else:
        await pipeline.discard(newer)
    assert [each async for each in local.list() if each.startswith(str(upload.pk))] == []


async def store_and_finish(upload: Upload) -> None:
    """Do what is done of an upload once its bytes come."""
    async with pipeline.at_work(upload):
        stat, kind = await pipeline.store(upload, pipeline.once(CONTENT))
        key = pipeline.original_key(upload)
        facts = await probe_file(upload, read, is_near=True)
        await pipeline.finish(upload, title="A film", key=key, stat=stat, kind=kind, facts=facts)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_gone", [False, True], ids=["its videos are", "it is"])
async def test_who_uploads_while_their_account_is_removed_leaves_no_bytes(*, is_gone: bool) -> None:
    upload = await an_upload(resumable=False)
    await remove_videos_of(upload.owner_id)
    if is_gone:
        await User.objects.filter(pk=upload.owner_id).adelete()
    with pytest.raises(upload_rows.Swept):
        await store_and_finish(upload)
    assert not await audit(remove=False)
    assert not await Upload.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_who_uploads_while_somebody_removes_the_upload_leaves_no_bytes() -> None:
    upload = await an_upload(resumable=False)
    [taken] = await in_database(upload_rows.taken_from)(upload.owner_id)
    # Whoever has taken it looked already, and found nothing to remove.
    with pytest.raises(upload_rows.Swept):
        await store_and_finish(upload)
    await upload_rows.forget(taken)
    assert not await audit(remove=False)
    assert not await Upload.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_who_did_not_hear_that_a_video_was_made_leaves_its_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = await an_upload(resumable=False)
    become = upload_rows.become_video

    async def lose_the_answer(*args: Any, **facts: Any) -> Video:
        await become(*args, **facts)
        raise OperationalError("the connection broke")

    monkeypatch.setattr(upload_rows, "become_video", lose_the_answer)
    with pytest.raises(OperationalError):
        await store_and_finish(upload)
    assert await Video.objects.filter(pk=upload.pk).aexists()
    assert not await audit(remove=False)
    await remove_videos_of(upload.owner_id)


@pytest.mark.django_db(transaction=True)
async def test_an_account_is_not_removed_while_the_bytes_of_an_upload_cannot_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = await an_upload(resumable=True)
    async with PartFile.of(upload.pk).opened() as writer:
        await writer.write(0, CONTENT)

    async def away(_storage: LocalStorage, _key: str) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as while_away:
        while_away.setattr(LocalStorage, "delete", away)
        with pytest.raises(StorageUnavailable):
            await remove_videos_of(upload.owner_id)
        assert await Upload.objects.filter(pk=upload.pk).aexists()
    await remove_videos_of(upload.owner_id)
    assert not await Upload.objects.aexists()
    assert not await PartFile.of(upload.pk).size_bytes()


class Disks:
    """What is free on each disk, as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free_bytes = {PartFile.folder().stat().st_dev: 0}
        monkeypatch.setattr(disk, "look", self.look)

    def look(self, folder: Path) -> disk.Disk:
        while not folder.exists():
            folder = folder.parent
        return disk.Disk(self.free_bytes[folder.stat().st_dev], reserve_bytes=0)


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> Disks:
    PartFile.folder().mkdir(parents=True, exist_ok=True)
    return Disks(monkeypatch)


async def fits(free_bytes: int, disks: Disks, storage: str, *, resumable: bool) -> bool:
    """Tell whether a film fits where so much is free on our disk."""
    disks.free_bytes[PartFile.folder().stat().st_dev] = free_bytes
    try:
        upload = await an_upload(resumable=resumable, storage=storage)
    except StorageFull:
        return False
    await upload_rows.forget(upload)
    return True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("storage", "resumable", "times"),
    [("local", False, 1), ("local", True, 1), ("database", False, 1), ("database", True, 2)],
)
async def test_an_upload_needs_room_for_itself_and_twice_only_where_it_is_copied(
    disks: Disks, storage: str, resumable: bool, times: int
) -> None:
    needed_bytes = times * len(TINY_MP4)
    assert await fits(needed_bytes, disks, storage, resumable=resumable)
    assert not await fits(needed_bytes - 1, disks, storage, resumable=resumable)


@pytest.mark.django_db(transaction=True)
async def test_an_upload_that_is_copied_to_another_disk_needs_room_once_on_each(
    disks: Disks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory(dir="/dev/shm") as folder:
        there = Path(folder)
        assert there.stat().st_dev not in disks.free_bytes
        local = LocalStorage(LocalOptions(there))
        monkeypatch.setattr(registry, "provider", lambda _name: local)
        disks.free_bytes[there.stat().st_dev] = len(TINY_MP4)
        assert await fits(len(TINY_MP4), disks, "local", resumable=True)
        assert not await fits(len(TINY_MP4) - 1, disks, "local", resumable=True)
        disks.free_bytes[there.stat().st_dev] -= 1
        assert not await fits(len(TINY_MP4), disks, "local", resumable=True)
