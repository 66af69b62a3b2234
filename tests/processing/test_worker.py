"""A worker and what it makes, on real files with the real ffmpeg."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from core.database import in_database
from library import removals, subtitles
from library.models import Rendition, Subtitle, Video
from library.receive.pipeline import reader
from library.storage import registry
from library.storage.base import StorageUnavailable
from library.storage.local import LocalStorage
from media import index
from media.kinds import MP4, Kind
from media.plan import Way
from media.probe import Facts, probe
from media.tracks import Subtitles
from processing import history, intake, queue
from processing import subtitles as processing_subtitles
from processing import worker as processing_worker
from processing.attempt import Attempt
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.media.probed import ffmpeg
from tests.processing.films import fresh, job_of, stored_keys, upload
from tests.support.clips import Clip, make_clip
from tests.support.films import (
    AC3_IN_MKV,
    INDEX_BEHIND,
    ODD_AND_SILENT,
    SUBTITLED,
    TWO_LANGUAGES,
    make_film,
)

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


async def test_a_film_in_the_wrong_container_with_the_wrong_sound_is_made_an_mp4(
    worker: Worker,
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    assert (video.status, video.completed_at) == ("queued", None)

    assert await worker.work()

    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt, job.done_share) == (Status.COMPLETED, 1, 1)
    shown = await fresh(video)
    assert (shown.status, shown.version) == (Video.Status.COMPLETED, 1)
    assert shown.completed_at is not None
    assert await names_of(video) == ["film.mp4", "s001.jpg", "storyboard.vtt"]
    row = await Rendition.objects.aget(video=video, name="film.mp4")
    storage = registry.provider(row.storage)
    facts = await probe(reader(storage, row.key), row.size_bytes, MP4)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert (facts.duration_s, facts.width, facts.height) == (shown.duration_s, 320, 180)
    assert not list(worker.scratch.iterdir())
    kinds = [event.kind async for event in job.events.order_by("pk")]
    assert kinds == ["queued", "claimed", "finish"]
    assert not await worker.work()


async def test_a_recording_in_many_fragments_is_made_an_mp4_with_an_index(
    worker: Worker, tmp_path: Path
) -> None:
    path, flags = tmp_path / "film.mp4", "frag_every_frame+empty_moov+default_base_moof"
    inputs = ("-stream_loop", 1, "-i", make_film(INDEX_BEHIND))
    await asyncio.to_thread(ffmpeg, *inputs, "-c", "copy", "-movflags", flags, path)
    video = await upload(path)
    assert (video.status, video.completed_at) == ("queued", None)
    assert await worker.work()
    assert (await job_of(video)).plan == Way.REMUX
    row = await Rendition.objects.aget(video=video, name="film.mp4")
    facts = await probe(reader(registry.provider(row.storage), row.key), row.size_bytes, MP4)
    assert (facts.video_codec, facts.is_slow_to_open) == ("h264", False)
    assert facts.duration_s == pytest.approx(6, abs=0.15)


async def test_a_film_whose_index_is_longer_than_thought_is_made_in_the_same_attempt(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "room_for", lambda *_, **__: 1000)
    video = await upload(make_film(AC3_IN_MKV))
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    assert not await job.events.filter(kind="put_off").aexists()


@pytest.mark.parametrize("known", [{"duration_s": 3}, "all but the colours of its picture"])
async def test_what_another_version_has_found_in_a_film_is_found_again(
    worker: Worker, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    job = await Job.objects.aget(video=video)
    assert job.facts
    if isinstance(known, str):
        known = job.facts
        del known["tracks"]["picture"]["matrix"]
    await Job.objects.filter(video=video).aupdate(facts=known)
    probed: list[Path] = []
    facts_of = Attempt.facts_of

    async def noted(attempt: Attempt, path: Path, kind: Kind) -> Facts:
        probed.append(path)
        return await facts_of(attempt, path, kind)

    monkeypatch.setattr(Attempt, "facts_of", noted)

    assert await worker.work()

    await job.arefresh_from_db()
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    # The original; what is made is looked into as well.
    assert [path.name for path in probed] == ["original", "film.mp4"]


async def test_a_film_that_plays_is_ready_at_once_and_left_alone(
    worker: Worker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clip = make_clip(tmp_path_factory.mktemp("clip"), Clip(duration_s=3, width=320, height=180))
    video = await upload(clip)
    assert video.status == Video.Status.COMPLETED
    assert not await worker.work()


async def test_no_work_begins_while_the_disk_has_less_than_its_reserve(
    worker: Worker, settings: Any
) -> None:
    video = await upload(make_film(AC3_IN_MKV))

    settings.DISK_RESERVE_BYTES = 1 << 60
    assert not await worker.work()
    assert (await Job.objects.aget(video=video)).attempt == 0

    settings.DISK_RESERVE_BYTES = 0
    assert await worker.work()


async def test_what_fails_around_a_job_ends_no_worker(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, third = 0, asyncio.Event()

    async def work(_worker: Worker) -> bool:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError("the folder for work is away")
        third.set()
        return False

    monkeypatch.setattr(Worker, "work", work)
    monkeypatch.setattr(processing_worker, "POLL_S", 0.0)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(30):
        await third.wait()
    running.cancel()
    await asyncio.wait({running})


async def test_what_is_removed_takes_with_it_all_that_was_made(worker: Worker) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    await worker.work()
    await removals.remove(await fresh(video))
    assert await stored_keys(video) == set()
    assert not await Job.objects.filter(video_id=video.pk).aexists()


async def names_of(video: Video) -> list[str]:
    rows = Rendition.objects.filter(video=video, is_published=True).order_by("pk")
    return [row.name async for row in rows]


async def content_of(video: Video, name: str) -> bytes:
    row = await Rendition.objects.aget(video=video, name=name)
    read = reader(registry.provider(row.storage), row.key)
    return await read(0, row.size_bytes)


async def test_a_film_of_which_nothing_plays_gets_sizes_languages_and_an_mp4(
    worker: Worker,
) -> None:
    video = await upload(make_film(TWO_LANGUAGES))
    await worker.work()

    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    shown = await fresh(video)
    assert shown.duration_s == pytest.approx(5, abs=0.05)
    names = await names_of(video)
    first = ["a0.mp4", "a0.m3u8", "a1.mp4", "a1.m3u8", "v360.mp4", "v360.m3u8", "master1.m3u8"]
    # Made beside each other, in whatever order they are done.
    then = {"v540.mp4", "v540.m3u8", "master2.m3u8", "film.mp4", "s001.jpg", "storyboard.vtt"}
    assert (names[: len(first)], set(names[len(first) :])) == (first, then)
    assert (await content_of(video, "storyboard.vtt")).decode().count("-->") == 5
    master = (await content_of(video, "master2.m3u8")).decode()
    # The default language of the file comes first.
    assert master.index('NAME="en"') < master.index('NAME="de"')
    assert 'RESOLUTION=640x360,FRAME-RATE=10.000,CODECS="avc1.64' in master
    assert "RESOLUTION=960x540" in master
    times = [
        re.findall(r"EXTINF:([0-9.]+)", (await content_of(video, name)).decode())
        for name in ("v360.m3u8", "v540.m3u8")
    ]
    assert times[0] == times[1]


async def test_an_odd_silent_film_is_made_even_and_stays_silent(worker: Worker) -> None:
    video = await upload(make_film(ODD_AND_SILENT))
    await worker.work()
    names = await names_of(video)
    assert names[:3] == ["v180.mp4", "v180.m3u8", "master1.m3u8"]
    assert set(names[3:]) == {"film.mp4", "s001.jpg", "storyboard.vtt"}
    assert "RESOLUTION=320x180" in (await content_of(video, "master1.m3u8")).decode()


async def test_the_subtitles_in_a_file_are_taken_out_once(worker: Worker) -> None:
    video = await upload(make_film(SUBTITLED))
    await worker.work()

    tracks = [track async for track in Subtitle.objects.filter(video=video).order_by("file_track")]
    assert [(each.language, each.label, each.is_default) for each in tracks] == [
        ("de", "de", True),
        ("en", "For the deaf", False),
    ]
    assert (
        "00:00.500 --> 00:00:01.500" in tracks[0].vtt or "00:00.500 --> 00:01.500" in tracks[0].vtt
    )
    assert all("Guten Abend." in track.vtt for track in tracks)
    job = await Job.objects.aget(video=video)
    assert job.status == Status.COMPLETED
    told = job.events.filter(kind__startswith="subtitles").values_list("kind", flat=True)
    assert {kind async for kind in told} == {"subtitles_taken"}


async def test_subtitles_of_which_the_database_lost_its_answer_are_stored_once() -> None:
    video = await upload(make_film(SUBTITLED))
    job = await queue.claim("worker")
    assert job is not None
    track = Subtitles(codec="subrip", language="de", title="", is_default=True, is_forced=False)
    for _ in range(2):
        await processing_subtitles._keep(job, 0, track, "WEBVTT\n")
    assert [each.is_default async for each in Subtitle.objects.filter(video=video)] == [True]


async def test_subtitles_that_an_earlier_attempt_could_not_read_are_not_missing_any_more(
    worker: Worker,
) -> None:
    video = await upload(make_film(SUBTITLED))
    job = await Job.objects.aget(video=video)
    for track in (0, 2):
        about = {"track": track, "codec": "subrip", "language": "de", "why": "ffmpeg failed"}
        await in_database(history.record)(job, history.SUBTITLES_FAILED, about)
    assert await worker.work()
    left_out = await in_database(lambda: list(history.left_out(job)))()
    assert [data["track"] for _, data in left_out] == [2]


async def test_subtitles_that_their_owner_has_removed_do_not_come_back_with_another_attempt(
    worker: Worker,
) -> None:
    video = await upload(make_film(SUBTITLED))
    assert await worker.work()
    german, english = [each async for each in Subtitle.objects.filter(video=video)]
    await subtitles.remove(video, german.pk)
    await subtitles.change(video, english.pk, is_default=True)
    # As if it had failed at a later step.
    await Job.objects.filter(video=video).aupdate(status=Status.FAILED)
    assert await queue.again((await Job.objects.aget(video=video)).pk, by="owner")
    assert await worker.work()
    assert (await Job.objects.aget(video=video)).status == Status.COMPLETED
    left = [(each.pk, each.is_default) async for each in Subtitle.objects.filter(video=video)]
    assert left == [(english.pk, True)]

    # Nor with another job.
    await in_database(queue.enqueue)(await fresh(video), Way.DIRECT, None)
    assert await worker.work()
    assert await Subtitle.objects.filter(video=video).acount() == 1


async def test_what_is_gone_when_a_removal_is_called_off_is_made_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    removals.make_again_with(intake.make_again)
    video = await upload(make_film(AC3_IN_MKV))
    await worker.work()
    delete = LocalStorage.delete

    async def not_the_original(storage: LocalStorage, key: str) -> None:
        if key.endswith("/original"):
            raise StorageUnavailable
        await delete(storage, key)

    with monkeypatch.context() as patched:
        patched.setattr(LocalStorage, "delete", not_the_original)
        with pytest.raises(StorageUnavailable):
            await removals.remove(await fresh(video))
    left = await fresh(video)
    assert (left.status, left.version) == (Video.Status.QUEUED, 0)
    assert await names_of(video) == []

    assert await worker.work()
    assert (await fresh(video)).status == Video.Status.COMPLETED
    assert await names_of(video) == ["film.mp4", "s001.jpg", "storyboard.vtt"]
    assert await content_of(video, "film.mp4")
    rows = Rendition.objects.filter(video=video)
    assert await rows.acount() == 3, "rows of what is gone stay"
