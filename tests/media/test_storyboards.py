"""Which small picture is shown when."""

from pathlib import Path

import av
import pytest

from media import recipes
from media.ffmpeg import Ffmpeg
from media.recipes import storyboard_step_s
from media.storyboards import cues, size_of_jpeg
from media.tracks import Tracks
from tests.support.films import Film, make_film

# Half a minute of it would have one key frame, and the first picture is not at 0.
ONE_KEY_FRAME = Film("mp4", ("-map", "0:v", "-c:v", "libx264", "-bf", "2", "-g", "900"))


def test_each_picture_has_its_moments_and_its_place_on_a_sheet() -> None:
    lines = cues(duration_s=101.5, step_s=1, sheets=2, sheet_size=(1600, 900)).splitlines()
    assert lines[:4] == ["WEBVTT", "", "00:00:00.000 --> 00:00:01.000", "s001.jpg#xywh=0,0,160,90"]
    assert lines[2 + 3 * 11 : 4 + 3 * 11] == [
        "00:00:11.000 --> 00:00:12.000",
        "s001.jpg#xywh=160,90,160,90",
    ]
    assert lines[-2:] == ["00:01:41.000 --> 00:01:41.500", "s002.jpg#xywh=160,0,160,90"]


def test_no_picture_is_named_that_was_not_made() -> None:
    assert cues(duration_s=500, step_s=1, sheets=1, sheet_size=(1600, 900)).count("-->") == 100


@pytest.mark.parametrize(("duration_s", "step_s"), [(5, 1), (100, 1), (500, 5), (7200, 10)])
def test_a_long_film_has_a_picture_every_ten_seconds_and_a_short_one_every_second(
    duration_s: float, step_s: float
) -> None:
    assert storyboard_step_s(duration_s) == step_s


def test_what_is_no_jpeg_has_no_size() -> None:
    with pytest.raises(ValueError, match="not a baseline JPEG"):
        size_of_jpeg(b"\x89PNG")


async def test_a_film_with_one_key_frame_has_a_picture_for_every_moment(tmp_path: Path) -> None:
    film = make_film(ONE_KEY_FRAME)
    await Ffmpeg.found().run(recipes.storyboard(film, "mov", Tracks(), 1, 3), folder=tmp_path)
    with av.open(str(tmp_path / "s001.jpg")) as sheet:
        (frame,) = sheet.decode(video=0)
    # What lies in the middle of the first four pictures.
    luma = frame.planes[0]
    row = bytes(luma)[45 * luma.line_size :]
    tiles = [sum(row[160 * n + 40 : 160 * n + 120]) / 80 for n in range(4)]
    assert min(tiles[:3]) > 60
    assert tiles[3] < 30
