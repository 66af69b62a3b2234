"""The one link in what people paste."""

import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.links import MAX_PASTED_CHARACTERS, SeveralLinks, find_link, read_link

PASTED = json.loads((Path(__file__).parent.parent / "vectors" / "pasted.json").read_text())


@pytest.mark.parametrize(("text", "link"), [*PASTED["found"], *PASTED["alone"]])
def test_the_one_link_is_found_in_whatever_stands_around_it(text: str, link: str) -> None:
    assert find_link(text) == link


@pytest.mark.parametrize("text", PASTED["several"])
def test_several_links_are_told(text: str) -> None:
    with pytest.raises(Invalid, match=r"There are \d links in this. Paste one.") as caught:
        find_link(text)
    assert "links; paste one" in (caught.value.fields or {})["url"]


@pytest.mark.parametrize(("text", "links"), PASTED["lists"])
def test_each_link_of_a_list_is_told(text: str, links: list[str]) -> None:
    with pytest.raises(SeveralLinks) as caught:
        find_link(text)
    assert caught.value.links == links


@pytest.mark.parametrize("text", PASTED["none"])
def test_a_text_without_a_link_is_told(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_link(text)
    assert list(caught.value.fields or {}) == ["url"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * MAX_PASTED_CHARACTERS,
        "a." * 4000,
        "a-" * 4000,
        "<iframe " * 1000,
        "(" * 8000,
        "<a " * 2730,
        "https://)=" * 800,
        "https://)" * 900,
        "https://a%20https://b.c" * 350,
        "a.b/(" * 1600,
        "https://a?),https://b?)," * 340,
        "youtu.be/x https://a.b/c " * 320,
        "https%3A%2F%2F" * 580,
        "&amp;" * 1600,
        "\\n" * 4000,
        "h" * 8000,
        "\u4e86a." * 2700,
        ".mp4(" * 1600,
        " " * 8000,
        "\n \n" * 2700,
    ],
)
def test_a_long_text_without_a_link_is_soon_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_link(text)
    with pytest.raises(Invalid, match="link"):
        read_link(f"{text} x" * 2)


# A text ten times as long takes ten times as long; were what follows read again for each of
# these, it would take a hundred times as long.
LONGER, FAR_LONGER = 10, 30


@pytest.mark.parametrize(("before", "repeated"), PASTED["repeated"])
def test_no_part_of_a_text_is_read_again_for_each_beginning_in_it(
    monkeypatch: pytest.MonkeyPatch, before: str, repeated: str
) -> None:
    monkeypatch.setattr("core.links.MAX_PASTED_CHARACTERS", 100_000)

    def growth() -> float:
        short = 5_000 // len(repeated)
        texts = [before + repeated * times + " x" for times in (short, LONGER * short)]
        costs_s = [processor_time_s(text) for text in texts]
        return costs_s[1] / costs_s[0]

    # Something else of the machine may come between, but not every time.
    assert any(growth() < FAR_LONGER for _ in range(3))


def processor_time_s(text: str) -> float:
    """Look for a link in ``text``; return what that took this thread, whoever else works."""
    began_s = time.thread_time()
    with contextlib.suppress(Invalid):
        find_link(text)
    return time.thread_time() - began_s


def test_a_link_ends_before_brackets_that_enclose_nothing_however_many() -> None:
    assert find_link("https://films.example/a" + "([{" * 2700) == "https://films.example/a"


@given(st.text(alphabet='https://a.b ()[]<>"\u3002\u4e86x', max_size=60))
def test_a_link_that_was_found_is_found_again_alone(text: str) -> None:
    try:
        link = find_link(text)
        read_link(link)
    except Invalid:
        return
    assert find_link(link) == link


@pytest.mark.parametrize(
    "text",
    [
        "https://[abc/d.mp4",
        "http://[::1",
        "https://a\u2100b.example/d.mp4",
        '<video src="https://[abc]/d.mp4">',
    ],
)
def test_a_link_whose_host_makes_no_sense_is_none(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        find_link(text)
    assert (caught.value.fields or {}) == {"url": "is not a link"}
