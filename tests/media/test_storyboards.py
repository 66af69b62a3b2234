"""Which small picture is shown when."""

import pytest

from media.recipes import storyboard_step_s
from media.storyboards import cues, size_of_jpeg


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
    with pytest.raises(ValueError, match="no baseline JPEG"):
        size_of_jpeg(b"\x89PNG")
