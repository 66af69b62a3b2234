"""Films in which browsers fail after a seek, because pictures refer across key frames."""

import pytest

from media.kinds import MKV, MP4, TS, Kind
from tests.media.probed import facts_of
from tests.support import films
from tests.support.films import Film, make_film


@pytest.mark.parametrize(
    ("film", "kind", "is_open"),
    [
        (films.OPEN_GOP, MKV, True),
        (films.OPEN_GOP_MP4, MP4, True),
        (films.OPEN_GOP_BROADCAST, TS, True),
        (films.AC3_IN_MKV, MKV, False),
        (films.BROADCAST, TS, False),
        (films.INDEX_BEHIND, MP4, False),
    ],
)
async def test_pictures_that_are_shown_before_a_key_frame_and_coded_after_it_are_found(
    film: Film, kind: Kind, is_open: bool
) -> None:
    facts = await facts_of(make_film(film).read_bytes(), kind)
    assert facts.tracks.picture.is_open_gop == is_open
