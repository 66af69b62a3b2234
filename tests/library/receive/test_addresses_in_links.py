"""Which address is kept of a link to a file."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from library.receive.links import address_in


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://example.org/film.mp4?dl=0", "https://example.org/film.mp4?dl=0"),
        (
            "Watch https://www.dropbox.com/s/abc/film.mp4?dl=0!",
            "https://www.dropbox.com/s/abc/film.mp4?raw=1",
        ),
        ("dropbox.com/s/abc/film.mp4", "https://dropbox.com/s/abc/film.mp4?raw=1"),
        ("https://m.dropbox.com/s/abc/film.mp4", "https://m.dropbox.com/s/abc/film.mp4?raw=1"),
        (
            "https://www.dropbox.com/scl/fi/abc/film.mp4?rlkey=x&st=y&dl=1",
            "https://www.dropbox.com/scl/fi/abc/film.mp4?rlkey=x&st=y&raw=1",
        ),
        ("m\u00fcller.example/film.mp4", "https://m\u00fcller.example/film.mp4"),
    ],
)
def test_a_link_to_a_page_of_dropbox_is_kept_as_that_of_the_file(link: str, address: str) -> None:
    assert address_in(link) == address


@given(st.text(alphabet="a.:/[]@#?\uff0f\u2100\\", max_size=20))
def test_whatever_stands_for_a_host_the_link_is_kept_or_refused(host: str) -> None:
    with contextlib.suppress(Invalid):
        assert address_in(f"https://{host}/d.mp4")
