"""What is to be made of which file."""

from typing import Any

import pytest

from media.kinds import AVI, MKV, MP4, TS, Kind
from media.plan import Rung, Way, is_copied, ordered_sounds, rungs_of, way_of
from media.tracks import Sound, Tracks


@pytest.mark.parametrize(
    ("kind", "video_codec", "pixel_format", "way"),
    [
        (MKV, "h264", "yuv420p", Way.REMUX),
        (TS, "h264", "yuv420p", Way.REMUX),
        (MKV, "h264", "yuvj420p", Way.REMUX),
        (MKV, "h264", "yuv420p10le", Way.TRANSCODE),
        (MP4, "h264", "yuv422p", Way.TRANSCODE),
        (MP4, "h264", "gray", Way.TRANSCODE),
        (MP4, "h264", "lossless yuv420p", Way.TRANSCODE),
        (MKV, "h264", None, Way.TRANSCODE),
        # It does not say when its pictures are shown.
        (AVI, "h264", "yuv420p", Way.TRANSCODE),
        (MKV, "av1", "yuv420p10le", Way.REMUX),
        (MKV, "vp9", "yuv420p", Way.REMUX),
        (MKV, "vp9", "yuv444p", Way.TRANSCODE),
        (MKV, "av1", "yuv422p10le", Way.TRANSCODE),
        (MP4, "hevc", "yuv420p", Way.TRANSCODE),
        (AVI, "mpeg4", "yuv420p", Way.TRANSCODE),
        (MKV, None, None, Way.TRANSCODE),
        (MP4, "dvh1", "yuv420p10le", None),
    ],
)
def test_a_picture_that_browsers_show_is_copied_and_any_other_encoded(
    kind: Kind, video_codec: str | None, pixel_format: str | None, way: Way | None
) -> None:
    found = way_of(
        mime_type=kind.mime_type,
        video_codec=video_codec,
        pixel_format=pixel_format,
        is_interlaced=False,
    )
    assert found == way


def test_a_picture_that_would_not_seek_or_stay_mirrored_or_combed_is_encoded() -> None:
    copied: dict[str, Any] = {
        "mime_type": MKV.mime_type,
        "video_codec": "h264",
        "pixel_format": "yuv420p",
        "is_interlaced": False,
    }
    assert way_of(**copied) == Way.REMUX
    for what in ("is_interlaced", "is_mirrored", "is_open_gop"):
        assert way_of(**{**copied, what: True}) == Way.TRANSCODE


@pytest.mark.parametrize(
    ("width", "height", "heights"),
    [
        (1920, 1080, [360, 720, 1080]),
        (1080, 1920, [360, 720, 1080]),
        (3840, 2160, [360, 720, 1080]),
        (1280, 720, [360, 720]),
        (1920, 800, [360, 720]),
        (1920, 960, [360, 720, 960]),
        (854, 480, [360, 480]),
        (640, 360, [360]),
        (720, 400, [360]),
        (320, 240, [240]),
        (321, 181, [180]),
        (2, 2, [2]),
    ],
)
def test_the_sizes_go_up_to_the_films_own_and_never_above(
    width: int, height: int, heights: list[int]
) -> None:
    assert [rung.height for rung in rungs_of(width, height)] == heights


def test_a_size_between_two_rungs_may_take_what_the_upper_one_takes() -> None:
    assert rungs_of(854, 480)[-1] == Rung(480, 3_000_000)


def test_the_default_sound_comes_first_and_of_hundreds_eight_are_kept() -> None:
    sounds = [Sound("ac3", 2) for _ in range(200)]
    sounds[3] = Sound("ac3", 2, is_default=True)
    assert ordered_sounds(Tracks(sounds=tuple(sounds))) == [3, 0, 1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("sound", "copied"),
    [
        (Sound("aac", 2), True),
        (Sound("mp3", 1), True),
        (Sound("aac", 6), False),
        (Sound("ac3", 2), False),
        (Sound(None, 2), False),
    ],
)
def test_stereo_that_browsers_have_is_copied(sound: Sound, copied: bool) -> None:
    assert is_copied(sound) is copied
