"""Finding the one link in a pasted text, and parsing it safely. Pure.

Links come in sentences, in brackets, in Markdown and in embed codes, next to other links, and
without https://. Every field for a link uses this. Every rule takes time linear in the length of
the text. The pages find the same links in web/src/pages/room/links.ts and queue/linksIn.ts;
tests/vectors/pasted.json has examples.
"""

import re
from bisect import bisect_left
from urllib.parse import SplitResult, urlsplit

from core.addresses import AUTHORITY, END, HOST, MARKS, NOT_LATIN, UNSPACED
from core.errors import Invalid
from core.link_cleanup import cleaned, without_entities
from core.link_ends import (
    EXTENSION,
    MAX_URL_CHARACTERS,
    OF_SITE,
    TAIL,
    WHOLE_FILE,
    bare_link,
    end_of,
    film_of,
    link_at,
)
from core.schemes import is_file_name, is_on_device, named, with_web_links

# Long enough for an embed code, or a link in a longer message.
MAX_PASTED_CHARACTERS = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}

# Without a scheme, only what cannot be anything else: "and.so on" is not a link.
_NOT_IN_WORD = rf"(?-i:(?<=[{UNSPACED}])|(?<![\w{MARKS}@/.=&?#%\\-]))"
_BEGINNING = re.compile(
    rf"https?://(?!https?:){AUTHORITY}|{_NOT_IN_WORD}(?:{HOST}(?::[0-9]+)?(?=/)|www\.{HOST})",
    re.IGNORECASE,
)
_REST, _REST_OF_SITE = (
    re.compile(rf"(?:[^{END}{letters}]|(?<![A-Za-z0-9])(?![{END}])[{letters}])*")
    for letters in (UNSPACED, NOT_LATIN)
)
# If it is the whole text, an address may be in any script.
_ALONE = re.compile(
    rf"(?://)?(?:{HOST}|\[[0-9a-f:.]+\]|(?:(?-i:[-\w{MARKS}])+\.)+(?-i:[^\W\d_]|[{MARKS}]){{2,63}})(?::[0-9]+)?(?:[/?#].*)?",
    re.IGNORECASE,
)

# So may the address of a file with spaces and quotation marks in its name.
_FILE_ALONE = re.compile(
    r"https?://[^\s/]++/(?:[^\t\n<>\"]*(?<=\s))?+"
    # The first possible extension in the last word, without backtracking.
    rf"(?>[^\s<>\"]*?[^\s./]{EXTENSION}(?![^?#]))\S*+",
    re.IGNORECASE,
)
# Such an address followed by what people write after one: a dash or a bracket and words, or the
# next cell of a table. The last possible end counts.
_DESCRIBED = re.compile(
    rf"(https?://[^\n]*{EXTENSION})(?=[ \u00a0]+[-\u2013\u2014|(\[]|\t|[,;|](?=\S))", re.IGNORECASE
)
# Or in quotation marks or Markdown brackets.
_QUOTED = re.compile(
    r"(?<=\")https?://[^\"\n]*(?=\")|(?<=')https?://[^'\n]*(?=')|(?<=<)https?://[^<>|\n]*(?=>)"
    r"|(?<=[\u201c\u201d\u201e])https?://[^\u201c\u201d\n]*(?=[\u201c\u201d])"
    r"|(?<=\u00ab)https?://[^\u00bb\n]*(?=\u00bb)",
    re.IGNORECASE,
)
# The whole text, a line of it, or one of several parts of a line.
_PIECE_END = re.compile(r"(\n|\s(?=https?://))", re.IGNORECASE)
_OF_LIST = re.compile(r"[-*+\u2022\u2013\u2014]|[0-9]{1,3}[.):]|")

# A scheme that lost characters while it was copied, or that a program made harmless.
_BROKEN = re.compile(
    rf"(?<![^\s(<\"'])h{{0,2}}[tx]{{1,3}}p(s?)s?(?:[:;]{{1,2}}/{{1,3}}|/{{2,3}})(?={HOST}|\[)",
    re.IGNORECASE,
)

# The links in these lead to no film. Inside a web link, which is kept, they are part of it.
_TORRENT = re.compile(
    r"((?:https?://|www\.)[^\s<>\"'|,;()\[\]{}]+)|(?<!(?a:\w))magnet:\?\S+", re.IGNORECASE
)
# None of these reads further than the next tag.
_TAG = re.compile(r"<(iframe|embed|video|source)\b([^<>]*)", re.IGNORECASE)
_ANCHOR = re.compile(r"<(a)\b([^<>]*)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"""\s(?:src|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)

_START = re.compile("[?&#](?:t|start|time_continue)=")


class SeveralLinks(Invalid):
    """The text has several ``links``."""

    def __init__(self, links: list[str]) -> None:
        super().__init__(
            f"There are {len(links)} links in this. Paste one.",
            fields={"url": f"holds {len(links)} links; paste one"},
        )
        self.links = links


def find_link(text: str) -> str:
    """Return the one link in ``text``, which ``urlsplit`` accepts; raise SeveralLinks for more.

    Raises Invalid, naming ``url``, if there is none.
    """
    if len(text) > MAX_PASTED_CHARACTERS:
        raise _not_a_link(f"must be at most {MAX_PASTED_CHARACTERS} characters")
    if is_on_device(text):
        raise _on_device()
    seen = cleaned(with_web_links(text))
    seen = _BROKEN.sub(lambda found: _whole_scheme(*found.group(0, 1)), seen)
    links = _every_link(_TORRENT.sub(r"\1", seen))
    if not links and (other := named(seen)):
        name, advice = other
        raise Invalid(
            f"This is a link to {name}, which cannot be played here. {advice}",
            fields={"url": f"leads to {name}"},
        )
    if not links and is_file_name(seen):
        raise _on_device()
    if not links and _ALONE.fullmatch(seen):
        links = _links(_with_scheme(seen))
    found = _different(links)
    if len(found) > 1:
        raise SeveralLinks(found)
    if not found and re.search(r"\s", seen):
        raise _not_a_link("holds no link")
    link = found[0] if found else seen
    if len(link) > MAX_URL_CHARACTERS:
        raise _not_a_link(f"must be at most {MAX_URL_CHARACTERS} characters")
    if f"blob:{link}" in seen:
        raise Invalid(
            "This address is known only to the browser it was copied from. Paste the address of "
            "the page.",
            fields={"url": "is known only to one browser"},
        )
    try:
        urlsplit(link)
    except ValueError:  # brackets, or a host with a character that normalises to a slash
        raise _not_a_link("is not a link") from None
    return link


def read_link(text: str) -> SplitResult:
    """Split the one link in ``text``; raise Invalid, naming ``url``, unless it is valid."""
    link = find_link(text)
    # urlsplit drops some characters, and browsers read a backslash as a slash: a link with one
    # of them is not what it looks like.
    if any(character <= " " or character in "\\\x7f" for character in link):
        raise _not_a_link("must not contain backslashes or control characters")
    url = urlsplit(link)
    try:
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


def _every_link(text: str) -> list[str]:
    """Return every link of ``text``; spaces in file names are kept if the address stands alone.

    After other words an address is part of a sentence, and the rest of it may follow.
    """
    links: list[str] = []
    others = before = ""
    pieces = _PIECE_END.split(_QUOTED.sub(_without_spaces, text))
    for piece, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        file = piece.strip()
        cut = _cut_file(file) if _OF_LIST.fullmatch(before.strip()) else None
        if cut:
            links += [*_links(others), cut.replace(" ", "%20")]
            others = file[len(cut) :] + end
        else:
            others += piece + end
        is_link = re.match("https?://", file, re.IGNORECASE)
        before = "" if end == "\n" or is_link else before + piece
    return links + _links(others)


def _without_spaces(found: re.Match[str]) -> str:
    return found[0].replace(" ", "%20") if _is_cut(found[0]) else found[0]


def _cut_file(text: str) -> str | None:
    """Return the file address that ``text`` begins with, if the link found is only part of it."""
    if _is_cut(text):
        return text
    described = _DESCRIBED.match(text)
    return described[1] if described and _is_cut(described[1]) else None


def _links(text: str) -> list[str]:
    """Return every link of ``text`` as written; of an embed code only the embedded one."""
    plain = without_entities(text)
    for markup in dict.fromkeys((text, plain)):
        for tag in (_TAG, _ANCHOR):
            if links := _in_tags(tag, markup):
                return links
    found = _in_text(plain)
    whole = sorted(bare_link(link) for link in found if "://" in link)
    hosts = {host for host, page, _ in (bare.partition("/") for bare in whole) if page}
    return [link for link in found if not whole or "://" in link or _is_one(link, whole, hosts)]


def _is_cut(text: str) -> bool:
    """Tell whether ``text`` is the address of a file, and the link found is only part of it."""
    if not _FILE_ALONE.fullmatch(text) or OF_SITE.match(text) or text.count("://") > 1:
        return False
    link = "".join(_links(text))
    # A file name ends before a question mark.
    is_whole = "?" in link or WHOLE_FILE.search(link)
    return text.startswith(link) and not is_whole


def _is_one(link: str, whole: list[str], hosts: set[str]) -> bool:
    """Tell whether ``link``, which has no scheme, is a link of its own beside ``whole`` links.

    ``whole`` is sorted; ``hosts`` are its hosts. A name with a slash ("Dr.Who/BBC") is not a link,
    and the front page of a site is no film. What a program shortened ("youtu.be/dQw…") is the
    beginning of a whole link.
    """
    bare = bare_link(link)
    host, _, page = bare.partition("/")
    if not page:
        return False
    if OF_SITE.match(link):
        # If any link begins with it, it is the first one that sorts after it.
        at = bisect_left(whole, bare)
        return at == len(whole) or not whole[at].startswith(bare)
    return link.lower().startswith("www.") or host in hosts


def _in_tags(tag: re.Pattern[str], markup: str) -> list[str]:
    """Return the addresses in such tags; for a film in several formats only the first."""
    links: list[str] = []
    is_named = False
    for name, attributes in tag.findall(markup):
        is_film = name.lower() in ("video", "source")
        is_named = is_named and name.lower() == "source"
        value = "".join("".join(each) for each in _ADDRESS.findall(attributes)[:1])
        link = without_entities(value).strip().replace(" ", "%20")
        if not re.match("(?:https?:)?//", link, re.IGNORECASE) and not _ALONE.fullmatch(link):
            continue
        if not is_named:
            links.append(link)
        is_named = is_film
    return links


def _in_text(text: str) -> list[str]:
    found, at = [], 0
    ends = {_REST: (0, 0), _REST_OF_SITE: (0, 0)}
    while beginning := _BEGINNING.search(text, at):
        start, host_end = beginning.span()
        rest = _REST_OF_SITE if OF_SITE.match(text, start) else _REST
        if host_end > ends[rest][0]:
            end = end_of(rest, text, host_end)
            ends[rest] = end, len(text[:end].rstrip(TAIL))
        link = link_at(text, start, *ends[rest])
        found.append(link)
        # Not where it stopped: the part that was cut off may contain the next link.
        at = start + max(len(link), 1)
        if text[start - 1 : start] == "<" and text.startswith("|", at):
            at = max(at, text.find(">", at))
    return found


def _different(links: list[str]) -> list[str]:
    """Return ``links`` with schemes; of several to one target, the one with the most detail."""
    found: dict[object, str] = {}
    for link in map(_with_scheme, links):
        path, _, query = re.sub("#a?t=.*", "", link.partition("://")[2]).partition("?")
        host, _, page = path.partition("/")
        film = film_of(link)
        same = film.groups() if film else (bare_link(host), page.rstrip("/"), query)
        found[same] = max(found.get(same, ""), link, key=_detail)
    return list(found.values())


def _detail(link: str) -> tuple[bool, int]:
    """Return how much detail a link has; a start time counts most."""
    return _START.search(link) is not None, len(link)


def _whole_scheme(text: str, secure: str) -> str:
    """Return ``text``, the beginning of a link, with a repaired scheme."""
    is_whole = re.fullmatch("https?://", text, re.IGNORECASE)
    return text if is_whole else f"http{secure.lower()}://"


def _with_scheme(link: str) -> str:
    """Return ``link`` with https:// if it has no scheme."""
    if link.startswith("//"):
        return f"https:{link}"
    has_scheme = re.match(r"[a-z][a-z0-9+.-]*://", link, re.IGNORECASE | re.ASCII)
    return link if has_scheme else f"https://{link}"


def _on_device() -> Invalid:
    return Invalid(
        "This is a file on your device. Upload it.", fields={"url": "is a file on your device"}
    )


def _not_a_link(why: str) -> Invalid:
    return Invalid("This is not a link that can be opened.", fields={"url": why})
