"""Cleaning names, titles and texts that people type."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

# Cc: control, Cs: lone surrogates, Zl/Zp: line and paragraph separators. Cf (format) is allowed
# because emoji and several scripts need the zero-width joiner. The bidirectional overrides in it
# are not: with them a name could rearrange the text around it.
_FORBIDDEN_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
HALVES = re.compile("[\ud800-\udfff]")
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Invisible although not of category Cf: Unicode's Default_Ignorable_Code_Point
# (DerivedCoreProperties), and letters and symbols with an empty glyph.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\U00016fe4\U0001d159\U000e0000-\U000e0fff]"
)
# Marks at the end of a text.
_FLAG_LETTERS = re.compile("[\U0001f1e6-\U0001f1ff]+$")
# Unicode's stream-safe text (https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format).
_MARKS_IN_A_ROW = 30
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _FORBIDDEN_CATEGORIES or character in _BIDI_CONTROLS


def is_blank(text: str) -> bool:
    """Tell whether nothing of ``text`` is visible: only spaces, joiners, marks on nothing etc."""
    return all(c.isspace() or is_unseen(c) or _is_control(c) or _is_mark(c) for c in text)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def is_unseen(character: str) -> bool:
    """Tell whether ``character``, which is not a space, is invisible."""
    return unicodedata.category(character) == "Cf" or _UNSEEN.match(character) is not None


def clean_line(text: str, *, at_most: int) -> str:
    """Return ``text`` as one line; raise ValueError unless it has 1 to ``at_most`` characters.

    Characters that people paste without seeing them are removed: line ends, tabs, and direction
    overrides.
    """
    text = _with_few_marks(_one_line(text))
    if is_blank(text):
        raise ValueError("must not be empty" if not text else "must have a letter that is seen")
    if len(text) > at_most:
        raise ValueError(f"must be at most {at_most} characters")
    return text


def tidy_line(text: str, *, at_most: int) -> str:
    """Return a machine-written text as one clean line; "" if nothing of it is visible."""
    text = _one_line(text)
    return "" if is_blank(text) else cut(text, at_most)


def _one_line(text: str) -> str:
    return " ".join(normalized("NFC", tidy_text(text)).split())


def normalized(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """Return ``text`` in a Unicode normal form, with at most 30 marks on a letter.

    No language has that many. Normalisation sorts them in quadratic time: 64 KiB of marks alone
    would take two seconds.
    """
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return unicodedata.normalize(form, "".join(kept))


def tidy_text(text: str) -> str:
    """Return a text of several lines without control characters.

    Line ends become ``\\n``, tabs become spaces, and direction overrides are removed.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return "".join(c for c in text if c == "\n" or not _is_control(c)).strip()


def cut(text: str, at_most: int) -> str:
    """Return the beginning of ``text``, without splitting a visible character."""
    if len(text) <= at_most:
        return text
    end = at_most
    # A mark or a joiner belongs to the character before it, and so does what follows a joiner.
    while end and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    # Two regional letters make a flag.
    letters = _FLAG_LETTERS.search(text, 0, end)
    if letters and len(letters[0]) % 2 and _FLAG_LETTERS.match(text[end]):
        end -= 1
    return text[: end or at_most].rstrip()


def _joins(character: str) -> bool:
    return (
        _is_mark(character)
        or is_unseen(character)
        or (
            # Skin tones of emoji.
            "\U0001f3fb" <= character <= "\U0001f3ff"
        )
    )


DISPLAY_NAME_MAX = 40
TITLE_MAX = 120
# Burmese and Tibetan letters have this many marks; more would overlap the lines around.
_MARKS_MAX = 4
# A name needs no more marks of those that belong to no script and stack on anything.
_LOOSE_MARKS_IN_NAME_MAX = 2
_LOOSE_MARK = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# Private use, noncharacters and the object replacement character: fonts draw anything, or a box.
_NO_LETTER = re.compile(
    "[\ue000-\uf8ff\ufdd0-\ufdef\ufffc\ufffe\uffff\U000f0000-\U0010ffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000)
    )
    + "]"
)
# The combining class of virama, the sign that removes a letter's vowel.
_VIRAMA = 9
_JOINERS = "\u200c\u200d"
# Emoji that Unicode counts as letters or punctuation.
_OTHER_EMOJI = "\u203c\u2049\u2139\u3030\u303d"
_KEYS = "#*0123456789"
# Choose one of several forms of a letter; in Japan people write their names with them.
_FORM = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe02\U000e0100-\U000e01ef]")
_LETTER_OF_FORMS = re.compile("[\u1820-\u18aa\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Letters of scripts that join letters, with their marks.
_LETTERS = ("Lo", "Mn", "Mc")


def clean_name(text: str) -> str:
    """Return a name without invisible characters; raise ValueError as ``clean_line`` does.

    Joiners stay in emoji and between letters of scripts that need them. A letter keeps the marks
    of its script and two others.
    """
    line = _NO_LETTER.sub("", clean_line(text, at_most=max(1, len(text))))
    seen = "".join(c for i, c in enumerate(line) if not is_unseen(c) or _is_needed(line, i))
    few = _with_few_marks(seen, loose=_LOOSE_MARKS_IN_NAME_MAX)
    return clean_line(few, at_most=DISPLAY_NAME_MAX)


def _with_few_marks(text: str, *, loose: int = _MARKS_MAX) -> str:
    """Return ``text`` with few marks on each letter; ``loose``: at most, of those of no script."""
    kept: list[str] = []
    marks = loose_marks = 0
    for character in text:
        if unicodedata.category(character) not in ("Mn", "Me"):
            marks = loose_marks = 0
        elif _LOOSE_MARK.match(character):
            marks, loose_marks = marks + 1, loose_marks + 1
        else:
            marks += 1
        if marks <= _MARKS_MAX and loose_marks <= loose:
            kept.append(character)
    return "".join(kept)


def _is_needed(line: str, at: int) -> bool:
    """Tell whether the invisible character of ``line`` at index ``at`` changes what is visible."""
    before, after = line[at - 1 : at], line[at + 1 : at + 2]
    if not before:
        return False
    if line[at] in "\ufe0e\ufe0f":  # shows a sign as text, or as emoji
        return _may_be_emoji(before) or (before in _KEYS and after == "\u20e3")
    if _FORM.match(line[at]):
        return _LETTER_OF_FORMS.match(before) is not None
    if "\U000e0020" <= line[at] <= "\U000e007f":  # spells the flag of a region
        return before == "\U0001f3f4" or "\U000e0020" <= before <= "\U000e007f"
    if line[at] == "\u200d" and unicodedata.combining(before) == _VIRAMA:
        return True  # makes a half letter in Indian scripts, also at the end of a word
    if line[at] not in _JOINERS or not after:
        return False
    if line[at] == "\u200d" and _may_be_emoji(after):
        return _may_be_emoji(before) or _joins(before)
    return unicodedata.category(after) == "Lo" and unicodedata.category(before) in _LETTERS


def _may_be_emoji(character: str) -> bool:
    category = unicodedata.category(character)
    is_arrow_or_such = category == "Sm" and character > "\u2100"
    # There are new ones every year, of which this Python may not know.
    is_new = category == "Cn" and "\U0001f000" <= character <= "\U0001faff"
    return category == "So" or is_arrow_or_such or is_new or character in _OTHER_EMOJI


def line_schema(at_most: int) -> WithJsonSchema:
    """Describe ``clean_line`` to API clients."""
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": at_most})


def _without_halves(text: object) -> object:
    return HALVES.sub("", text) if isinstance(text, str) else text


# A machine that cuts an emoji in half leaves one, and pydantic takes such a text for none.
WITHOUT_HALVES = BeforeValidator(_without_halves)
DisplayName = Annotated[
    str,
    WITHOUT_HALVES,
    AfterValidator(clean_name),
    line_schema(DISPLAY_NAME_MAX),
]
Title = Annotated[
    str,
    WITHOUT_HALVES,
    AfterValidator(lambda v: clean_line(v, at_most=TITLE_MAX)),
    line_schema(TITLE_MAX),
]
