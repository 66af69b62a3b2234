"""Undoes what other programs did to a link before it was pasted. Pure.

Phones add invisible characters, shells and JSON add backslashes, forums brackets, HTML entities.
Every rule reads the text once. web/src/pages/room/queue/pasted.ts does the same.
"""

import re
import unicodedata
from urllib.parse import unquote

from core.text import is_unseen

# Full-width characters typed with an input method (those of U+FF01 to U+FF5E that appear in links
# and do not end a sentence). A full-width letter after "https://" is suspicious.
_FULL_WIDTH = re.compile(
    "(?!https?://)(?:https?|\uff48\uff54\uff54\uff50\uff53?)[:\uff1a][/\uff0f]{2}"
    "[!-~\uff03\uff05\uff06\uff0d-\uff19\uff1d-\uff1f\uff21-\uff3a\uff3f\uff41-\uff5a]*",
    re.IGNORECASE,
)
# Browsers treat these as dots in a host name (UTS #46 section 2.3); sentences end with them too.
_OTHER_POINTS = re.compile(
    "https?://(?:[^\\s/:?#@<>\"'.\u3002\uff0e\uff61]+[.\u3002\uff0e\uff61])+"
    "[^\\s/:?#@<>\"'.\u3002\uff0e\uff61]+(?=[/:])",
    re.IGNORECASE,
)
_POINTS = str.maketrans("\u3002\uff0e\uff61", "...")
# Mails in quoted-printable (RFC 2045 section 6.7): "=3D", and "=" at the end of a broken line.
_SOFT_BREAK = re.compile("=\r?\n")
# Old table and line separators, which are white space in Python but not in JavaScript.
_SEPARATORS = re.compile("[\x1c-\x1f\x85]")
# Characters that shells, JSON and Markdown escape with a backslash. Before others it is no escape.
_ESCAPED = "/?=&#:%_~*+-"
_AFTER_BACKSLASH = re.compile(
    rf"(?<!\\)\\+(?:u00([2-7][0-9a-f])|([\"'{_ESCAPED}])|[nrt])", re.IGNORECASE
)
# Links made harmless on purpose: "youtu[.]be", "hxxps[:]//".
_DEFUSED = re.compile(r"(?<=\w)(?:\[(?:\.|dot)\]|\((?:\.|dot)\)|\{\.\})(?=\w)", re.IGNORECASE)
_DEFUSED_SCHEME = re.compile(r"(?<=[ps])\[(:|://)\]")
# Keyboards of phones put a space behind a colon and a slash.
_PARTED_SCHEME = re.compile(
    r"\b(https?) ?: ?// ?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+/)", re.IGNORECASE | re.ASCII
)
# A scheme before another one, pasted into a field that had one already.
_FIRST_SCHEME = re.compile(r"\bhttps?:/{1,2}(?:www\.)?(?=https?(?::|//))", re.IGNORECASE | re.ASCII)
_PERCENT = re.compile(
    r"(?<![\w=&?/%#.:+-])https?%(?:25)*3a(?:%(?:25)*2f|/){2}[^\s<>\"]*", re.IGNORECASE
)
# Addresses in XML that only name its kind.
_KIND_OF_XML = re.compile(
    "<(?:!doctype|\\?xml)[^<>]*>|\\sxmlns(?::\\w+)?=(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE
)
# Broken lines, or dictated words.
_BROKEN_LINE = re.compile(
    r"(?:(?<=[?&]v=)|(?<=youtu\.be/))\s[\s>]*(?=[\w-]{11}(?![\w-]))"
    r"|(?<=/watch\?)\s+(?=v=)|(?<=https:)\s+(?=//)|(?<=youtube\.com/)\s[\s>]*(?=watch\?)",
    re.ASCII,
)

_AMPERSAND = re.compile("&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_ENTITY = re.compile("&(?:(lt|gt|quot|apos|nbsp)|#([0-9]{2,3})|#x([2-7][0-9a-f]));", re.IGNORECASE)
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}


def cleaned(text: str) -> str:
    """Return ``text`` as it was before programs changed the links in it."""
    text = _SEPARATORS.sub(" ", "".join(c for c in text if not is_unseen(c))).strip()
    if "=3D" in text and _SOFT_BREAK.search(text):
        text = _SOFT_BREAK.sub("", text).replace("=3D", "=")
    text = _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _PARTED_SCHEME.sub(r"\1://", text)
    text = _OTHER_POINTS.sub(lambda found: found[0].translate(_POINTS), text)
    text = _AFTER_BACKSLASH.sub(_without_backslash, text)
    text = _DEFUSED_SCHEME.sub(r"\1", _DEFUSED.sub(".", text))
    text = _FIRST_SCHEME.sub("", text)
    text = _KIND_OF_XML.sub(" ", _PERCENT.sub(_decoded, text))
    return _BROKEN_LINE.sub("", text)


def without_entities(text: str) -> str:
    """Return ``text`` without HTML escapes, even if it was escaped several times."""
    return _ENTITY.sub(_entity, _AMPERSAND.sub("&", text))


def _without_backslash(found: re.Match[str]) -> str:
    code, character = found.groups()
    if code is None:
        return character or " "
    return chr(int(code, 16)) if chr(int(code, 16)) in _ESCAPED else found[0]


def _decoded(found: re.Match[str]) -> str:
    text = found[0]
    for _ in range(3):
        if re.match("https?://", text, re.IGNORECASE):
            break
        text = unquote(text)
    return text


def _entity(found: re.Match[str]) -> str:
    name, decimal, hexadecimal = found.groups()
    if name:
        return _NAMED[name.lower()]
    code = int(decimal or hexadecimal, 10 if decimal else 16)
    return chr(code) if " " <= chr(code) <= "~" else found[0]
