"""Titles of new videos."""

import json
from pathlib import Path

import pytest

from core.errors import Invalid
from core.file_extensions import LINK_EXTENSIONS
from library.receive.titles import read_title, title_from
from media.kinds import FILE_EXTENSIONS, OTHER_KINDS, PARTIAL_EXTENSIONS

TITLES = json.loads((Path(__file__).parents[2] / "vectors" / "titles.json").read_text())


@pytest.mark.parametrize(("file_name", "title"), TITLES["titles"])
def test_a_title_is_made_of_any_file_name(file_name: str, title: str) -> None:
    assert title_from(file_name) == title


def test_the_pages_know_all_endings_of_files() -> None:
    assert set(TITLES["endings"]) == LINK_EXTENSIONS | OTHER_KINDS.keys() | PARTIAL_EXTENSIONS
    assert set(TITLES["videos"]) == FILE_EXTENSIONS


@pytest.mark.parametrize("typed", ["x" * 121, "\u3164", "\u0301"])
def test_a_title_that_was_typed_is_checked(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_title(typed)
    assert list(caught.value.fields or {}) == ["title"]


def test_a_name_of_any_length_is_read_at_once() -> None:
    # Would take minutes, were the rest of it read for each ending in it.
    assert title_from("film.mp4?" * 20_000 + " x") == "film"
