"""Folding texts for searching and sorting, so that they compare as people expect. Pure.

Folded titles and names are stored (``core.folded_columns``). A change of the rules needs a
migration in ``accounts``, ``rooms`` and ``library`` that folds them again.
"""

import re
import unicodedata

from core.numbering import forms_in, in_one_form, roman, value
from core.text import is_unseen, normalized

# Letters that Unicode treats as separate letters, but most people type as these.
_LOOSE = {
    ord(letter): plain
    for letter, plain in {
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        "ƀ": "b",
        "ɨ": "i",
        "ʉ": "u",
        "ƶ": "z",
        "ǥ": "g",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ß": "ss",
        "ə": "e",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        "ƴ": "y",
        # Variants of one letter on Persian, Urdu and Arabic keyboards.
        "ک": "ك",
        "ی": "ي",
        "ى": "ي",
        "ة": "ه",
        "ە": "ه",
        "ہ": "ه",
        "ھ": "ه",
        # The Ukrainian g, which other Cyrillic keyboards do not have.
        "ґ": "г",
    }.items()
}
_QUOTES = {ord(mark): '"' for mark in "“”„‟«»″〝〞"}
_DASHES = {ord(mark): "-" for mark in "‐‑‒–—―−﹘"}
# People leave it out as often as they type it, and there are many variants.
_APOSTROPHES = {ord(mark): "" for mark in "'’‘‚‛ʼʻʾʿ′´`＇ʹ׳״"}
# Japanese words may be written in either script.
_KANA = {katakana: chr(katakana - 0x60) for katakana in range(ord("ァ"), ord("ヶ") + 1)}
# Inscriptions and churches use separate Georgian letters.
_GEORGIAN = {old: chr(old - 0x2D00 + 0x10D0) for old in (*range(0x2D00, 0x2D26), 0x2D27, 0x2D2D)}
_PLAIN = {
    **_LOOSE,
    **_KANA,
    **_GEORGIAN,
    **_QUOTES,
    **_DASHES,
    **_APOSTROPHES,
    ord("ـ"): "",
    # The slash in Unicode's decomposition of "½".
    ord("\N{FRACTION SLASH}"): "/",
}
# Accents and other marks that people leave out: of Latin, Greek and Cyrillic letters, the
# points of Hebrew, the vowels of Arabic and the nukta of Indian scripts. Other marks make
# another letter.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_NUMBER = re.compile("[0-9]+")
# "S.W.A.T.", which most type without the dots; in file names, words and numbers follow.
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}(?:[^\W\d_](?!\w))?")
# A search may consist of these. All other punctuation separates words or is left out.
_MEANT = "%&*#@"
# "Spider-Man", "AC/DC" and "WALL·E" are also written as one word. Between numbers it matters.
_JOINTS = re.compile(r"(?<=[^\W_])[-/.·•・&*](?=[^\W\d_])|(?<=[^\W\d_])[-/.·•・&*](?=\d)")
# Not in "R&B".
_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_]{2})&(?=[^\W\d_]{2})")
_BEFORE_LETTERS = re.compile(r"^[\W_]+(?=\w)")
# "第十話", which others write as "第10話".
_CHINESE_NUMBER = re.compile("(?<=第)[〇零一二三四五六七八九十百千]+")
_CHINESE_DIGITS = {c: at for at, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
# "Rocky IV", which others write as "Rocky 4". The first word is not a number: "I, Robot".
_ROMAN = re.compile(r"(?<=\S[ ._-])(?=[ivx])(x{0,3}|xl)(ix|iv|v?i{0,3})(?![^\W_])")
# For sorting it counts only at the end of the name or before a year. Elsewhere it may be a word
# ("Det vi sade", "The X-Files"), and would split a series: "Episode IV A …", "Episode V The …".
_LAST_ROMAN = re.compile(_ROMAN.pattern + r"(?=[ ._]*(?:$|[:(\[0-9])|[ ._]-)")
# "Rocky 2", for which others type "Rocky II"; a larger number is hardly ever written so.
_SMALL_NUMBER = re.compile(r"(?<=\S[ ._-])(?:[2-9]|1[0-3])(?![^\W_])")
_ONE_DIGIT = re.compile(r"(?<![^\W_])[0-9](?![^\W_])")
# "9½", for which others type "9 1/2".
_FRACTION = re.compile("(?<=[0-9])(?=[¼½¾⅐-⅞])")
_WORD = re.compile(r"[^\W_]+")
# Between words people write one of these, or "&".
_AND = frozenset({"and", "und", "et"})
_TOGETHER = re.compile(r"(?<=[^\W_])(?: ?& ?|[\W_]+(?:and|und|et)[\W_]+)(?=[^\W_])")
_SIGN_TOGETHER = re.compile(r"(?<=[^\W_]) ?& ?(?=[^\W_])")
_SIGN_AT_WORD = re.compile(r"(?<=[^\W_])&(?=\s)|(?<=\s)&(?=[^\W_])")
# What people type for umlauts on other keyboards; most just leave the dots out.
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
# A sound that Hindi writes as a letter or as a dot before a stop or an s: not in "Newton" or
# "janma". And two Thai signs in either order.
_NASAL = re.compile(
    "[\u0919\u091e\u0923\u0928\u092e]\u094d"
    "(?=[\u0915-\u0918\u091a-\u091d\u091f-\u0922\u0924-\u0927\u092a-\u092d\u0936-\u0938])|\u0901"
)
_TONE = re.compile("\u0e4d([\u0e48-\u0e4b])")
# More words than this do not make a search more precise.
WORDS_MAX = 16


def fold(text: str, at_most: int | None = None) -> str:
    """Return ``text`` folded for searches: without case, accents, width and ligatures.

    Works for every script. A few letters of one language become what people type for them
    in others.
    """
    seen = _FRACTION.sub(" ", "".join(c for c in text if not is_unseen(c)))
    # Twice, because the result of the first normalisation can have upper case again.
    for _ in range(2):
        bare = _ACCENTS.sub("", normalized("NFKD", seen.casefold()))
        seen = normalized("NFKC", bare.translate(_PLAIN))
    seen = _TONE.sub("\\g<1>\u0e4d", _NASAL.sub("\u0902", seen))
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in _joined(seen, ""))
    return " ".join("".join(digits).split())[:at_most]


def searched(text: str, at_most: int) -> str:
    """Return the text that searches look into: ``text`` folded, and other forms of its words.

    These are joined words ("a&b" for "A & B" and "A and B"), digits for Chinese and Roman numbers,
    two letters for umlauts, and one form for each numbered season, episode and part.
    """
    folded = fold(text)
    # Behind initials a word begins, which is parted from them only where it is asked for.
    parts = forms_in(_counted(fold(_parted(text)) if _INITIALS.search(text) else folded))
    parts += [_JOINTS.sub("", word) for word in folded.split() if _JOINTS.search(word)]
    parts += [_counted(word) for word in folded.split() if _CHINESE_NUMBER.search(word)]
    parts += [_latin(number) for number in _ROMAN.finditer(folded)]
    parts += [roman(int(number)) for number in _SMALL_NUMBER.findall(folded)]
    parts += [f"0{digit}" for digit in _ONE_DIGIT.findall(folded)]
    if not _AND.isdisjoint(_WORD.findall(folded)):
        parts.append("&")
    if _SIGN_TOGETHER.search(folded):
        parts += sorted(_AND)
    together = _TOGETHER.sub("&", folded)
    parts += [word for word in together.split() if "&" in word and word not in folded]
    composed = normalized("NFC", text)
    if (spelled := composed.translate(_GERMAN)) != composed:
        parts += [word for word in fold(spelled).split() if word not in folded]
    return " ".join((folded, *parts))[:at_most]


def _latin(number: re.Match[str]) -> str:
    """Return a Roman numeral in digits."""
    return str(value(number[0]))


def _counted(folded: str) -> str:
    """Return ``folded`` with digits for Chinese numbers of episodes and the like."""
    return _CHINESE_NUMBER.sub(_in_digits, folded)


def _in_digits(number: re.Match[str]) -> str:
    if _CHINESE_UNITS.keys().isdisjoint(number[0]):
        return "".join(str(_CHINESE_DIGITS[c]) for c in number[0])
    total = digit = 0
    for c in number[0]:
        if c in _CHINESE_UNITS:
            total, digit = total + (digit or 1) * _CHINESE_UNITS[c], 0
        else:
            digit = _CHINESE_DIGITS[c]
    return str(total + digit)


def _joined(text: str, after: str) -> str:
    """Return ``text`` with initials joined: without their dots, and followed by ``after``."""
    return _INITIALS.sub(lambda found: found[0].replace(".", "") + after, text)


def _parted(text: str) -> str:
    """Return ``text`` with spaces instead of punctuation, except in "50%" and "1.5".

    People type "wall-e" for "WALL·E", "l'avventura" for "L Avventura", "matrix:", and "tom&jerry"
    for "Tom & Jerry".
    """
    # There may be a space after initials, or none: "L.A. Confidential", "L.A.Conf…".
    composed = normalized("NFKC", _FRACTION.sub(" ", text))
    text = _BETWEEN_WORDS.sub(" ", _SIGN_AT_WORD.sub(" & ", _joined(composed, " ")))
    parts = []
    for at, c in enumerate(text):
        in_number = text[at - 1 : at].isdecimal() and text[at + 1 : at + 2].isdecimal()
        parts.append(" " if _parts_words(c) and not in_number else c)
    return "".join(parts)


def _parts_words(character: str) -> bool:
    is_punctuation = unicodedata.category(character)[0] == "P" or ord(character) in _APOSTROPHES
    return is_punctuation and character not in _MEANT


def words(text: str, *, is_typed: bool = True) -> list[str]:
    """Return the words that a title must contain to match ``text``, the longest first.

    Punctuation counts only if there is nothing else. While it ``is_typed``, "part 1" may become
    "part 12".
    """
    found: list[str] = []
    folded = _counted(fold(_parted(text)) or fold(text))
    wanted = in_one_form(folded, is_typed=is_typed).split()
    for word in sorted(set(wanted), key=lambda word: (-len(word), word)):
        # "the" is part of "there", so it need not be looked for separately.
        if not any(word in longer for longer in found):
            found.append(word)
    return found[:WORDS_MAX]


def sort_key(folded: str, at_most: int) -> str:
    """Return the sort key of a folded title; numbers sort by value, "2" before "10".

    Each number is preceded by its number of digits (a letter if there are more than nine), so
    the texts compare as the numbers do. Quotes and the like before the first letter are ignored.
    """
    counted = _LAST_ROMAN.sub(_latin, _BEFORE_LETTERS.sub("", _counted(folded)))
    return _NUMBER.sub(_measured, counted)[:at_most]


def _measured(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0") or "0"
    length = len(digits)
    return f"{length if length <= 9 else chr(ord('a') + min(length - 10, 25))}{digits}"
