"""Seasons, episodes and parts in one form; tests/core/test_folding.py searches for them."""

import pytest

from core.numbering import forms_in, in_one_form, roman, value


@pytest.mark.parametrize(
    ("folded", "forms"),
    [
        ("s01e02", ["s01e02"]),
        ("show 1x02 720p", ["s01e02"]),
        ("season 1, episode 2", ["s01e02"]),
        ("2 серия 1 сезон", ["s01e02"]),
        ("1. staffel, 2. folge", ["s01e02"]),
        ("s1e2e3", ["s01e02", "s01e03"]),
        ("第1季 第132集", ["s01e132"]),
        ("season 1", ["s01"]),
        ("ep. 7", ["e07"]),
        ("part ii", ["part02"]),
        ("2nd part", ["part02"]),
        ("chapter one, vol. 3", ["chapter01", "vol03"]),
        ("film 1 episode 2", ["e02"]),
        ("1920x1080", []),
        ("season of the witch", []),
        ("the parting 2", []),
        ("h264 aac5", []),
    ],
)
def test_what_is_numbered_has_one_form(folded: str, forms: list[str]) -> None:
    assert forms_in(folded) == forms


def test_the_rest_of_a_text_stays_around_the_one_form() -> None:
    assert in_one_form("the wire season 1 episode 2 hd").split() == ["the", "wire", "s01e02", "hd"]
    assert in_one_form("the wire") == "the wire"


def test_roman_numbers_are_read_as_they_are_written() -> None:
    assert [value(roman(number)) for number in range(1, 40)] == list(range(1, 40))
