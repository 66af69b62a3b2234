"""The names by which an HLS stream elsewhere is asked for through us.

What comes of whole streams is in ``tests/library/receive/test_pasted_files.py``.
"""

import pytest

from library.serve import hls
from library.services import VideoNotFound
from tests.library.site import UNKNOWN, Site

OTHER = UNKNOWN.replace("0", "1")
PART = "https://films.example.org/a/part 1.mp4?k=é"


def test_a_name_leads_back_to_its_address() -> None:
    names = hls._names_of(UNKNOWN)
    assert hls._read(names, hls._name(names)(PART, None)) == PART


def test_the_name_of_a_playlist_ends_as_one_and_brings_its_variables() -> None:
    names = hls._names_of(UNKNOWN)
    name = hls._name(names)(PART, {"token": "t"})
    assert name.endswith(".m3u8")
    assert hls._read(names, name) == f'{PART}\n{{"token": "t"}}'


@pytest.mark.parametrize("forge", [lambda name: name[:-1], lambda name: f"x{name}", lambda _: "~"])
def test_nobody_else_can_make_a_name(forge) -> None:  # type: ignore[no-untyped-def]
    names = hls._names_of(UNKNOWN)
    with pytest.raises(VideoNotFound):
        hls._read(names, forge(hls._name(names)(PART, None)))


def test_a_name_of_one_video_leads_nowhere_at_another() -> None:
    name = hls._name(hls._names_of(UNKNOWN))(PART, None)
    with pytest.raises(VideoNotFound):
        hls._read(hls._names_of(OTHER), name)


def test_a_stream_can_only_be_read(site: Site) -> None:
    path = f"/videos/{UNKNOWN}/hls/a-token/{hls.INDEX}"
    preflight = site.nobody.ask("OPTIONS", path)
    assert (preflight.status, preflight.headers["allow"]) == (204, "GET, OPTIONS")
    assert site.nobody.ask("POST", path).status == 405
