"""Recordings in which browsers look for what they play, and streams that have an index of it."""

from pathlib import Path
from random import Random

import pytest

from media.kinds import WEBM
from tests.media.probed import facts_of, ffmpeg


@pytest.mark.parametrize(
    ("frames", "flags", "is_slow"),
    [
        (150, "", True),
        (50, "", False),
        # As sites stream them: with an index of all fragments, or one in front of each.
        (150, "+dash+global_sidx", False),
        (150, "+dash", True),
    ],
)
async def test_a_recording_in_many_fragments_without_an_index_is_slow_to_open(
    tmp_path: Path, frames: int, flags: str, *, is_slow: bool
) -> None:
    path, every = tmp_path / "film.mp4", "frag_every_frame+empty_moov+skip_trailer"
    camera = ("-f", "lavfi", "-i", "testsrc2=size=32x32:rate=25", "-frames:v", frames)
    encoded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    ffmpeg(*camera, *encoded, "-movflags", every + flags, path)
    assert (await facts_of(path.read_bytes())).is_slow_to_open == is_slow


@pytest.mark.parametrize(
    ("encoder", "options", "more_bytes", "is_slow"),
    [
        ("libvpx-vp9", ("-live", "1"), 8_400_000, True),
        ("libvpx-vp9", ("-live", "1"), 0, False),
        ("libvpx-vp9", (), 8_400_000, False),
        # To be copied it would have to be encoded, and it plays at once.
        ("libvpx", ("-live", "1"), 8_400_000, False),
    ],
)
async def test_a_long_recording_of_a_browser_without_an_index_is_slow_to_seek_in(
    tmp_path: Path, encoder: str, options: tuple[str, ...], more_bytes: int, *, is_slow: bool
) -> None:
    path = tmp_path / "film.webm"
    camera = ("-f", "lavfi", "-i", "testsrc2=size=32x32:rate=10:duration=1")
    encoded = ("-c:v", encoder, "-deadline", "realtime", "-cpu-used", 8)
    if options:
        path.write_bytes(ffmpeg(*camera, *encoded, *options, "-f", "webm", "-"))
    else:
        # What is written last is put in front of it, with room for more.
        ffmpeg(*camera, *encoded, "-reserve_index_space", more_bytes, path)
    content = path.read_bytes()
    if options and more_bytes:
        # An element without meaning (RFC 8794 section 11.3.2) between head and pictures.
        at = content.index(b"\x1f\x43\xb6\x75")
        void = b"\xec\x01" + more_bytes.to_bytes(7) + Random(1).randbytes(more_bytes)
        content = content[:at] + void + content[at:]
    assert len(content) > more_bytes
    assert (await facts_of(content, WEBM)).is_slow_to_open == is_slow
