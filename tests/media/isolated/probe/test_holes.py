"""Films with room for what did not come."""

from pathlib import Path

import pytest

from media.kinds import AVI, MKV, MOV, MP4, TS, Kind
from media.probe import Incomplete
from tests.media.probed import facts_of, ffmpeg
from tests.support.clips import Clip, make_clip


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (MP4, ["-movflags", "+faststart", "-f", "mp4"]),
        (MKV, ["-f", "matroska"]),
        (AVI, ["-f", "avi"]),
        (TS, ["-f", "mpegts"]),
    ],
)
@pytest.mark.parametrize(("begin", "end"), [(0.5, 1.0), (0.15, 0.6)])
async def test_a_file_with_room_for_what_did_not_come_is_told_as_incomplete(
    tmp_path: Path, kind: Kind, options: list[str], begin: float, end: float
) -> None:
    clip, film = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / "film"
    ffmpeg("-i", clip, "-c", "copy", *options, film)
    content = bytearray(film.read_bytes())
    hole = slice(int(len(content) * begin), int(len(content) * end))
    content[hole] = bytes(hole.stop - hole.start)
    with pytest.raises(Incomplete) as refused:
        await facts_of(bytes(content), kind)
    assert "is empty in places" in str(refused.value.fields)


async def test_black_and_silence_are_no_holes(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    black = ("-f", "lavfi", "-t", 3, "-i", "color=black:size=640x360:rate=25")
    silence = ("-f", "lavfi", "-t", 3, "-i", "anullsrc=channel_layout=7.1")
    for codec in ("libx264", "rawvideo"):
        ffmpeg(*black, *silence, "-c:v", codec, "-pix_fmt", "yuv420p", "-c:a", "pcm_s32le", film)
        assert (await facts_of(film.read_bytes(), MKV)).video_codec
        film.unlink()


_BLACK = ("-f", "lavfi", "-t", 2, "-i", "color=black:size=1280x720:rate=25")
_FULL_RATE = ("-c:v", "mpeg2video", *("-b:v", "15M", "-minrate", "15M", "-maxrate", "15M"))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (MKV, ["-c:v", "libx264", "-reserve_index_space", "200k"]),
        # These fill their pictures up with zeros.
        (MKV, [*_FULL_RATE, "-bufsize", "1835k"]),
        (AVI, [*_FULL_RATE, "-bufsize", "1835k"]),
        (MKV, ["-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p"]),
        (MOV, ["-c:v", "r210", "-pix_fmt", "gbrp10le"]),
    ],
    ids=["room for the index", "MPEG-2 in MKV", "MPEG-2 in AVI", "DNxHR", "uncoded"],
)
async def test_room_that_means_nothing_is_no_hole(
    tmp_path: Path, kind: Kind, options: list[str]
) -> None:
    film = tmp_path / f"film.{kind.extension}"
    ffmpeg(*_BLACK, *options, film)
    assert (await facts_of(film.read_bytes(), kind)).video_codec


async def test_zeros_behind_a_film_are_no_part_of_it(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    ffmpeg("-i", make_clip(tmp_path, Clip(duration_s=1)), "-c", "copy", film)
    content = film.read_bytes()
    assert (await facts_of(content + bytes(len(content)), MKV)).video_codec == "h264"
