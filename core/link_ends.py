"""Where a link ends that begins somewhere in a text, and what two links have in common. Pure.

Each rule takes time that grows with the text, and no more.
"""

import re

from core.endings import LINK_ENDINGS, MADE_ENDINGS

MAX_URL_CHARACTERS = 2048
# Of ASCII's letters alone: else the i without a dot, which is of other names, would be one.
OF_SITE = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)*"
    r"(?:youtu\.be|(?:youtube(?:-nocookie)?|ytimg|vimeo)\.com)(?!(?u:\w)|[.-])",
    re.IGNORECASE | re.ASCII,
)
# What a table or a note puts right behind a link: these are no part of it there.
_CELL = r",|()\[\]{}"
# The link of one film at these sites, with its number or its id.
_FILM = re.compile(
    rf"(?:https?://)?(?!https?:)"
    rf"(?:[^/]*vimeo\.com/(?:[^{_CELL}]*(?:/|[?&](?:video|clip_id)=))?([0-9]+)"
    rf"|[^/]*(?<!vimeo\.com)/(?:[^{_CELL}]*(?:/|[?&]vi?=))?([\w-]{{11}}))(?![\w-])"
    # More parameters are its own still: "&ab_channel=A,B&t=42".
    rf"(?:[^;{_CELL}]|;(?=[a-z_]+=)|[{_CELL}](?=[^?/|]{{0,99}}&[a-z_]+=))*",
    re.IGNORECASE | re.ASCII,
)
ENDING = rf"\.(?a:{'|'.join(sorted(LINK_ENDINGS | MADE_ENDINGS))})"
# A file's name before such: behind a semicolon may stand parameters.
# "TS" is a word of names too, and a bracket may be in one: "Film.TS(2009).mkv,Film,3:32",
# "Film.TS,2009.mkv,Film,3:32".
_FILE = re.compile(
    rf"{ENDING}(?!(?<=\.ts)[,;][^\s,;|]{{0,99}}{ENDING}(?:[,;|]|$))(?=,|;(?![\w-]+=)"
    rf"|[(\[{{](?![^\s,;|)\]}}]{{0,99}}[)\]}}][^\s,;|]{{0,99}}{ENDING}(?a:(?![\w.]))))",
    re.IGNORECASE,
)
# A file's name up to its end: "Film.TS(2009).mkv" has an ending within it too.
WHOLE_FILE = re.compile(rf"{ENDING}(?:#.*|;[\w-]+=.*)?$", re.IGNORECASE)
# The next link may begin here, unless it is a part of this one, as in "?url=https://…".
_NEXT = r"(?<![=/:+?#&!@%])(?<!__)https?://"
# Or the text goes on, behind a bracket that was opened before the link, or an end tag of BBCode.
_BREAK = re.compile(rf"{_NEXT}|\[/|[](){{}}[]", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
# What ends a sentence, opens a bracket or marks a word in Markdown, rather than an address.
TAIL = ".,;:!?'*|~([{\\\u00b7\u30fb"
_PAIRS = {")": "(", "]": "[", "}": "{"}
# Spaces, ends of lines, quotation marks and invisible characters that were escaped with it.
_RUBBISH = re.compile(
    r"%(?:[01][0-9a-f]|20|22|3c|3e|60|c2%a0|c2%ad|e2%80%8[b-f]|e2%80%9[cd]|ef%bb%bf)$",
    re.IGNORECASE,
)
# Of these, what also closes something in a name: "%22Film%22".
_PAIRED = re.compile("%(?:22|3c|3e|60|e2%80%9[c-f])", re.IGNORECASE)


def link_at(text: str, start: int, end: int, tail: int) -> str:
    """Return the link that begins at ``start``, where ``text`` may end it from ``tail`` on.

    Of one that is too long as much is looked at as tells so: many may begin before its end.
    """
    before = text[max(0, start - 3) : start]
    if end - start > MAX_URL_CHARACTERS:
        end = tail
    link = _before_bar(text[start : min(end, start + MAX_URL_CHARACTERS + 1)], before)
    film = film_of(link)
    link = _once(_first(film[0] if film else link))
    return text[start:end] if len(link) > MAX_URL_CHARACTERS else _without_tail(link, before)


def _before_bar(link: str, before: str) -> str:
    """Return ``link`` without the next cell of a table, or the words that Slack has for it."""
    bare, _, _ = link.partition("|")
    return bare if "?" not in bare or before.endswith(("<", "|")) else link


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _first(link: str) -> str:
    """Return ``link`` up to the next one, or to a bracket that is none of its own."""
    opened: list[str] = []
    for found in _BREAK.finditer(link, 1):
        at, mark = found.start(), found[0]
        if mark in _PAIRS.values():
            opened.append(mark)
        elif mark in _PAIRS:
            if not opened or opened.pop() != _PAIRS[mark]:
                return link[:at]
        elif mark == "[/" or _is_next(link, at):
            return link[:at]
    return link


def _is_next(link: str, at: int) -> bool:
    """Tell whether another link begins at ``at`` of ``link``, or the same again.

    Some servers are told in their own address which one to fetch ("/fetch,https://…").
    """
    if OF_SITE.match(link, 0, at) and OF_SITE.match(link, at):
        return True
    if "?" in link[:at]:
        return link.startswith(link[:at].rstrip(TAIL), at)
    return link[at - 1] not in ",;" or _host(link[:at]) == _host(link[at:])


def _once(link: str) -> str:
    """Return ``link`` without itself behind it: a slash may hide where it was pasted again."""
    again = re.search("/https?://", link[8:], re.IGNORECASE)
    first = link[: 8 + again.start()] if again else link
    return first if link[len(first) :].strip("/") in ("", first.rstrip("/")) else link


def _without_tail(link: str, before: str) -> str:
    """Return ``link`` without what belongs to the text around it."""
    link = link.rstrip(TAIL)
    # As many as there are before it: the others are the address's own.
    marks = len(before) - len(before.rstrip("_"))
    while marks and link.endswith("_"):
        link, marks = link[:-1].rstrip(TAIL), marks - 1
    # Signatures may have commas.
    return link if "?" in link else _up_to_ending(without_rubbish(link))


def _up_to_ending(link: str) -> str:
    """Return ``link`` without the next cells of a table, or the words, right behind a file."""
    # Names of streams may have the names of files in their folders.
    file = _FILE.search(link, link.rfind("/") + 1)
    return link if not file or WHOLE_FILE.search(link, file.end()) else link[: file.end()]


def film_of(link: str) -> re.Match[str] | None:
    """Return what of ``link`` is the link of one film, if it is of a site that is known."""
    return _FILM.match(link) if OF_SITE.match(link) else None


def without_rubbish(part: str) -> str:
    """Return a part of a link without what was escaped at its end and is none of it."""
    closed = ""
    while rubbish := _RUBBISH.search(part, max(0, len(part) - 9)):
        if _PAIRED.fullmatch(rubbish[0]):
            closed = part
        part = part[: rubbish.start()].rstrip(TAIL)
    return closed if closed and len(_PAIRED.findall(part)) % 2 else part


def bare_link(link: str) -> str:
    """Return ``link`` without its scheme and "www.", with its host in small letters."""
    host, mark, more = link[end_of(_SCHEME, link, 0) :].partition("/")
    return host.lower() + mark + more


def _host(link: str) -> str:
    return re.split("[/?#,;]", bare_link(link), maxsplit=1)[0]
