"""Seasons, episodes and parts in one form; tests/core/test_folding.py searches for them."""

import pytest

from core.numbering import forms_in, in_one_form, roman, value


@pytest.mark.parametrize(
    ("folded", "forms"),
    [
        ("s01e02", ["s1;e2;"]),
        ("show 1x02 720p", ["s1;e2;"]),
        ("season 1, episode 2", ["s1;e2;"]),
        ("2 серия 1 сезон", ["s1;e2;"]),
        ("1. staffel, 2. folge", ["s1;e2;"]),
        ("s1e2e3", ["s1;e2;", "s1;e3;"]),
        ("第1季 第132集", ["s1;e132;"]),
        ("season 1", ["s1;"]),
        ("ep. 7", ["e7;"]),
        ("part ii", ["part2;"]),
        ("2nd part", ["part2;"]),
        ("chapter one, vol. 3", ["chapter1;", "vol3;"]),
        ("film 1 episode 2", ["e2;"]),
        ("1920x1080", []),
        ("season of the witch", []),
        ("the parting 2", []),
        ("h264 aac5", []),
    ],
)
def test_what_is_numbered_has_one_form(folded: str, forms: list[str]) -> None:
    assert forms_in(folded) == forms


def test_the_rest_of_a_text_stays_around_the_one_form() -> None:
    assert in_one_form("the wire season 1 episode 2 hd").split() == ["the", "wire", "s1;e2;", "hd"]
    assert in_one_form("the wire") == "the wire"


@pytest.mark.parametrize(
    ("folded", "asked"),
    [
        ("part 1", "part1"),
        ("part 12", "part12"),
        ("part 1 hd", "part1; hd"),
        ("part 0", "part"),
        ("part 01", "part1;"),
        ("part one", "part1;"),
        ("part i", "part1;"),
        ("s1", "s1"),
        ("s1e", "s1; e"),
        ("s1e1", "s1;e1"),
        ("1x0", "s1;e"),
        ("s0", "s0"),
        ("episode 1 season 2", "s2;e1;"),
        ("2. staffel", "s2;"),
        ("第1話", "e1;"),
    ],
)
def test_the_number_at_the_end_may_be_the_beginning_of_one(folded: str, asked: str) -> None:
    assert " ".join(in_one_form(folded, is_typed=True).split()) == asked


def test_roman_numbers_are_read_as_they_are_written() -> None:
    assert [value(roman(number)) for number in range(1, 40)] == list(range(1, 40))
