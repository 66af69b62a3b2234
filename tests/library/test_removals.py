"""A deletion that fails or is cut short leaves no video without its bytes."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from library import removals, sweep, withdrawals
from library.models import Poster, Removal, Rendition, Source, Video
from library.receive import pipeline
from library.storage import registry
from library.storage.base import Missing, StorageUnavailable
from library.storage.local import LocalStorage
from media.probe import Facts
from tests.accounts import people
from tests.library.rows import an_upload
from tests.library.site import TINY_MP4

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def video() -> AsyncIterator[Video]:
    """A video with its bytes and a picture; none of them stay."""
    user = await people.guest()
    made = await Video.objects.acreate(
        owner=user, title="A film", status=Video.Status.COMPLETED, size_bytes=len(TINY_MP4)
    )
    for model, name in ((Source, "original"), (Poster, "poster")):
        key = f"{made.pk}/{name}"

        async def content() -> Any:
            yield TINY_MP4

        await registry.provider("local").put(key, content(), len(TINY_MP4), mime_type="video/mp4")
        await model.objects.acreate(video=made, storage="local", key=key)
    yield await Video.objects.select_related("source").aget(pk=made.pk)
    # Other tests of this process audit the same folder.
    for name in ("original", "poster"):
        with contextlib.suppress(Missing):
            await registry.provider("local").delete(f"{made.pk}/{name}")


async def made_again(video: Video) -> Video:
    """Upload the film again with the same Idempotency-Key, which gives it the same id."""
    upload = await an_upload(resumable=False, again=video)
    stat, kind = await pipeline.store(upload, pipeline.once(TINY_MP4))
    key, facts = pipeline.original_key(upload), Facts(poster=b"a picture")
    newer = await pipeline.finish(
        upload, title="A film", key=key, stat=stat, kind=kind, facts=facts
    )
    made = f"{newer.pk}/v1-1/film.mp4"
    await registry.provider("local").put(made, pipeline.once(TINY_MP4), len(TINY_MP4))
    await Rendition.objects.acreate(
        video=newer,
        version=1,
        name="film.mp4",
        kind="mp4",
        key=made,
        storage="local",
        size_bytes=len(TINY_MP4),
        is_published=True,
    )
    await Video.objects.filter(pk=newer.pk).aupdate(version=1)
    return newer


class Frozen:
    """A deletion that is stopped; what then happens is what happens while it stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: str, video: Video) -> None:
        self.newer: Video | None = None
        self._video, self._is_stopped = video, False
        ends, announce, delete = removals._endings, removals._announce, LocalStorage.delete

        async def announced(gone: Video) -> Removal | None:
            await self._stop(at == "start")
            return await announce(gone)

        async def ended(_video_id: UUID) -> None:
            await self._stop(at == "ending")

        async def deleted(storage: LocalStorage, key: str) -> None:
            await self._stop(key.endswith(f"/{at}"))
            await delete(storage, key)

        monkeypatch.setattr(removals, "_announce", announced)
        monkeypatch.setattr(removals, "_endings", [*ends, ended])
        monkeypatch.setattr(LocalStorage, "delete", deleted)

    async def _stop(self, is_here: bool) -> None:
        if self._is_stopped or not is_here:
            return
        self._is_stopped = True
        # What the sweep does; or another request, if there is no removal yet.
        await lapse()
        await sweep.sweep()
        await removals.remove(self._video)
        assert not await Video.objects.filter(pk=self._video.pk).aexists()
        self.newer = await made_again(self._video)


@pytest.mark.parametrize("at", ["start", "ending", "poster", "original"])
async def test_a_deletion_that_stood_still_leaves_alone_a_newer_video_of_the_same_id(
    video: Video, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    frozen = Frozen(monkeypatch, at, video)
    await removals.remove(video)
    newer = frozen.newer
    assert newer is not None
    assert (await Video.objects.aget(pk=newer.pk)).version == 1
    local = registry.provider("local")
    source, poster = await Source.objects.aget(video=newer), await Poster.objects.aget(video=newer)
    made = await Rendition.objects.aget(video=newer, is_published=True)
    for key in (source.key, poster.key, made.key):
        assert (await local.stat(key)).size_bytes
    await removals.remove(await Video.objects.select_related("source").aget(pk=newer.pk))
    assert [key async for key in local.list() if key.startswith(str(newer.pk))] == []


async def has_bytes(video: Video) -> bool:
    try:
        await registry.provider("local").stat(video.source.key)
    except Missing:
        return False
    return True


async def lapse() -> None:
    """Let every removal's lease end, as after a crash and a while."""
    await Removal.objects.aupdate(held_until="2020-01-01T00:00:00Z")


class Failing:
    """Makes the storage fail to delete some keys, after something else has happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ends_with: str) -> None:
        self.before: Any = None
        self.is_on = True
        real = LocalStorage.delete

        async def delete(storage: LocalStorage, key: str) -> None:
            if self.is_on and key.endswith(ends_with):
                if self.before is not None:
                    before, self.before = self.before, None
                    await before()
                raise StorageUnavailable
            await real(storage, key)

        monkeypatch.setattr(LocalStorage, "delete", delete)


async def test_a_deletion_that_fails_leaves_a_video_that_plays(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, has_poster in (("/poster", True), ("/original", False)):
        failing = Failing(monkeypatch, part)
        with pytest.raises(StorageUnavailable):
            await removals.remove(video)
        failing.is_on = False
        assert await has_bytes(video)
        assert not await Removal.objects.aexists()
        # Its picture, once that is gone, is a placeholder.
        assert await Poster.objects.filter(video=video).aexists() == has_poster


async def test_one_who_fails_does_not_call_off_what_another_has_begun(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(monkeypatch, "/original")

    async def another_begins_and_crashes() -> None:
        await removals._announce(video)

    failing.before = another_begins_and_crashes
    with pytest.raises(StorageUnavailable):
        await removals.remove(video)
    failing.is_on = False
    await lapse()
    await sweep.sweep()
    assert not await has_bytes(video)
    assert not await Video.objects.filter(pk=video.pk).aexists()


async def test_a_deletion_that_another_has_taken_over_leaves_the_row_to_that_one(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the id could be used again, by an Idempotency-Key, while the other deletes its bytes."""
    real = LocalStorage.delete

    async def another_takes_it(storage: LocalStorage, key: str) -> None:
        if key.endswith("/original"):
            await removals._announce(video)
        await real(storage, key)

    with monkeypatch.context() as patched:
        patched.setattr(LocalStorage, "delete", another_takes_it)
        await removals.remove(video)
    assert await Removal.objects.filter(video_id=video.pk).aexists()
    await lapse()
    await sweep.sweep()
    assert not await Video.objects.filter(pk=video.pk).aexists()


async def test_rooms_are_told_of_a_deletion_that_a_killed_process_had_begun(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[UUID, str, bool]] = []

    async def listener(withdrawal: withdrawals.Withdrawal) -> None:
        gone = not await Video.objects.filter(pk=withdrawal.video_id).aexists()
        told.append((withdrawal.video_id, withdrawal.reason, gone))

    monkeypatch.setattr(withdrawals, "_listeners", [listener])
    video_id = video.pk
    assert await removals._announce(video) is not None
    await lapse()
    await sweep.sweep()
    # Before the row goes, because a process that is killed after that tells nobody; and after it,
    # because a room may have chosen the video in between.
    assert told == [(video_id, "deleted", False), (video_id, "deleted", True)]


async def test_a_deletion_whose_lease_ended_leaves_the_rest_to_who_took_it(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(monkeypatch, "/original")

    async def the_sweep_takes_it() -> None:
        await lapse()
        assert await removals.take_abandoned() is not None

    failing.before = the_sweep_takes_it
    with pytest.raises(StorageUnavailable):
        await removals.remove(video)
    assert await Removal.objects.filter(video_id=video.pk).aexists()
    failing.is_on = False
