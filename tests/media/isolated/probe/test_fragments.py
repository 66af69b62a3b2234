"""MP4s in fragments, as recorders and streaming sites write them."""

from pathlib import Path

import pytest

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
