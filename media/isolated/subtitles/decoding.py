"""From bytes to text: which encoding a file is in."""

import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import chardet

from .problem import Problem

# What people's programs have written. Of all encodings that there are, those of old Macintoshes are
# the likeliest for an English text with a few quotes in it.
_GUESSED = (
    *(f"windows-{page}" for page in range(1250, 1259)),
    *("iso-8859-2", "iso-8859-5", "iso-8859-6", "koi8-r", "koi8-u"),
    *("cp850", "cp852", "cp866", "cp874"),
    *("shift_jis", "cp932", "euc-jp", "iso-2022-jp", "gb18030", "big5", "big5hkscs"),
    *("euc-kr", "cp949"),
)
# What no words have, but what they become in another's encoding: a sign between letters, Greek or
# Cyrillic letters beside Latin ones, three
# letters with accents in a row, a capital behind a small letter.
_ODD = re.compile(
    r"(?<=[^\W\d_])[\u00a1-\u00bf\u00d7\u00f7\u02c6-\u02dd\u201a-\u2022\u2030-\u203a\u20ac-\u2122"
    r"\u2500-\u25ff](?=[^\W\d_])"
    r"|[a-zA-Z](?=[\u0370-\u1dff])|[\u0370-\u1dff](?=[a-zA-Z])|[\u00c0-\u024f]{3}"
    r"|[\ufffd\x80-\x9f]"
)
# So much less likely each of them makes an encoding; and so much likelier it is the one of most
# files where a text has no letter that is rare there.
_ODDITY = 0.5
_USUAL, _USUAL_GAIN = "windows-1252", 1.4
_USUAL_TEXT = re.compile(
    r"[\x00-\x7fàâäáãåæçèéêëìíîïñòóôöøœùúûüßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØŒÙÚÛÜ¿¡«»“”„…—£€§°\u2018\u2019\u2013]*"
)
_TELLING_BYTES = 32_768
# The mark of UTF-32 begins with that of UTF-16.
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# How much of what is not ASCII may be broken in UTF-8. Of other encodings two thirds are.
_BROKEN_SHARE = 0.3
_SAMPLE_BYTES = 4096


def decode(raw: bytes, given: str) -> tuple[str, str]:
    """Return the encoding of ``raw`` and its text: by its mark, ``given``, UTF-8, or a guess."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            return encoding, _tidy(raw.decode(encoding, "replace"))
    if given:
        try:
            return given, _tidy(raw.decode(given))
        except UnicodeError:
            raise Problem(f"is not written in {given}") from None
    if unmarked := _unmarked_utf16(raw):
        return unmarked, _tidy(raw.decode(unmarked, "replace"))
    text = raw.decode(errors="replace")
    # A few bytes that got lost or came in on the way make no other encoding of it.
    letters = sum(letter > "\x7f" for letter in text)
    if text.count("\ufffd") <= letters * _BROKEN_SHARE:
        return "utf-8", _tidy(text)
    encoding = _guessed(raw)
    return encoding, _tidy(raw.decode(encoding, "replace"))


def _guessed(raw: bytes) -> str:
    """Return the likeliest encoding of ``raw``, by its letters and by what none has in words."""
    telling = _telling(raw)

    def likelihood(guess: Mapping[str, Any]) -> float:
        text = telling.decode(guess["encoding"], "replace")
        odd = len(_ODD.findall(text))
        odd += sum(one.islower() and other.isupper() for one, other in pairwise(text))
        found = math.log(max(guess["confidence"], 1e-9)) + odd * math.log(_ODDITY)
        if guess["encoding"].lower() == _USUAL:
            # Of two that are the same, the other has the letters.
            found += math.log(_USUAL_GAIN if _USUAL_TEXT.fullmatch(text) else 0.99)
        return found

    guesses = chardet.detect_all(raw, include_encodings=_GUESSED)
    known = [guess for guess in guesses if guess["encoding"]]
    if not known:
        raise Problem("is not text that can be read")
    return str(max(known, key=likelihood)["encoding"]).lower()


def _telling(raw: bytes) -> bytes:
    """Return the first lines with letters that are not ASCII."""
    lines: list[bytes] = []
    left = _TELLING_BYTES
    for line in raw.split(b"\n"):
        if not line.isascii():
            lines.append(line)
            left -= len(line)
            if left < 0:
                break
    # One line may be the whole file.
    return b"\n".join(lines)[:_TELLING_BYTES]


def _unmarked_utf16(raw: bytes) -> str:
    """Tell UTF-16 by its digits and line ends, of which every other byte is a NUL; or ""."""
    sample = raw[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) <= len(sample) / 20 or max(even, odd) <= 3 * min(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _tidy(text: str) -> str:
    # Half a character of UTF-16 cannot be written as UTF-8.
    text = text.encode(errors="replace").decode()
    # PostgreSQL keeps no NUL, and WebVTT reads it as the replacement character. A mark within
    # the text comes from files that were put one after the other.
    text = text.replace("\0", "\ufffd").replace("\ufeff", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")
