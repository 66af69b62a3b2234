"""The tracks of films."""

from media.kinds import MKV
from tests.media.probed import facts_of
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
