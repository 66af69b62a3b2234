"""Looking again into films that an older version took in."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from core.database import in_database
from library.models import Rendition, Video
from library.renditions import MASTER
from media.plan import Way
from processing import history, queue, steps
from processing.looking_again import look_again
from processing.models import Job, JobEvent
from processing.retention import REPLACED
from processing.worker import Worker
from tests.media.probed import ffmpeg
from tests.processing.films import fresh, job_of, stored_keys, upload
from tests.support import films
from tests.support.films import BROADCAST, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


async def as_before(path: Path, **known: object) -> Video:
    """Return a video of a version that had nothing made of it, and knew ``known`` of it."""
    video = await upload(path)
    await Job.objects.filter(video=video).adelete()
    now = {"status": Video.Status.COMPLETED, **known}
    await Video.objects.filter(pk=video.pk).aupdate(**now)
    return await fresh(video)


async def test_of_an_interlaced_film_sizes_are_made_that_it_had_not_before(worker: Worker) -> None:
    video = await as_before(make_film(films.INTERLACED_MP4), is_interlaced=False)
    assert await look_again(video) == Way.DIRECT
    assert (await fresh(video)).is_interlaced
    assert (await fresh(video)).status == Video.Status.COMPLETED, "it plays meanwhile"
    assert await look_again(video) is None, "it waits already"
    assert await worker.work()
    assert await look_again(video) is None, "all is made"
    assert (await job_of(video)).status == "completed"


async def test_a_film_that_only_some_browsers_play_is_made_for_all(tmp_path: Path) -> None:
    path = tmp_path / "lossless.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=1")
    await asyncio.to_thread(
        ffmpeg, *picture, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-qp", "0", path
    )
    video = await as_before(path, pixel_format="yuv420p")
    assert await look_again(video) == Way.TRANSCODE
    assert (await fresh(video)).status == Video.Status.QUEUED


async def test_a_film_of_which_only_a_storyboard_is_made_is_nothing_to_watch_until_it_is_made(
    worker: Worker, tmp_path: Path
) -> None:
    path = tmp_path / "lossless.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=2:duration=10")
    await asyncio.to_thread(
        ffmpeg, *picture, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-qp", "0", path
    )
    video = await as_before(path, pixel_format="yuv420p")
    await in_database(queue.enqueue)(video, Way.STORYBOARD, None)
    assert await worker.work()
    assert (await fresh(video)).version == 1
    assert await look_again(await fresh(video)) == Way.TRANSCODE
    waiting = await fresh(video)
    assert (waiting.version, waiting.status) == (0, Video.Status.QUEUED)
    assert await worker.work()
    made = Rendition.objects.filter(video=video, is_published=True)
    assert {row.version async for row in made} == {1}
    assert await made.filter(name__startswith=MASTER).aexists()


async def test_what_was_made_before_goes_once_no_player_reads_it_any_more(
    worker: Worker, settings: Any
) -> None:
    video = await as_before(make_film(films.OPEN_GOP), is_open_gop=False)
    settings.LADDER = "off"
    await in_database(queue.enqueue)(video, Way.REMUX, None)
    assert await worker.work()
    settings.LADDER = "auto"
    assert await look_again(await fresh(video)) == Way.TRANSCODE
    assert await worker.work()
    shown = Rendition.objects.filter(video=video, is_published=True)
    assert {row.version async for row in shown} == {1, 2}
    assert await REPLACED.remove() == 0, "players may still read it"
    await Job.objects.filter(video=video).aupdate(finished_at=now() - 2 * settings.MEDIA_TOKEN_TTL)
    due = await in_database(REPLACED.due)()
    assert await REPLACED.remove() == due.count > 0
    made = {row.key async for row in Rendition.objects.filter(video=video)}
    assert {row.version async for row in Rendition.objects.filter(video=video)} == {2}
    assert await stored_keys(video) - made == {f"{video.pk}/original", f"{video.pk}/poster"}


async def test_sizes_that_nobody_wants_by_now_stay_though_there_is_no_storyboard() -> None:
    plain = films.Film("mp4", ("-pix_fmt", "yuv420p"), duration_s=10)
    video = await as_before(make_film(plain), version=1)
    await Rendition.objects.acreate(
        video=video,
        version=1,
        name=f"{MASTER}1.m3u8",
        kind=Rendition.Kind.HLS,
        mime_type="application/vnd.apple.mpegurl",
        storage="local",
        key="made",
        size_bytes=1,
        is_published=True,
    )
    assert await look_again(video) is None


async def test_what_plays_and_was_made_already_is_left_alone(worker: Worker) -> None:
    video = await upload(make_film(films.AC3_IN_MKV))
    assert await worker.work()
    assert await look_again(await fresh(video)) is None
    plain = await as_before(make_film(films.Film("mp4", ("-pix_fmt", "yuv420p"), duration_s=1)))
    assert await look_again(plain) is None
    assert await Job.objects.acount() == 1


async def test_a_broadcast_that_was_copied_with_its_errors_is_encoded_and_a_whole_one_copied_once(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    content = make_film(BROADCAST).read_bytes()
    path = tmp_path / "film.ts"
    path.write_bytes(content[: 400 * 188] + content[401 * 188 :])
    lossy, whole = await upload(path), await upload(make_film(BROADCAST))

    async def looks_not(_: object) -> bool:
        return False

    with monkeypatch.context() as older:
        older.setattr(steps, "_lacks_packets", looks_not)
        assert [await worker.work() for _ in range(2)] == [True, True]
    await JobEvent.objects.filter(kind=history.RECEIVED_WHOLE).adelete()
    assert await look_again(await fresh(lossy)) == Way.REMUX
    assert await look_again(await fresh(whole)) == Way.REMUX
    assert (await fresh(lossy)).status == Video.Status.COMPLETED, "it plays meanwhile"
    assert [await worker.work() for _ in range(2)] == [True, True]
    last = {video: await Job.objects.filter(video=video).alast() for video in (lossy, whole)}
    assert [job and (job.plan, job.status) for job in last.values()] == [
        (Way.TRANSCODE, "completed"),
        (Way.REMUX, "completed"),
    ]
    assert ((await fresh(lossy)).version, (await fresh(whole)).version) == (2, 2)
    assert await look_again(await fresh(lossy)) is None
    assert await look_again(await fresh(whole)) is None
