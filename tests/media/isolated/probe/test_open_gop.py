"""Films in which browsers fail after a seek, because pictures refer across key frames."""

import pytest

from media.kinds import MKV, MP4, TS, Kind
from media.probe import probe
from tests.media.probed import facts_of, reader
from tests.support import films
from tests.support.films import Film, make_film


@pytest.mark.parametrize(
    ("film", "kind", "is_open"),
    [
        (films.OPEN_GOP, MKV, True),
        (films.OPEN_GOP_MP4, MP4, True),
        (films.OPEN_GOP_BROADCAST, TS, True),
        (films.WITHOUT_IDR, TS, True),
        (films.WITHOUT_IDR_MP4, MP4, True),
        (films.REFRESHED, MKV, True),
        (films.AC3_IN_MKV, MKV, False),
        (films.BROADCAST, TS, False),
        (films.INDEX_BEHIND, MP4, False),
    ],
)
async def test_key_frames_at_which_browsers_cannot_begin_are_found(
    film: Film, kind: Kind, is_open: bool
) -> None:
    facts = await facts_of(make_film(film).read_bytes(), kind)
    assert facts.tracks.picture.is_open_gop == is_open


async def test_a_film_that_is_only_linked_is_not_read_for_this() -> None:
    content = make_film(films.OPEN_GOP_MP4).read_bytes()
    wholly: list[tuple[int, int]] = []
    found = await probe(reader(content, wholly), len(content), MP4)
    hastily: list[tuple[int, int]] = []
    quick = await probe(reader(content, hastily), len(content), MP4, checks_seeking=False)
    assert (found.tracks.picture.is_open_gop, quick.tracks.picture.is_open_gop) == (True, False)
    assert _bytes(hastily) <= _bytes(wholly)


def _bytes(asked: list[tuple[int, int]]) -> int:
    return sum(stop - start for start, stop in asked)
