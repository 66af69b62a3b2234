"""What is pasted in place of a web link."""

import json
from pathlib import Path

import pytest

from core.errors import Invalid
from core.links import find_link
from core.schemes import is_file_name, is_on_device, named, with_web_links

PASTED = json.loads((Path(__file__).parent.parent / "vectors" / "pasted.json").read_text())


@pytest.mark.parametrize("text", PASTED["on_device"])
def test_a_file_on_a_device_is_named(text: str) -> None:
    with pytest.raises(Invalid, match="This is a file on your device"):
        find_link(text)


@pytest.mark.parametrize(("text", "name"), PASTED["other_addresses"])
def test_an_address_that_is_no_web_link_is_named(text: str, name: str) -> None:
    with pytest.raises(Invalid, match=f"This is a link to {name}, which cannot") as caught:
        find_link(text)
    assert caught.value.fields == {"url": f"leads to {name}"}


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("vnd.youtube://www.youtube.com/watch?v=a", "https://www.youtube.com/watch?v=a"),
        ("youtube:aqz-KE-bpKQ", "https://youtu.be/aqz-KE-bpKQ"),
        ("youtube://shorts/aqz-KE-bpKQ", "https://youtu.be/aqz-KE-bpKQ"),
        ("vimeo://app.vimeo.com/videos/76979871", "https://vimeo.com/76979871"),
        ("intent://vimeo.com/1#Intent;scheme=https;end", "https://vimeo.com/1"),
        ("whatsapp://send?text=https%3A%2F%2Fa.example", " https://a.example "),
        ("mailto:?subject=x&body=https%3A//a.example&cc=b", " https://a.example "),
        # Within a web link it is a part of that.
        ("https://a.example/?u=vimeo:1", "https://a.example/?u=vimeo:1"),
    ],
)
def test_an_apps_address_stands_for_a_web_link(address: str, link: str) -> None:
    assert with_web_links(address) == link


@pytest.mark.parametrize(
    ("text", "on_device", "file_name"),
    [
        ("Film.mkv", False, True),
        ("../films/Film.mp4", False, True),
        ('"C:\\films\\Film.mp4"', True, False),
        ("/home/ana/Film.mp4", True, True),
        ("content://media/1", True, False),
        ("a.example/Film.mp4", False, False),
        ("stream.m3u8", False, False),
        ("https://a.example/Film.mp4", False, False),
    ],
)
def test_where_a_file_is_and_what_it_is_called(text: str, on_device: bool, file_name: bool) -> None:
    assert (is_on_device(text), is_file_name(text)) == (on_device, file_name)


def test_a_web_link_is_nothing_else() -> None:
    assert named("https://a.example/?u=magnet:?xt=1") is None
