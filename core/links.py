"""The one link in what somebody pasted, and reading it with care. Pure.

Links come in sentences, in brackets, in Markdown and in embed codes, with invisible
characters around them and without https:// before them. Every field in which a link is
pasted reads it here; tests/vectors/pasted.json has examples, which the pages share.
"""

import html
import re
from urllib.parse import SplitResult, unquote, urlsplit

from core.errors import Invalid
from core.text import is_unseen

MAX_URL_CHARACTERS = 2048
# An embed code, or a link in a message of some length.
MAX_PASTED_CHARACTERS = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}

# Where the address in a text may go on: not beyond a space, a quotation mark, a bracket of
# HTML, nor punctuation and symbols that are not ASCII, which are the text's. Two dots in the
# middle of words (Catalan, Japanese) are letters here.
_END = '\\s<>"`\u00a1-\u00b6\u00b8-\u00bf\u00d7\u00f7\u2010-\u206f\u2190-\u2bff\u3000-\u3004'
_END += "\u3008-\u3020\u3030\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
_END += "\uff5b-\uff65\U0001f000-\U0001faff\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u06d4"
_END += "\u0964\u0965\u0970\u0df4"
_END += "\u0559-\u055f\u0589\u05c6\u066a-\u066d\u0700-\u070d\u07f7-\u07f9\u1360-\u1368"
_END += "\u1800-\u180a\u1c7e\u1c7f\ua9c1-\ua9cd\uabeb"
# Scripts written without spaces, or that join endings to words: such a letter after an ASCII
# one begins the next word of the text ("…/docs了解更多"). Browsers copy it escaped.
_UNSPACED = "\u0e00-\u11ff\u1780-\u17ff\u3041-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u9fff"
_UNSPACED += "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_REST = f"(?:(?<![A-Za-z0-9])[{_UNSPACED}]|[^{_END}{_UNSPACED}])*"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?:(?:{_LABEL}\.)+[a-z]{{2,}}|localhost|(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})"
_WITH_SCHEME = rf"https?://(?:\[[0-9a-f:.]*\])?{_REST}"
# Without a scheme only what can be nothing else: "and.so on" is no link.
_NOT_AFTER = r"(?<![a-z0-9@/._=&?#%\\-])"
_WITHOUT_SCHEME = rf"{_NOT_AFTER}(?:{_HOST}(?::[0-9]+)?/{_REST}|www\.{_HOST}{_REST})"
_LINK = re.compile(f"{_WITH_SCHEME}|{_WITHOUT_SCHEME}", re.IGNORECASE)
_ALONE = re.compile(rf"(?://)?{_HOST}(?::[0-9]+)?(?:[/?#].*)?", re.IGNORECASE)

# A beginning that lost something while it was copied, or that a program made harmless.
_BROKEN = re.compile(
    rf"(?<![^\s(<\"'])h?(?:tt|xx)p(s?)(?::/{{1,3}}|//)(?={_HOST}|\[)", re.IGNORECASE
)
_ESCAPED = re.compile(r"https?%3A%2F%2F", re.IGNORECASE)

_VALUE = r"""\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
# Each looks no further than the next tag: else a text of nothing but their beginnings, which
# anybody can paste, takes half a second.
_FRAME = re.compile(rf"<(?:iframe|embed|video|source)\b[^<>]*?\ssrc{_VALUE}", re.IGNORECASE)
_ANCHOR = re.compile(rf"<a\b[^<>]*?\shref{_VALUE}", re.IGNORECASE)

# What ends a sentence, opens a bracket or marks a word in Markdown, rather than an address.
_TAIL = ".,;:!?'*|~([{"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def find_link(text: str) -> str:
    """Return the one link in ``text``; raise Invalid naming ``url`` for none, or several."""
    if len(text) > MAX_PASTED_CHARACTERS:
        raise _not_a_link(f"must be at most {MAX_PASTED_CHARACTERS} characters")
    seen = "".join(c for c in text if not is_unseen(c)).strip()
    seen = _BROKEN.sub(lambda found: _whole_scheme(*found.group(0, 1)), seen)
    if _ESCAPED.match(seen):
        seen = unquote(seen)
    found = list(dict.fromkeys(_with_scheme(link) for link in _links(seen)))
    if len(found) > 1:
        raise Invalid(
            f"There are {len(found)} links in this. Paste one.",
            fields={"url": f"holds {len(found)} links; paste one"},
        )
    if not found and re.search(r"\s", seen):
        raise _not_a_link("holds no link")
    link = found[0] if found else _with_scheme(seen) if _ALONE.fullmatch(seen) else seen
    if len(link) > MAX_URL_CHARACTERS:
        raise _not_a_link(f"must be at most {MAX_URL_CHARACTERS} characters")
    return link


def read_link(text: str) -> SplitResult:
    """Split the one link in ``text``; raise Invalid naming ``url`` unless it is a good one."""
    link = find_link(text)
    # urlsplit drops some characters, and browsers read a backslash as a slash: a link with
    # any of them is not what it looks like.
    if any(character <= " " or character in "\\\x7f" for character in link):
        raise _not_a_link("must not contain backslashes or control characters")
    try:
        url = urlsplit(link)
        named = url.hostname is not None and url.port != 0
    except ValueError:
        raise _not_a_link("is not a link") from None
    if url.scheme not in DEFAULT_PORTS:
        raise _not_a_link("must begin with http:// or https://")
    if not named:
        raise _not_a_link("names no site")
    if "@" in url.netloc:
        raise _not_a_link("must not contain a user name")
    return url


def _links(text: str) -> list[str]:
    """Return every link of ``text`` as it stands there, an embed code's own alone."""
    for tag in (_FRAME, _ANCHOR):
        named = ("".join(value or "" for value in found.groups()) for found in tag.finditer(text))
        if links := [html.unescape(value).strip() for value in named if value.strip()]:
            return links
    # A text that was copied out of HTML; no address has this in it.
    text = text.replace("&amp;", "&")
    found, start = [], 0
    while match := _LINK.search(text, start):
        link = _without_tail(match[0], text[max(0, match.start() - 1) : match.start()])
        found.append(link)
        # Not the end of the match: what was cut off may have the next one in it.
        start = match.start() + max(len(link), 1)
    return found


def _without_tail(link: str, before: str) -> str:
    """Return ``link`` without what belongs to the text around it."""
    link = _to_unopened_bracket(link)
    return link.rstrip(f"{_TAIL}_" if before == "_" else _TAIL)


def _to_unopened_bracket(link: str) -> str:
    """Return ``link`` up to a bracket that was opened before it, or the end tag of BBCode."""
    opened: list[str] = []
    for place, character in enumerate(link):
        if link.startswith("[/", place):
            return link[:place]
        if character in _PAIRS.values():
            opened.append(character)
        elif character in _PAIRS and (not opened or opened.pop() != _PAIRS[character]):
            return link[:place]
    return link


def _whole_scheme(text: str, secure: str) -> str:
    """Return ``text``, the beginning of a link, as it should be."""
    is_whole = re.fullmatch("https?://", text, re.IGNORECASE)
    return text if is_whole else f"http{secure.lower()}://"


def _with_scheme(link: str) -> str:
    """Return ``link`` with https:// where it has no scheme."""
    if link.startswith("//"):
        return f"https:{link}"
    return link if re.match(r"[a-z][a-z0-9+.-]*://", link, re.IGNORECASE) else f"https://{link}"


def _not_a_link(why: str) -> Invalid:
    return Invalid("This is not a link that can be opened.", fields={"url": why})
