"""The one link in what somebody pasted, and reading it with care. Pure.

Links come in sentences, in brackets, in Markdown and in embed codes, beside other links and
without https:// before them. Every field in which a link is pasted reads it here. Each rule
takes time that grows with the text, and no more. The pages find the same links by
web/src/pages/room/links.ts and queue/linksIn.ts; tests/vectors/pasted.json has examples.
"""

import re
from bisect import bisect_left
from urllib.parse import SplitResult, urlsplit

from core.addresses import AUTHORITY, END, HOST, MARKS, NOT_LATIN, UNSPACED
from core.errors import Invalid
from core.link_ends import (
    ENDING,
    MAX_URL_CHARACTERS,
    OF_SITE,
    TAIL,
    WHOLE_FILE,
    bare_link,
    end_of,
    film_of,
    link_at,
)
from core.pasted import undone, without_entities
from core.schemes import is_file_name, is_on_device, named, with_web_links

# An embed code, or a link in a message of some length.
MAX_PASTED_CHARACTERS = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}

# Without a scheme only what can be nothing else: "and.so on" is no link.
_NOT_IN_WORD = rf"(?-i:(?<=[{UNSPACED}])|(?<![\w{MARKS}@/.=&?#%\\-]))"
_BEGINNING = re.compile(
    rf"https?://(?!https?:){AUTHORITY}|{_NOT_IN_WORD}(?:{HOST}(?::[0-9]+)?(?=/)|www\.{HOST})",
    re.IGNORECASE,
)
_REST, _REST_OF_SITE = (
    re.compile(rf"(?:[^{END}{letters}]|(?<![A-Za-z0-9])(?![{END}])[{letters}])*")
    for letters in (UNSPACED, NOT_LATIN)
)
# A whole text may be an address in any script.
_ALONE = re.compile(
    rf"(?://)?(?:{HOST}|\[[0-9a-f:.]+\]|(?:(?-i:[-\w{MARKS}])+\.)+(?-i:[^\W\d_]|[{MARKS}]){{2,63}})(?::[0-9]+)?(?:[/?#].*)?",
    re.IGNORECASE,
)

# So may the address of a file, with spaces and quotation marks in its name.
_FILE_ALONE = re.compile(
    r"https?://[^\s/]++/(?:[^\t\n<>\"]*(?<=\s))?+"
    # In the last word the first ending that may be it: what was read is not read again.
    rf"(?>[^\s<>\"]*?[^\s./]{ENDING}(?![^?#]))\S*+",
    re.IGNORECASE,
)
# Such an address with what people write behind one: a dash or a bracket and words, or the next
# cell of a table. Of several ends the last.
_DESCRIBED = re.compile(
    rf"(https?://[^\n]*{ENDING})(?=[ \u00a0]+[-\u2013\u2014|(\[]|\t|[,;|](?=\S))", re.IGNORECASE
)
# Or with quotation marks or the brackets of Markdown around it.
_QUOTED = re.compile(
    r"(?<=\")https?://[^\"\n]*(?=\")|(?<=')https?://[^'\n]*(?=')|(?<=<)https?://[^<>|\n]*(?=>)"
    r"|(?<=[\u201c\u201d\u201e])https?://[^\u201c\u201d\n]*(?=[\u201c\u201d])"
    r"|(?<=\u00ab)https?://[^\u00bb\n]*(?=\u00bb)",
    re.IGNORECASE,
)
# The whole text, a line of it, or what stands beside others on a line.
_PIECE_END = re.compile(r"(\n|\s(?=https?://))", re.IGNORECASE)
_OF_LIST = re.compile(r"[-*+\u2022\u2013\u2014]|[0-9]{1,3}[.):]|")

# A beginning that lost something while it was copied, or that a program made harmless.
_BROKEN = re.compile(
    rf"(?<![^\s(<\"'])h{{0,2}}[tx]{{1,3}}p(s?)s?(?:[:;]{{1,2}}/{{1,3}}|/{{2,3}})(?={HOST}|\[)",
    re.IGNORECASE,
)

# The links in it lead to no film. Within a web link, which is kept, it is a part of that.
_TORRENT = re.compile(
    r"((?:https?://|www\.)[^\s<>\"'|,;()\[\]{}]+)|(?<!(?a:\w))magnet:\?\S+", re.IGNORECASE
)
# Each looks no further than the next tag.
_TAG = re.compile(r"<(iframe|embed|video|source)\b([^<>]*)", re.IGNORECASE)
_ANCHOR = re.compile(r"<(a)\b([^<>]*)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"""\s(?:src|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)

_START = re.compile("[?&#](?:t|start|time_continue)=")


class SeveralLinks(Invalid):
    """A text in which ``links`` are."""

    def __init__(self, links: list[str]) -> None:
        super().__init__(
            f"There are {len(links)} links in this. Paste one.",
            fields={"url": f"holds {len(links)} links; paste one"},
        )
        self.links = links


def find_link(text: str) -> str:
    """Return the one link in ``text``, which urlsplit can split; or raise SeveralLinks.

    Raises Invalid naming ``url`` for none.
    """
    if len(text) > MAX_PASTED_CHARACTERS:
        raise _not_a_link(f"must be at most {MAX_PASTED_CHARACTERS} characters")
    if is_on_device(text):
        raise _on_device()
    seen = undone(with_web_links(text))
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
    except ValueError:  # of brackets, or a host with a sign that stands for a slash
        raise _not_a_link("is not a link") from None
    return link


def read_link(text: str) -> SplitResult:
    """Split the one link in ``text``; raise Invalid naming ``url`` unless it is a good one."""
    link = find_link(text)
    # urlsplit drops some characters, and browsers read a backslash as a slash: a link with
    # any of them is not what it looks like.
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
    """Return every link of ``text``, with the spaces in names of files that stand alone.

    Behind words an address is a part of a sentence, and may have the end of it behind it.
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
    """Return the address of a file that ``text`` begins with, if its link is only a part of it."""
    if _is_cut(text):
        return text
    described = _DESCRIBED.match(text)
    return described[1] if described and _is_cut(described[1]) else None


def _links(text: str) -> list[str]:
    """Return every link of ``text`` as it stands there, an embed code's own alone."""
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
    """Tell whether ``text`` is the address of a file, of which the link in it is only a part."""
    if not _FILE_ALONE.fullmatch(text) or OF_SITE.match(text) or text.count("://") > 1:
        return False
    link = "".join(_links(text))
    # A file's name ends before a question mark.
    is_whole = "?" in link or WHOLE_FILE.search(link)
    return text.startswith(link) and not is_whole


def _is_one(link: str, whole: list[str], hosts: set[str]) -> bool:
    """Tell whether ``link``, without a scheme, is one beside ``whole`` ones, sorted, at ``hosts``.

    A name with a slash ("Dr.Who/BBC") is only that, and a site's front page is no film. What a
    program shortened ("youtu.be/dQw…") is the beginning of a whole one.
    """
    bare = bare_link(link)
    host, _, page = bare.partition("/")
    if not page:
        return False
    if OF_SITE.match(link):
        # If any begins with it, the first that is not before it does.
        at = bisect_left(whole, bare)
        return at == len(whole) or not whole[at].startswith(bare)
    return link.lower().startswith("www.") or host in hosts


def _in_tags(tag: re.Pattern[str], markup: str) -> list[str]:
    """Return the addresses in such tags; of a film that is there in several forms the first."""
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
        # Not where it stopped: what was cut off may have the next one in it.
        at = start + max(len(link), 1)
        if text[start - 1 : start] == "<" and text.startswith("|", at):
            at = max(at, text.find(">", at))
    return found


def _different(links: list[str]) -> list[str]:
    """Return ``links`` with a scheme, of those to the same the one that says most."""
    found: dict[object, str] = {}
    for link in map(_with_scheme, links):
        path, _, query = re.sub("#a?t=.*", "", link.partition("://")[2]).partition("?")
        host, _, page = path.partition("/")
        film = film_of(link)
        same = film.groups() if film else (bare_link(host), page.rstrip("/"), query)
        found[same] = max(found.get(same, ""), link, key=_says)
    return list(found.values())


def _says(link: str) -> tuple[bool, int]:
    """Return how much a link says: best where to begin."""
    return _START.search(link) is not None, len(link)


def _whole_scheme(text: str, secure: str) -> str:
    """Return ``text``, the beginning of a link, as it should be."""
    is_whole = re.fullmatch("https?://", text, re.IGNORECASE)
    return text if is_whole else f"http{secure.lower()}://"


def _with_scheme(link: str) -> str:
    """Return ``link`` with https:// where it has no scheme."""
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
