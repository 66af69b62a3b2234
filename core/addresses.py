"""Character classes of web addresses, for regular expressions. Pure."""

import unicodedata
from itertools import groupby


def _characters(categories: str, *, but: str) -> str:
    """Return the non-ASCII characters of Unicode categories, for a class in a pattern."""
    codes = [
        code
        for code in range(0x80, 0x20000)
        if unicodedata.category(chr(code))[0] in categories and chr(code) not in but
    ]
    # Consecutive characters have the same distance from their index in the list.
    runs = (list(run) for _, run in groupby(enumerate(codes), lambda each: each[1] - each[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


# Dots in the middle of words (Catalan, Japanese, Tibetan), and symbols made of letters, count as
# letters: they are used for look-alike hosts, and cutting the name there would give another host.
_LETTERS = "\u00b7\u30fb\u0f0b\u0f0c" + "".join(map(chr, range(0x2100, 0x2150)))
# Characters that end an address in a text: spaces, quotation marks, angle brackets, and
# punctuation, symbols and circled numbers that are not ASCII. Phones append direction marks.
END = '\\s<>"`\u00aa\u00ad\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u061c\u200b\u200e\u200f'
END += "\u202a-\u202e\u2060-\u206f\u2460-\u2793" + _characters("PS", but=_LETTERS)
# Scripts without spaces, or that join endings to words: such a letter after an ASCII one begins the
# next word of the text ("…/docs了解更多"). In copied addresses, browsers escape them.
UNSPACED = "\u0e00-\u11ff\u1780-\u17ff\u3041-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u9fff"
UNSPACED += "\u1c90-\u1cbf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# Letters that are not Latin. Most scripts have spaces between words, and file names in them contain
# digits; only after the links of known sites, which are ASCII, do they begin a word.
NOT_LATIN = "\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2c5f\u2c80-\ua71f\ua800-\uab2f\uab70-\ufaff"
NOT_LATIN += "\ufb07-\ufdff\ufe70-\ufefc\uff66-\uffdc\U00010000-\U0003ffff"
MARKS = "".join(c for c in map(chr, range(0x300, 0xE00)) if unicodedata.category(c)[0] == "M")

# These have no case. With IGNORECASE Python would check each character when it compiles a pattern,
# which took two thirds of the import time.
_LETTER = rf"(?-i:[^\W_{UNSPACED}]|[{MARKS}])"
_LABEL = rf"{_LETTER}(?:(?:{_LETTER}|-){{0,61}}{_LETTER})?"
_TOP = rf"(?:xn--[a-z0-9-]{{2,59}}|(?-i:[^\W\d_{UNSPACED}]|[{MARKS}]){{2,63}})"
HOST = rf"(?:(?:{_LABEL}\.)+{_TOP}|localhost|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})"
# In a host only letters of scripts without spaces end it; otherwise half a name would match.
AUTHORITY = (
    rf"(?:\[[0-9a-f:.]*\])?"
    rf"(?-i:[^{END}{UNSPACED}/?#]|(?<![A-Za-z0-9])(?![{END}])[{UNSPACED}]){{0,255}}"
)
