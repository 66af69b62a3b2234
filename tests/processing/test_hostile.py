"""Files that are made to cost much: what is made of them is bounded, or they are refused."""

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from core.sizes import readable
from library.models import Rendition, Subtitle
from media import recipes
from media.ffmpeg import Ffmpeg, FfmpegFailed
from media.kinds import AVI, MKV
from media.plan import MOST_SOUNDS, Rung
from media.subtitles import MAX_BYTES
from media.tracks import Subtitles, Tracks
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import path_of, upload
from tests.support.films import AC3_IN_MKV, ENORMOUS, Film, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

FIVE_HUNDRED_TRACKS = Film(
    "mp4",
    ("-c", "copy", "-map", "0:v", *("-map", "0:a") * 500),
    of=AC3_IN_MKV,
    inputs=(),
    duration_s=0.5,
)


def endless(folder: Path) -> Path:
    """Return a short film with 5 MB of subtitles."""
    said, film = folder / "said.srt", folder / "film.mkv"
    cue = "00:00:01,000 --> 00:00:02,000\n" + "Never again. " * 100
    # ffmpeg drops those that are alike.
    said.write_text("\n\n".join(f"{number}\n{cue}{number}" for number in range(1, 4000)))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", make_film(AC3_IN_MKV)]
    subprocess.run(
        [*command, "-i", said, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "srt", film],
        check=True,
    )
    return film


async def test_of_five_hundred_languages_eight_are_kept(worker: Worker) -> None:
    video = await upload(make_film(FIVE_HUNDRED_TRACKS))
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    made = await path_of(await Rendition.objects.aget(video=video, name="film.mp4"))
    with av.open(str(made)) as film:
        assert len(film.streams.audio) == MOST_SOUNDS


async def test_endless_subtitles_are_left_out_and_the_film_is_made(
    worker: Worker, tmp_path: Path
) -> None:
    video = await upload(endless(tmp_path))
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    (failed,) = [event async for event in job.events.filter(kind="subtitles_failed")]
    assert readable(MAX_BYTES) in failed.data["why"]
    assert not await Subtitle.objects.filter(video=video).aexists()


async def test_endless_subtitles_are_not_written_to_their_end(tmp_path: Path) -> None:
    tracks = Tracks(subtitles=(Subtitles("subrip"),))
    command = recipes.subtitles(endless(tmp_path), MKV.demuxer, tracks, [0], tmp_path)
    await Ffmpeg.found().run(command, folder=tmp_path)
    size_bytes = recipes.subtitles_in(tmp_path, 0).stat().st_size
    assert MAX_BYTES < size_bytes < MAX_BYTES + 1_000_000


async def test_a_picture_that_is_larger_than_the_head_said_is_not_decoded(tmp_path: Path) -> None:
    film = make_film(ENORMOUS)
    made = recipes.pictures(film, AVI.demuxer, Tracks(), (320, 180), [Rung(180, 800_000)])
    with pytest.raises(FfmpegFailed):
        await Ffmpeg.found().run(made, folder=tmp_path)
