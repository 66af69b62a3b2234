"""Decodes a subtitle file, guessing its encoding."""

import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import chardet

from .problem import Problem

# The encodings that real files are in. With all others as candidates, an English text with a few
# quotes would be taken for that of an old Macintosh.
_GUESSED = (
    *(f"windows-{page}" for page in range(1250, 1259)),
    *("iso-8859-2", "iso-8859-5", "iso-8859-6", "koi8-r", "koi8-u"),
    *("cp737", "cp850", "cp852", "cp857", "cp862", "cp866", "cp874"),
    *("shift_jis", "cp932", "euc-jp", "iso-2022-jp", "gb18030", "big5", "big5hkscs"),
    *("euc-kr", "cp949"),
)
# Also in files with lines that end as on an old Macintosh.
_OF_MACINTOSH = ("mac-roman", "mac-latin2", "mac-cyrillic")
# Signs of a wrong encoding, which no words have: a symbol between letters, Greek or Cyrillic
# letters next to Latin ones, three accented letters in a row, a capital after a small letter.
_ODD = re.compile(
    r"(?<=[^\W\d_])[\u00a1-\u00bf\u00d7\u00f7\u02c6-\u02dd\u201a-\u2022\u2030-\u203a\u20ac-\u2122"
    r"\u2500-\u25ff](?=[^\W\d_])"
    r"|[a-zA-Z](?=[\u0370-\u1dff])|[\u0370-\u1dff](?=[a-zA-Z])|[\u00c0-\u024f]{3}"
    r"|[\ufffd\x80-\x9f]"
)
# The factor by which each sign makes an encoding less likely, and the one by which an encoding is
# likelier if the text has only letters that are common in it.
_ODDITY = 0.5
_USUAL, _USUAL_GAIN = "windows-1252", 1.4
_USUAL_TEXT = re.compile(
    r"[\x00-\x7fàâäáãåæçèéêëìíîïñòóôöøœùúûüßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØŒÙÚÛÜ¿¡«»“”„…—£€§°\u2018\u2019\u2013]*"
)
_TELLING_BYTES = 32_768
# UTF-32 comes first, because its mark starts with that of UTF-16.
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# Encodings that have only ASCII bytes, and switch to other letters by signs that no text has.
_SWITCHED = {
    rb"\x1b(?:\$[@B]|\$\(D|\([IJ])": "iso2022_jp_ext",
    rb"\x1b\$\)C": "iso2022_kr",
    rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}": "hz",
}
# The letters of windows-1252, which are not those of Latin-1, as the bytes that they stand for.
_AS_BYTES = {
    ord(letter): byte
    for byte in range(0x80, 0xA0)
    if (letter := bytes([byte]).decode("cp1252", "ignore"))
}
# The share of non-ASCII characters that may be invalid in UTF-8. In a file of another encoding, two
# thirds are.
_BROKEN_SHARE = 0.3
_SAMPLE_BYTES = 4096


def decode(raw: bytes, given: str) -> tuple[str, str]:
    """Return encoding and text of ``raw``: by byte order mark, ``given``, its form, or a guess."""
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
    if switched := _switched(raw):
        return switched, _tidy(raw.decode(switched, "replace"))
    text = raw.decode(errors="replace")
    # It is still UTF-8 if only a few bytes are damaged.
    letters = sum(letter > "\x7f" for letter in text)
    if text.count("\ufffd") <= letters * _BROKEN_SHARE:
        return "utf-8", _tidy(_once_encoded(text))
    encoding = _guessed(raw)
    return encoding, _tidy(raw.decode(encoding, "replace"))


def _once_encoded(text: str) -> str:
    """Undo that UTF-8 was taken for windows-1252 and encoded again ("Ã©" for "é")."""
    try:
        return text.translate(_AS_BYTES).encode("latin-1").decode()
    except UnicodeError:
        # It has other letters, or they follow each other as in words.
        return text


def _guessed(raw: bytes) -> str:
    """Return the likeliest encoding of ``raw``, by its letters and the signs of a wrong one."""
    telling = _non_ascii_lines(raw)

    def likelihood(guess: Mapping[str, Any]) -> float:
        text = telling.decode(guess["encoding"], "replace")
        odd = len(_ODD.findall(text))
        odd += sum(one.islower() and other.isupper() for one, other in pairwise(text))
        found = math.log(max(guess["confidence"], 1e-9)) + odd * math.log(_ODDITY)
        if guess["encoding"].lower() == _USUAL:
            # Nearly equal encodings differ in rare letters only, so prefer the one without them.
            found += math.log(_USUAL_GAIN if _USUAL_TEXT.fullmatch(text) else 0.99)
        return found

    candidates = _GUESSED if b"\n" in raw else (*_GUESSED, *_OF_MACINTOSH)
    guesses = chardet.detect_all(raw, include_encodings=candidates)
    known = [guess for guess in guesses if guess["encoding"]]
    if not known:
        raise Problem("is not text that can be read")
    return str(max(known, key=likelihood)["encoding"]).lower()


def _non_ascii_lines(raw: bytes) -> bytes:
    """Return the first lines with non-ASCII letters."""
    lines: list[bytes] = []
    left = _TELLING_BYTES
    for line in raw.split(b"\n"):
        if not line.isascii():
            lines.append(line)
            left -= len(line)
            if left < 0:
                break
    # The whole file may be a single line.
    return b"\n".join(lines)[:_TELLING_BYTES]


def _unmarked_utf16(raw: bytes) -> str:
    """Recognise UTF-16 without a mark by the NUL bytes next to digits and line ends; else ""."""
    sample = raw[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) <= len(sample) / 20 or max(even, odd) <= 3 * min(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _switched(raw: bytes) -> str:
    """Recognise an encoding by the signs that switch to it; else ""."""
    if not raw.isascii():
        return ""
    found = (encoding for signs, encoding in _SWITCHED.items() if re.search(signs, raw))
    return next(found, "")


def _tidy(text: str) -> str:
    # A lone surrogate cannot be encoded as UTF-8.
    text = text.encode(errors="replace").decode()
    # Some programs fill up files with NULs, and DOS ended texts with the other one.
    text = text.rstrip("\0\x1a")
    # PostgreSQL cannot store NUL, and WebVTT reads it as the replacement character. A byte order
    # mark inside the text comes from concatenated files.
    text = text.replace("\0", "\ufffd").replace("\ufeff", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")
