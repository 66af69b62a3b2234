"""The tracks of films."""

from pathlib import Path

import pytest

from media.kinds import MKV, MP4, Kind
from tests.media.probed import facts_of, ffmpeg
from tests.support.films import (
    SUBTITLED,
    make_film,
)


async def test_tracks_of_sound_and_subtitles_are_told_with_their_names() -> None:
    content = make_film(SUBTITLED).read_bytes()
    tracks = (await facts_of(content, MKV)).tracks
    assert [(each.codec, each.channels) for each in tracks.sounds] == [("aac", 1)]
    assert [(each.language, each.title, each.is_default) for each in tracks.subtitles] == [
        ("ger", "", True),
        ("eng", "For the deaf", False),
    ]


@pytest.mark.parametrize("kind", [MP4, MKV], ids=["mp4", "mkv"])
async def test_of_two_pictures_the_one_is_taken_that_players_show(
    kind: Kind, tmp_path: Path
) -> None:
    pictures = [f"testsrc2=size={size}:rate=10:duration=0.5" for size in ("32x32", "64x48")]
    inputs = [word for picture in pictures for word in ("-f", "lavfi", "-i", picture)]
    flags = ("-disposition:v:0", "0", "-disposition:v:1", "default")
    path = tmp_path / f"two.{kind.extension}"
    ffmpeg(*inputs, "-map", "0", "-map", "1", "-c:v", "mpeg4", *flags, path)
    facts = await facts_of(path.read_bytes(), kind)
    assert (facts.tracks.picture.number, facts.width, facts.height) == (1, 64, 48)
