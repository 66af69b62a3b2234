"""Titles of new videos."""

import pytest

from core.errors import Invalid
from library.receive.titles import read_title, title_from


@pytest.mark.parametrize(
    ("file_name", "title"),
    [
        ("My film.mp4", "My film"),
        ("C:\\films\\My film.mp4", "My film"),
        ("/films/My film.webm", "My film"),
        ("A film" + "0" * 130 + " [dQw4w9WgXcQ].mp4", "A film" + "0" * 114),
        ("Film \u202bעברית\u202c.mp4", "Film עברית"),
        ("a\u202egpj.mp4", "agpj"),
        ("a\tb\r\nc.mp4", "a b c"),
        (".mp4", ".mp4"),
        ("\u3164.mp4", "Untitled"),
        ("", "Untitled"),
        ("x" * 119 + "🙂\u200d🙂.mp4", "x" * 119),
    ],
)
def test_a_title_is_made_of_any_file_name(file_name: str, title: str) -> None:
    assert title_from(file_name) == title


@pytest.mark.parametrize("typed", ["x" * 121, "a\nb", "\u202ea", "\u3164"])
def test_a_title_that_was_typed_is_checked(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_title(typed)
    assert list(caught.value.fields or {}) == ["title"]
