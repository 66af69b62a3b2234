"""Rules for short texts that people type: names and titles."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

# Cc: control, Cs: lone surrogates, Zl/Zp: line and paragraph separators. Cf (format) is
# allowed because emoji and several scripts need the zero-width joiner, but the
# bidirectional overrides in it are not: they let a name rewrite the text around it.
_FORBIDDEN_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def has_control_characters(text: str) -> bool:
    """Tell whether ``text`` holds a character that a one-line label must not have."""
    return any(
        unicodedata.category(c) in _FORBIDDEN_CATEGORIES or c in _BIDI_CONTROLS for c in text
    )


def is_blank(text: str) -> bool:
    """Tell whether the eye sees nothing of ``text``: spaces, joiners and other formatting."""
    return all(unicodedata.category(c) == "Cf" or c.isspace() for c in text)


def clean_line(text: str, *, at_most: int) -> str:
    """Trim ``text``; raise ValueError unless 1 to ``at_most`` visible characters are left."""
    text = unicodedata.normalize("NFC", text).strip()
    if has_control_characters(text):
        raise ValueError("must not contain control characters")
    if is_blank(text):
        raise ValueError("must not be empty")
    if len(text) > at_most:
        raise ValueError(f"must be at most {at_most} characters")
    return text


def fold(text: str) -> str:
    """Return ``text`` without its case, in every script, to compare and to search.

    Unicode's canonical caseless matching (section 3.13); accents still count.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


# How many times longer a text can become by ``fold``: "ΐ" becomes three characters.
FOLDED_MAX = 3
DISPLAY_NAME_MAX = 40
TITLE_MAX = 120


def line_schema(at_most: int) -> WithJsonSchema:
    """Describe ``clean_line`` to API clients, as far as a pattern can."""
    visible = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$"
    return WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": at_most, "pattern": visible}
    )


DisplayName = Annotated[
    str,
    AfterValidator(lambda v: clean_line(v, at_most=DISPLAY_NAME_MAX)),
    line_schema(DISPLAY_NAME_MAX),
]
Title = Annotated[
    str, AfterValidator(lambda v: clean_line(v, at_most=TITLE_MAX)), line_schema(TITLE_MAX)
]
