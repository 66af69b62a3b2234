"""What every processor promises, whoever does the work: one suite for each that there is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from library.models import Rendition, Subtitle, Video
from library.receive.pipeline import reader
from library.storage import registry
from library.storage.base import StorageUnavailable
from library.storage.local import LocalStorage
from media.ffmpeg import Ffmpeg
from media.kinds import MP4
from media.probe import probe
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.external_jobs import elsewhere
from tests.processing.films import fresh, stored_keys, upload
from tests.processing.rows import lapse
from tests.support.clips import Clip, make_clip
from tests.support.films import AC3_IN_MKV, SUBTITLED_MP4, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


@dataclass(frozen=True, slots=True)
class Bench:
    """``play`` works until the job of a video is over."""

    worker: Worker
    play: Callable[[Video], Awaitable[Job]]


@pytest_asyncio.fixture(params=["local", "http"])
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Any
) -> AsyncIterator[Bench]:
    if request.param == "http":
        async with elsewhere(tmp_path, settings) as place:
            yield Bench(place.worker, place.play)
        return
    worker = Worker(tmp_path / "scratch", Ffmpeg.found())

    async def play(video: Video) -> Job:
        while (job := await Job.objects.aget(video=video)).status not in (
            Status.COMPLETED,
            Status.FAILED,
        ):
            await lapse(job)
            assert await worker.work()
        return job

    yield Bench(worker, play)


async def test_a_film_is_made_one_that_plays_and_nothing_else_is_left(bench: Bench) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    job = await bench.play(video)
    assert (job.status, job.attempt, job.reason) == (Status.COMPLETED, 1, "")
    shown = await fresh(video)
    assert (shown.status, shown.version) == (Video.Status.COMPLETED, 1)
    row = await Rendition.objects.aget(video=video, name="film.mp4", is_published=True)
    facts = await probe(reader(registry.provider(row.storage), row.key), row.size_bytes, MP4)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert facts.duration_s == pytest.approx(3, abs=0.1)
    assert await Rendition.objects.filter(video=video, name="storyboard.vtt").aexists()
    assert not await Rendition.objects.filter(video=video, is_published=False).aexists()
    assert not list(bench.worker.scratch.iterdir())


async def test_a_film_that_plays_gets_more_sizes_and_stays_as_it_is(
    bench: Bench, settings: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings.LADDER = "always"
    clip = make_clip(tmp_path_factory.mktemp("clip"), Clip(duration_s=3, width=320, height=180))
    video = await upload(clip)
    assert video.status == Video.Status.COMPLETED
    job = await bench.play(video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    names = {row.name async for row in Rendition.objects.filter(video=video, is_published=True)}
    assert {"v180.mp4", "v180.m3u8", "master1.m3u8", "storyboard.vtt"} <= names
    assert "film.mp4" not in names


async def test_of_a_film_that_plays_and_needs_no_sizes_the_subtitles_are_taken_out(
    bench: Bench, settings: Any
) -> None:
    settings.LADDER = "auto"
    video = await upload(make_film(SUBTITLED_MP4))
    job = await bench.play(video)
    assert (job.status, job.attempt, job.reason) == (Status.COMPLETED, 1, "")
    assert await Subtitle.objects.filter(video=video).aexists()
    assert not await Rendition.objects.filter(video=video).aexists()


async def test_what_is_no_film_any_more_fails_at_the_second_look_at_the_latest(
    bench: Bench,
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    before = await stored_keys(video)
    original = registry.provider("local").path_of(video.source.key)
    assert original is not None
    original.write_bytes(b"\x1aE\xdf\xa3" + bytes(original.stat().st_size - 4))
    job = await bench.play(video)
    assert (job.status, job.reason_code) == (Status.FAILED, "unreadable")
    assert job.attempt <= 2
    assert job.reason
    assert (await fresh(video)).status == Video.Status.FAILED
    assert await stored_keys(video) == before


async def test_a_storage_that_is_away_for_a_moment_costs_no_attempt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    put, failures = LocalStorage.put_file, [StorageUnavailable()]

    async def put_when_it_is_back(self: LocalStorage, *given: Any, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return await put(self, *given, **more)

    monkeypatch.setattr(LocalStorage, "put_file", put_when_it_is_back)
    job = await bench.play(video)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    kinds = [event.kind async for event in job.events.order_by("pk")]
    assert "put_off" not in kinds
