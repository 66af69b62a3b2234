"""What people may call themselves and their things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from core.text import DISPLAY_NAME_MAX, TITLE_MAX, DisplayName, Title, clean_line

display_name: TypeAdapter[str] = TypeAdapter(DisplayName)
title: TypeAdapter[str] = TypeAdapter(Title)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("A", "A"),
        ("A" * DISPLAY_NAME_MAX, "A" * DISPLAY_NAME_MAX),
        (f"  {'A' * DISPLAY_NAME_MAX}\t\n", "A" * DISPLAY_NAME_MAX),
        ("e\u0301" * DISPLAY_NAME_MAX, "\u00e9" * DISPLAY_NAME_MAX),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("نام‌من", "نام‌من"),
        ("Ann  Lee", "Ann  Lee"),
        ("<b>Ann</b>", "<b>Ann</b>"),
    ],
    ids=["shortest", "longest", "trimmed", "composed", "emoji", "joiner", "inner space", "markup"],
)
def test_a_name_is_trimmed_and_composed(given_name: str, name: str) -> None:
    assert display_name.validate_python(given_name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("\u200b\u200d\ufeff", "empty"),
        ("A" * (DISPLAY_NAME_MAX + 1), "at most 40"),
        ("A\nB", "control"),
        ("A\x00B", "control"),
        ("A\x7fB", "control"),
        ("A\u2028B", "control"),
        ("A\u202eB", "control"),
        ("A\u2066B", "control"),
    ],
)
def test_a_name_that_is_empty_long_or_deceiving_is_refused(name: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        display_name.validate_python(name)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValidationError):
        display_name.validate_python("A\ud800")


def test_a_title_may_be_longer_than_a_name() -> None:
    assert title.validate_python("T" * TITLE_MAX)
    with pytest.raises(ValidationError):
        title.validate_python("T" * (TITLE_MAX + 1))


@given(st.text(max_size=60))
def test_a_clean_line_stays_as_it_is_when_cleaned_again(text: str) -> None:
    try:
        once = clean_line(text, at_most=DISPLAY_NAME_MAX)
    except ValueError:
        return
    assert clean_line(once, at_most=DISPLAY_NAME_MAX) == once
    assert once == once.strip()
    assert "\n" not in once
