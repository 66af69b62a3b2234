"""Files that are shorter than they say."""

from pathlib import Path

import pytest

from media.kinds import AVI, MKV, MP4, WMV, Kind
from media.probe import Incomplete
from tests.media.probed import facts_of, ffmpeg
from tests.support.clips import Clip, make_clip


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (MP4, ["-movflags", "+faststart", "-f", "mp4"]),
        (MP4, ["-movflags", "+frag_keyframe+empty_moov", "-f", "mp4"]),
        # The index is what is missing.
        (MP4, ["-f", "mp4"]),
        (MKV, ["-f", "matroska"]),
        (AVI, ["-f", "avi"]),
        (WMV, ["-f", "asf"]),
    ],
)
async def test_a_file_that_broke_off_is_told_as_incomplete(
    tmp_path: Path, kind: Kind, options: list[str]
) -> None:
    clip, film = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / "film"
    ffmpeg("-i", clip, "-c", "copy", *options, film)
    content = film.read_bytes()
    assert (await facts_of(content, kind)).video_codec == "h264"
    with pytest.raises(Incomplete) as refused:
        await facts_of(content[: len(content) * 7 // 10], kind)
    assert "kB of the" in str(refused.value.fields)


@pytest.mark.parametrize("behind", [b"\0" * 50, b"TAG" + b"x" * 125, bytes([0xFF]) * 30])
async def test_what_some_program_put_behind_the_film_does_not_make_it_incomplete(
    tmp_path: Path, behind: bytes
) -> None:
    content = make_clip(tmp_path, Clip(duration_s=1)).read_bytes()
    assert (await facts_of(content + behind)).video_codec == "h264"
