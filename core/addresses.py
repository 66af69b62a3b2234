"""Which characters the address of a site and of a page may have, for patterns. Pure."""

import unicodedata
from itertools import groupby


def _characters(categories: str, *, but: str) -> str:
    """Return those of Unicode's categories that are not ASCII, for brackets in a pattern."""
    codes = [
        code
        for code in range(0x80, 0x20000)
        if unicodedata.category(chr(code))[0] in categories and chr(code) not in but
    ]
    # Those that follow one another have the same distance from their place in the list.
    runs = (list(run) for _, run in groupby(enumerate(codes), lambda each: each[1] - each[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


# Dots in the middle of words (Catalan, Japanese, Tibetan) are letters here, and symbols that are
# made of letters: a host with one is somebody's trick, and half of it would be another's.
_LETTERS = "\u00b7\u30fb\u0f0b\u0f0c" + "".join(map(chr, range(0x2100, 0x2150)))
# Where the address in a text may go on: not beyond a space, a quotation mark, a bracket of
# HTML, nor punctuation, symbols and numbers in circles that are not ASCII, which are the text's.
# Phones put marks of direction behind it.
END = '\\s<>"`\u00aa\u00ad\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u061c\u200b\u200e\u200f'
END += "\u202a-\u202e\u2060-\u206f\u2460-\u2793" + _characters("PS", but=_LETTERS)
# Scripts written without spaces, or that join endings to words: such a letter after an ASCII
# one begins the next word of the text ("…/docs了解更多"). Browsers copy it escaped.
UNSPACED = "\u0e00-\u11ff\u1780-\u17ff\u3041-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u9fff"
UNSPACED += "\u1c90-\u1cbf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# Letters that are not Latin. Other scripts have spaces between words, and files' names in them
# have digits; only behind those of known sites, which are ASCII, do they begin a word.
NOT_LATIN = "\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2c5f\u2c80-\ua71f\ua800-\uab2f\uab70-\ufaff"
NOT_LATIN += "\ufb07-\ufdff\ufe70-\ufefc\uff66-\uffdc\U00010000-\U0003ffff"
MARKS = "".join(c for c in map(chr, range(0x300, 0xE00)) if unicodedata.category(c)[0] == "M")

# Case does not matter to these, and Python would look at each of their characters for it when it
# compiles a pattern: two thirds of what importing all of them took.
_LETTER = rf"(?-i:[^\W_{UNSPACED}]|[{MARKS}])"
_LABEL = rf"{_LETTER}(?:(?:{_LETTER}|-){{0,61}}{_LETTER})?"
_TOP = rf"(?:xn--[a-z0-9-]{{2,59}}|(?-i:[^\W\d_{UNSPACED}]|[{MARKS}]){{2,63}})"
HOST = rf"(?:(?:{_LABEL}\.)+{_TOP}|localhost|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})"
# In a host only letters of scripts without spaces are the text's: else half a name would do.
AUTHORITY = (
    rf"(?:\[[0-9a-f:.]*\])?"
    rf"(?-i:[^{END}{UNSPACED}/?#]|(?<![A-Za-z0-9])(?![{END}])[{UNSPACED}]){{0,255}}"
)
