"""Finding the end of a link in a text, and comparing links. Pure.

Every rule takes time linear in the length of the text.
"""

import re

from core.file_extensions import EXTENSIONS

MAX_URL_CHARACTERS = 2048
# ASCII letters only; otherwise IGNORECASE would also match the dotless i.
OF_SITE = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)*"
    r"(?:youtu\.be|(?:youtube(?:-nocookie)?|ytimg|vimeo)\.com)(?!(?u:\w)|[.-])",
    re.IGNORECASE | re.ASCII,
)
# Characters that tables or notes put right after a link, where they are not part of it.
_CELL = r",|()\[\]{}"
# A link to one film at these sites, with its number or id.
_FILM = re.compile(
    rf"(?:https?://)?(?!https?:)"
    rf"(?:[^/]*vimeo\.com/(?:[^{_CELL}]*(?:/|[?&](?:video|clip_id)=))?([0-9]+)"
    rf"|[^/]*(?<!vimeo\.com)/(?:[^{_CELL}]*(?:/|[?&]vi?=))?([\w-]{{11}}))(?![\w-])"
    # Further parameters still belong to it: "&ab_channel=A,B&t=42".
    rf"(?:[^;{_CELL}]|;(?=[a-z_]+=)|[{_CELL}](?=[^?/|]{{0,99}}&[a-z_]+=))*",
    re.IGNORECASE | re.ASCII,
)
EXTENSION = rf"\.(?a:{'|'.join(sorted(EXTENSIONS))})"
# A file name before such a character. Parameters may follow a semicolon. "TS" can also be a word
# of a name, and a name may have brackets: "Film.TS(2009).mkv,Film,3:32",
# "Film.TS,2009.mkv,Film,3:32".
_FILE = re.compile(
    rf"{EXTENSION}(?!(?<=\.ts)[,;][^\s,;|]{{0,99}}{EXTENSION}(?:[,;|]|$))(?=,|;(?![\w-]+=)"
    rf"|[(\[{{](?![^\s,;|)\]}}]{{0,99}}[)\]}}][^\s,;|]{{0,99}}{EXTENSION}(?a:(?![\w.]))))",
    re.IGNORECASE,
)
# A file name up to its end: "Film.TS(2009).mkv" also has an extension in the middle.
WHOLE_FILE = re.compile(rf"{EXTENSION}(?:#.*|;[\w-]+=.*)?$", re.IGNORECASE)
# The next link may begin here, unless it is part of this one, as in "?url=https://…".
_NEXT = r"(?<![=/:+?#&!@%])(?<!__)https?://"
# Or the text goes on after a bracket that was opened before the link, or a BBCode end tag.
_BREAK = re.compile(rf"{_NEXT}|\[/|[](){{}}[]", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
# Characters at the end that belong to the sentence, a bracket or Markdown, not to the address.
TAIL = ".,;:!?'*|~([{\\\u00b7\u30fb"
_PAIRS = {")": "(", "]": "[", "}": "{"}
# Escaped spaces, line ends, quotation marks and invisible characters that were copied with it.
_RUBBISH = re.compile(
    r"%(?:[01][0-9a-f]|20|22|3c|3e|60|c2%a0|c2%ad|e2%80%8[b-f]|e2%80%9[cd]|ef%bb%bf)$",
    re.IGNORECASE,
)
# Those that may also close something in a name: "%22Film%22".
_PAIRED = re.compile("%(?:22|3c|3e|60|e2%80%9[c-f])", re.IGNORECASE)


def link_at(text: str, start: int, end: int, tail: int) -> str:
    """Return the link that begins at ``start``; from ``tail`` on, ``text`` may end it.

    Of a link that is too long, only as much is read as shows that: many links may begin in it.
    """
    before = text[max(0, start - 3) : start]
    if end - start > MAX_URL_CHARACTERS:
        end = tail
    link = _before_bar(text[start : min(end, start + MAX_URL_CHARACTERS + 1)], before)
    film = film_of(link)
    link = _once(_first(film[0] if film else link))
    return text[start:end] if len(link) > MAX_URL_CHARACTERS else _without_tail(link, before)


def _before_bar(link: str, before: str) -> str:
    """Return ``link`` without the next cell of a table, or the label that Slack adds."""
    bare, _, _ = link.partition("|")
    return bare if "?" not in bare or before.endswith(("<", "|")) else link


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _first(link: str) -> str:
    """Return ``link`` up to the next link, or to a bracket that is not part of it."""
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
    """Tell whether another link, or the same again, begins at index ``at`` of ``link``.

    The addresses of some servers contain the address to fetch ("/fetch,https://…").
    """
    if OF_SITE.match(link, 0, at) and OF_SITE.match(link, at):
        return True
    if "?" in link[:at]:
        return link.startswith(link[:at].rstrip(TAIL), at)
    return link[at - 1] not in ",;" or _host(link[:at]) == _host(link[at:])


def _once(link: str) -> str:
    """Return ``link`` once if it was pasted twice; a slash may be in between."""
    again = re.search("/https?://", link[8:], re.IGNORECASE)
    first = link[: 8 + again.start()] if again else link
    return first if link[len(first) :].strip("/") in ("", first.rstrip("/")) else link


def _without_tail(link: str, before: str) -> str:
    """Return ``link`` without trailing characters that belong to the text around it."""
    link = link.rstrip(TAIL)
    # Only as many as were opened before the link; the others belong to the address.
    marks = len(before) - len(before.rstrip("_"))
    while marks and link.endswith("_"):
        link, marks = link[:-1].rstrip(TAIL), marks - 1
    # Signatures may have commas.
    return link if "?" in link else _up_to_ending(without_rubbish(link))


def _up_to_ending(link: str) -> str:
    """Return ``link`` without table cells or words right after a file name."""
    # Folders of streams may be named like files.
    file = _FILE.search(link, link.rfind("/") + 1)
    return link if not file or WHOLE_FILE.search(link, file.end()) else link[: file.end()]


def film_of(link: str) -> re.Match[str] | None:
    """Return the part of ``link`` that is a known site's link to one film, or ``link`` itself."""
    return _FILM.match(link) if OF_SITE.match(link) else None


def without_rubbish(part: str) -> str:
    """Return a part of a link without escaped characters at its end that do not belong to it."""
    closed = ""
    while rubbish := _RUBBISH.search(part, max(0, len(part) - 9)):
        if _PAIRED.fullmatch(rubbish[0]):
            closed = part
        part = part[: rubbish.start()].rstrip(TAIL)
    return closed if closed and len(_PAIRED.findall(part)) % 2 else part


def bare_link(link: str) -> str:
    """Return ``link`` without its scheme and "www.", with its host in lower case."""
    host, mark, more = link[end_of(_SCHEME, link, 0) :].partition("/")
    return host.lower() + mark + more


def _host(link: str) -> str:
    return re.split("[/?#,;]", bare_link(link), maxsplit=1)[0]
