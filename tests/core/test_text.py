"""What people may call themselves and their things."""

import unicodedata
from collections.abc import Callable

import pytest
from emoji import EMOJI_DATA
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from core.folding import fold
from core.text import (
    DISPLAY_NAME_MAX,
    TITLE_MAX,
    DisplayName,
    Title,
    clean_line,
    clean_name,
    cut,
    is_blank,
    normalized,
    tidy_line,
    tidy_text,
)
from rooms.models import read_code

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
        ("Ann \u00a0\u2003Lee", "Ann Lee"),
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
        ("\u200b\u200d\ufeff", "seen"),
        ("\u3164", "seen"),
        ("\u2800", "seen"),
        ("\u115f\u1160", "seen"),
        ("\ufe0f", "seen"),
        ("\u034f", "seen"),
        ("\uffa0 \u2800", "seen"),
        ("\u180e\u2063", "seen"),
        ("\U000e0020\U000e007f", "seen"),
        ("\U0001d159", "seen"),
        ("\u17b4\u17b5", "seen"),
        ("\u0301", "seen"),
        ("\u20e3", "seen"),
        ("\u0301" * 500, "seen"),
        ("\u202e\u2066", "empty"),
        ("A" * (DISPLAY_NAME_MAX + 1), "at most 40"),
    ],
)
def test_a_name_that_is_empty_or_long_is_refused(name: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        display_name.validate_python(name)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("\u202aFilm\u202c", "Film"),
        ("\u2068Film\u2069", "Film"),
        ("Film\tPart 1", "Film Part 1"),
        ("A\nB\u2028C", "A B C"),
        ("A\x00\x7fB\u202e", "AB"),
        ("A\ud800", "A"),
        ("  A \u3000 B  ", "A B"),
        ("Z" + "\u0335" * 20 + "algo", "Z" + "\u0335" * 4 + "algo"),
        ("\u0f62\u0f92\u0fb1\u0f74", "\u0f62\u0f92\u0fb1\u0f74"),
    ],
)
def test_what_nobody_sees_is_no_fault_of_a_line(written: str, line: str) -> None:
    assert title.validate_python(written) == line


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("A\u200bna", "Ana"),
        ("\u00adA\u2060n\ufeffa\u200e", "Ana"),
        ("A\u200dna\u200c", "Ana"),
        ("A\u3164\u2800na\U000e0041", "Ana"),
        ("\u2764\ufe0f Ana 1\ufe0f\u20e3", "\u2764\ufe0f Ana 1\ufe0f\u20e3"),
        ("क्\u200dष", "क्\u200dष"),
        ("ന്\u200d", "ന്\u200d"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("Z" + "\u0335\u0321\u031b" * 20 + "algo", "Z\u0335\u0335algo"),
        ("เก้า ที่", "เก้า ที่"),
        ("Z" + "\u0335" * 20 + "\u0e49\u0e49", "Z\u0335\u0335"),
        ("A\ue000n\ufffca\uffff\U0001fffe", "Ana"),
    ],
)
def test_what_nobody_sees_of_a_name_is_gone_and_the_rest_stays(written: str, name: str) -> None:
    assert display_name.validate_python(written) == name


@pytest.mark.parametrize(
    "name",
    ["မို့မို့", "မြို့", "နို့", "སྒྲོལ་མ", "སྐྱིད", "יִשָּׂשכָר", "שָּׁלוֹם", "ស៊ុំ", "क़ुँवर", "Nguyễn", "مُحَمَّدٌ", "ผู้ใหญ่"],
)
def test_a_name_keeps_the_marks_of_its_script(name: str) -> None:
    assert display_name.validate_python(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "‼️",
        "⁉️ Ben",
        "Ana ℹ️",
        "〰️",
        "©️ ®️ ™️",
        "↔️ ⤴️ ◾️",
        "☺︎",
        "☺️",
        "▶️ ◀︎",
        "#️⃣ *️⃣ 0️⃣ 9️⃣",
        "葛\U000e0100城",
        "ᠠ\u180bᠨ",
        "محمد علي",
        "שָׁלוֹם",
        "नमस्ते",
        "Zoë Ångström",
    ],
)
def test_a_name_title_and_message_keep_what_a_person_decided(name: str) -> None:
    assert display_name.validate_python(name) == name
    assert title.validate_python(name) == name
    assert tidy_text(name) == name
    assert tidy_line(name, at_most=TITLE_MAX) == name
    assert cut(f"{name}x", len(name)) == name


def test_every_emoji_stays_as_it_is_in_a_name_a_title_and_a_message() -> None:
    changed = [each for each in EMOJI_DATA if clean_name(each) != each]
    changed += [each for each in EMOJI_DATA if title.validate_python(each) != each]
    changed += [each for each in EMOJI_DATA if tidy_text(each) != each]
    assert changed == []


@pytest.mark.parametrize("name", ["\ue000", "\uffff", "\ufffc\ufffe"])
def test_a_name_of_what_is_no_letter_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="empty"):
        display_name.validate_python(name)


def test_a_name_stays_as_it_is_when_cleaned_again() -> None:
    for name in ("A\u200bna", "Z" + "\u0335\u0321\u031b" * 20, "\u2764\ufe0f Ana"):
        once = clean_name(name)
        assert clean_name(once) == once


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
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in once)


@pytest.mark.parametrize("text", ["❤\ufe0f", "a\u034f", "가\u3164", "🏴\U000e0067\U000e007f", "."])
def test_a_text_with_something_to_see_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("\u2066+49 30 12345\u2069", "+49 30 12345"),
        ("\u202eabc\u202c", "abc"),
        ("a\x00\x1b[31mb\ud800", "a[31mb"),
        (" \n a \n ", "a"),
        ("نام\u200cمن \u200f", "نام\u200cمن \u200f"),
    ],
)
def test_what_a_machine_wrote_is_cleaned(written: str, tidy: str) -> None:
    assert tidy_text(written) == tidy


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Film \u202bעברית\u202c", "Film עברית"),
        ("a\r\n\tb", "a b"),
        ("x" * 200, "x" * 120),
        ("\u3164\u202e", ""),
        ("e\u0301", "\u00e9"),
    ],
)
def test_a_line_of_a_machine_is_cleaned_and_cut(written: str, line: str) -> None:
    assert tidy_line(written, at_most=TITLE_MAX) == line


@pytest.mark.parametrize("whole", ["x\u0323\u0324", "👩\u200d🚀", "👍🏽", "❤\ufe0f", "🇩🇪"])
def test_no_character_is_cut_in_half(whole: str) -> None:
    text = "ab" + whole * 3
    for length in range(3, len(text)):
        kept = cut(text, length).removeprefix("ab")
        assert kept == whole * (len(kept) // len(whole))


@pytest.mark.parametrize(
    "read",
    [
        display_name.validate_python,
        fold,
        read_code,
    ],
)
def test_any_number_of_marks_on_a_letter_is_read_at_once(read: Callable[[str], str]) -> None:
    # Compared each with each they would take minutes.
    assert read("b" + "\u0300" * 150_000 + "\u0316" * 150_000)


@given(st.text(max_size=30))
def test_a_normal_form_is_that_of_unicode(text: str) -> None:
    assert normalized("NFKD", text) == unicodedata.normalize("NFKD", text)
