"""What the parts of a link say; tests/vectors/links.json has whole links of every provider."""

from urllib.parse import urlsplit

import pytest

from playback.sources.base import MAX_POSITION_S
from playback.sources.links import (
    followed,
    gives_bytes,
    is_shortened,
    path_below,
    read_time,
    readings,
    site,
    start_of,
)

FILM = "https://vimeo.com/76979871"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1m30s", 90),
        ("1h2m3s", 3723),
        ("1:30", 90),
        ("1:02:03.5", 3723.5),
        ("PT1M30S", 90),
        ("npt:90,120", 90),
        ("2 min", 120),
        (str(MAX_POSITION_S), MAX_POSITION_S),
        (str(MAX_POSITION_S + 1), None),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, seconds: float | None) -> None:
    assert read_time(text) == seconds


@pytest.mark.parametrize(
    ("link", "start_s"),
    [
        (f"{FILM}?t=90", 90),
        (f"{FILM}?START=1m", 60),
        (f"{FILM}#t=90", 90),
        (f"{FILM}#1m30s", 90),
        # The first of several.
        (f"{FILM}?t=10&t=20", 10),
        (f"{FILM}?t=soon&start=20", 20),
        (f"{FILM}?t=0", None),
        # A number alone is the name of a part of the page.
        (f"{FILM}#90", None),
        (FILM, None),
    ],
)
def test_a_link_says_where_to_start(link: str, start_s: float | None) -> None:
    assert start_of(urlsplit(link), ("t", "start")) == start_s


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.google.com/url?sa=t&url={FILM}",
        f"https://www.google.com/url?q=https://l.facebook.com/l.php?u={FILM}",
        "https://urldefense.com/v3/__https://vimeo.com/76979871__;!!x",
        "https://urldefense.com/v3/__https://vimeo.com/76979871__;!!x%0A",
        "https://urldefense.proofpoint.com/v1/url?u=https-3A__vimeo.com_76979871",
        FILM,
    ],
)
def test_a_page_that_only_leads_on_is_followed(link: str) -> None:
    assert followed(urlsplit(link)).geturl() == FILM


@pytest.mark.parametrize(
    "link",
    [
        f"https://web.archive.org/web/2020/{FILM}",
        "https://vimeo-com.translate.goog/76979871",
        "https://vimeo.com//76979871",
        "https://vimeo.com%2F76979871",
    ],
)
def test_a_page_that_shows_another_is_read_as_that(link: str) -> None:
    assert FILM in [url.geturl() for url in readings(urlsplit(link))]


@pytest.mark.parametrize(
    ("link", "gives"),
    [
        ("https://a.example/s/abc/download", True),
        ("https://a.example/Videos/1/stream?api_key=x", True),
        ("https://a.example/f/1?dl=1", True),
        ("https://a.example/download", False),
        ("https://a.example/f/1?dl=0", False),
    ],
)
def test_a_link_may_say_that_the_bytes_are_there(link: str, gives: bool) -> None:
    assert gives_bytes(urlsplit(link)) is gives


def test_a_shortened_link_says_nowhere_whereto() -> None:
    assert is_shortened(urlsplit("https://www.bit.ly/abc"))
    assert not is_shortened(urlsplit("https://bit.ly.example/abc"))


def test_a_site_is_its_host_and_the_port_that_is_not_usual() -> None:
    assert site(urlsplit("https://a.example.:443/")) == "a.example"
    assert site(urlsplit("https://a.example:444/")) == "a.example:444"
    assert path_below(urlsplit("https://a.example/x/film/1"), "https://a.example/x") == "/film/1"
    assert path_below(urlsplit("https://a.example/xy/1"), "https://a.example/x") is None
    assert path_below(urlsplit("http://a.example:443/x/1"), "https://a.example/x") is None
