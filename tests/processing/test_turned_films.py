"""Films that are to be shown turned or mirrored, which not every browser does."""

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from library.models import Rendition, Video
from library.schemas import why_original_unplayable
from media.plan import Way
from processing.worker import Worker
from tests.processing.films import fresh, job_of, path_of, upload
from tests.support.films import VP8, Film, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

# Its upper left quarter is white, and the rest black.
_PICTURE = "color=black:size=128x96:rate=10,drawbox=0:0:64:48:white:fill"
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_CORNERS = {
    "upper left": (1, 1),
    "upper right": (3, 1),
    "lower left": (1, 3),
    "lower right": (3, 3),
}


def turned(ending: str, *how: str, codec: tuple[str, ...] = _H264) -> Path:
    plain = Film(ending, codec, inputs=("-f", "lavfi", "-i", _PICTURE), duration_s=1)
    return make_film(Film(ending, ("-c", "copy"), inputs=how, of=plain, duration_s=1))


def white_corners(path: Path) -> list[str]:
    """Return which quarters of a film's first picture are white, as it is to be shown."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    width, height = frame.width, frame.height
    grey = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    if frame.rotation % 180:
        width, height = height, width
    at = {name: (width * x // 4, height * y // 4) for name, (x, y) in _CORNERS.items()}
    return [name for name, (x, y) in at.items() if grey[y * width + x] > 128]


@pytest.mark.parametrize(
    ("how", "corner"),
    [
        (("-display_hflip",), "upper right"),
        (("-display_vflip",), "lower left"),
        (("-display_rotation", "90", "-display_hflip"), "lower right"),
    ],
)
async def test_a_mirrored_film_is_made_as_it_is_to_be_shown(
    worker: Worker, how: tuple[str, ...], corner: str
) -> None:
    path = turned("mp4", *how)
    assert white_corners(path) == [corner]
    video = await upload(path)
    assert (await fresh(video)).status == Video.Status.QUEUED
    assert "mirrored" in str(why_original_unplayable(await fresh(video)))
    assert (await job_of(video)).plan == Way.TRANSCODE
    assert await worker.work()
    for name in ("v96.mp4", "film.mp4"):
        row = await Rendition.objects.aget(video=video, name=name)
        made = await path_of(row)
        with av.open(str(made)) as film:
            assert next(film.decode(video=0)).rotation == 0
        assert white_corners(made) == [corner]


async def test_a_film_that_is_turned_by_quarters_plays_as_it_is(worker: Worker) -> None:
    video = await upload(turned("mp4", "-display_rotation", "90"))
    assert why_original_unplayable(await fresh(video)) is None
    assert not await worker.work()


async def test_a_copy_in_another_container_is_turned_as_the_film_is(worker: Worker) -> None:
    path = turned("mkv", "-display_rotation", "90")
    video = await upload(path)
    assert (await job_of(video)).plan == Way.REMUX
    assert await worker.work()
    row = await Rendition.objects.aget(video=video, name="film.mp4")
    assert white_corners(await path_of(row)) == white_corners(path) == ["lower left"]


async def test_a_webm_that_is_turned_does_not_play_as_it_is() -> None:
    video = await upload(turned("webm", "-display_rotation", "90", codec=VP8))
    assert (await job_of(video)).plan == Way.TRANSCODE
