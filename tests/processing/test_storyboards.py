"""The pictures of the seek bar of films of which nothing else has to be made."""

from pathlib import Path

import pytest

from core.database import in_database
from library import renditions
from library.models import Subtitle, Video
from media.plan import Way
from processing import api, queue
from processing.looking_again import look_again
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import fresh, job_of, path_of, upload
from tests.support.films import AC3_IN_MKV, SUBTITLED_MP4, Film, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

_PLAYS = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30", "-an")
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5")
SMALL = Film("mp4", _PLAYS, inputs=_PICTURE, duration_s=12)
# Its pixels are as wide as two are high.
ANAMORPHIC = Film("mp4", (*_PLAYS, "-vf", "setsar=2"), inputs=_PICTURE, duration_s=12)


async def cues_of(video: Video) -> list[str]:
    """Return the lines of the storyboard that viewers get."""
    row = renditions.storyboard_of(await renditions.published(await fresh(video)))
    assert row is not None
    return (await path_of(row)).read_text().splitlines()


async def test_a_small_film_that_plays_is_ready_at_once_and_gets_pictures_later(
    worker: Worker,
) -> None:
    video = await upload(make_film(SMALL))
    assert (await fresh(video)).status == Video.Status.COMPLETED
    assert (await job_of(video)).plan == Way.STORYBOARD
    assert await in_database(api._newest.__wrapped__)(video.pk) is None  # type: ignore[attr-defined]
    waited_for = await upload(make_film(AC3_IN_MKV))
    assert await worker.work()
    assert (await fresh(waited_for)).status == Video.Status.COMPLETED, "it came first"

    assert await worker.work()
    cues = await cues_of(video)
    assert cues[2:4] == ["00:00:00.000 --> 00:00:01.000", "s001.jpg#xywh=0,0,160,90"]
    assert cues[-2].endswith("--> 00:00:12.000")
    found = await fresh(video)
    assert found.status == Video.Status.COMPLETED
    assert found.duration_s == pytest.approx(12, abs=0.1)
    assert not await worker.work()


async def test_pictures_have_the_shape_in_which_the_film_is_shown(worker: Worker) -> None:
    video = await upload(make_film(ANAMORPHIC))
    assert await worker.work()
    assert (await cues_of(video))[3] == "s001.jpg#xywh=0,0,160,46"


async def test_a_clip_that_is_over_in_a_moment_gets_none(worker: Worker) -> None:
    video = await upload(make_film(Film("mp4", _PLAYS, inputs=_PICTURE, duration_s=5)))
    assert not await Job.objects.filter(video=video).aexists()
    with_text = await upload(make_film(SUBTITLED_MP4))
    assert await worker.work()
    assert (await job_of(with_text)).status == Status.COMPLETED
    assert renditions.storyboard_of(await renditions.published(await fresh(with_text))) is None


async def test_a_film_that_an_older_version_took_in_gets_pictures_once_it_is_looked_at_again(
    worker: Worker,
) -> None:
    video = await upload(make_film(SMALL))
    await Job.objects.filter(video=video).adelete()
    assert await look_again(await fresh(video)) == Way.STORYBOARD
    assert (await fresh(video)).status == Video.Status.COMPLETED
    assert await worker.work()
    assert await cues_of(video)
    assert await look_again(await fresh(video)) is None


async def test_subtitles_that_their_owner_has_removed_do_not_come_back_with_the_pictures(
    worker: Worker,
) -> None:
    video = await upload(make_film(SUBTITLED_MP4))
    assert await worker.work()
    removed, _ = await Subtitle.objects.filter(video=video).adelete()
    assert removed
    await Video.objects.filter(pk=video.pk).aupdate(duration_s=12)
    await in_database(queue.enqueue)(await fresh(video), Way.STORYBOARD, None)
    assert await worker.work()
    assert await cues_of(video)
    assert not await Subtitle.objects.filter(video=video).aexists()


async def test_a_film_whose_pictures_cannot_be_made_plays_on_and_nobody_is_told(
    worker: Worker, tmp_path: Path
) -> None:
    path = tmp_path / "broken.mp4"
    content = make_film(SMALL).read_bytes()
    path.write_bytes(content)
    video = await upload(path)
    worker.ffmpeg = type(worker.ffmpeg)("/bin/false")
    assert await worker.work()
    assert (await job_of(video)).status == Status.COMPLETED
    assert (await fresh(video)).status == Video.Status.COMPLETED
