"""Reading the parts of a link, independent of any provider. Pure."""

import base64
import contextlib
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from core.errors import Invalid
from core.link_ends import without_rubbish
from core.links import DEFAULT_PORTS, read_link
from core.text import is_unseen
from playback.sources.base import MAX_POSITION_S

Pages = list[tuple[re.Pattern[str], re.Pattern[str]]]

# Pages that only redirect to or share another link, by host and path, with the parameters that hold
# the target; "" is the whole query.
_LEADING_ON = [
    (re.compile(host), re.compile(path, re.IGNORECASE), names)
    for host, path, names in [
        (r"(?:\w+\.)?google\.[a-z.]{2,6}", r"/url|/imgres|/search", ("url", "q", "imgrefurl")),
        (r"(?:\w+\.)?(?:facebook|messenger)\.com", r"/l\.php|/sharer.*|/flx/warn", ("u",)),
        (r"l\.(?:instagram|threads)\.com", r"/", ("u",)),
        (r"out\.reddit\.com", r"/.*", ("url",)),
        (r"(?:\w+\.)?reddit\.com", r"/submit|/media", ("url",)),
        (r"(?:m\.|away\.)?vk\.(?:com|ru)", r"/away\.php", ("to",)),
        (r"vk\.(?:com|ru)", r"/share\.php", ("url",)),
        (r"(?:m\.)?youtube\.com", r"/redirect", ("q",)),
        (r"(?:m\.)?youtube\.com", r"/attribution_link", ("u",)),
        (r"(?:youtube|vimeo)\.com", r"(?:/api)?/oembed(?:\.json|\.xml)?", ("url",)),
        (r"consent\.(?:youtube|google)\.com", r"/ml?", ("continue",)),
        (r"accounts\.(?:youtube|google)\.com", r"/.*", ("continue",)),
        (r"translate\.google\.[a-z.]{2,6}", r"/translate", ("u",)),
        (r"duckduckgo\.com", r"/l", ("uddg",)),
        (r"duckduckgo\.com", r"/", ("iai",)),
        (r"deref-(?:gmx|web-02|web)\.(?:net|de)", r"/mail/client/.*", ("redirectUrl",)),
        (r"statics\.teams\.cdn\.office\.net", r"/.*", ("url",)),
        (r"t\.umblr\.com", r"/redirect", ("z",)),
        (r"tumblr\.com", r"/widgets/share/tool.*", ("canonicalUrl",)),
        (r"pinterest\.[a-z.]{2,6}", r"/pin/create/.*", ("url",)),
        (r"slack-redir\.net", r"/link", ("url",)),
        (r"steamcommunity\.com", r"/linkfilter", ("u", "url")),
        (r"t\.me|telegram\.me", r"/iv|/share(?:/url)?", ("url",)),
        (r"wa\.me|(?:api|web)\.whatsapp\.com", r"/[0-9]*|/send", ("text",)),
        (r"(?:mobile\.)?(?:twitter|x)\.com", r"/intent/(?:tweet|post)|/share", ("url", "text")),
        (r"bsky\.app", r"/intent/compose", ("text",)),
        (r"social-plugins\.line\.me", r"/lineit/share", ("url",)),
        (r"news\.ycombinator\.com", r"/submitlink", ("u",)),
        (r"getpocket\.com", r"/(?:save|edit|redirect)", ("url",)),
        (r"disq\.us", r"/url", ("url",)),
        (r"urldefense\.proofpoint\.com", r"/v1/url", ("u",)),
        (r"vimeo\.com", r"/log_in|/login|/join", ("redirect",)),
        (r"linkedin\.com", r"/redir/redirect|/safety/go|/sharing/.*|/shareArticle", ("url",)),
        (r"\w+\.safelinks\.protection\.outlook\.com", r"/.*", ("url",)),
        (r"clicktime\.symantec\.com", r"/.*", ("u",)),
        (r"linkprotect\.cudasvc\.com", r"/url", ("a",)),
        (r"(?:href|nullrefer|anonym|anon|dereferer)\.(?:li|com|to|me|es)", r"/", ("",)),
        (r"jump\.5ch\.net", r"/", ("",)),
        (r"exit\.sc", r"/", ("url",)),
        (r"link\.(?:zhihu\.com|csdn\.net|juejin\.cn)|gitee\.com", r"/(?:link)?", ("target",)),
        (r"jianshu\.com", r"/go-wild", ("url",)),
        (r"c\.pc\.qq\.com", r"/.*", ("pfurl", "url")),
        (r"weibo\.(?:cn|com)", r"/sinaurl", ("u", "url")),
        (r"douban\.com", r"/link2", ("url",)),
        (r"medium\.com", r"/r", ("url",)),
        (r"tiktok\.com", r"/link(?:/v2)?", ("target",)),
        (r"gate\.sc", r"/", ("url",)),
        (r"deviantart\.com", r"/users/outgoing", ("",)),
        (r"(?:\w+\.)?fireeye\.com", r"/(?:v1/)?url", ("u",)),
        (r"urlsand\.esvalabs\.com", r"/", ("u",)),
        (r"(?:\w+\.)?embedly\.com", r"/widgets/media\.html", ("url", "src")),
        (r"noembed\.com", r"/embed", ("url",)),
        (r"(?:\w+\.)?iframe\.ly", r"/api/iframe", ("url",)),
    ]
]
# A redirect may lead to another redirect.
_MOST_STEPS = 4
# Some have the address in their own path, by host and path. DOTALL, because with a line end at the
# end of the text the expression would try every way to split the rest.
_LEADING_ON_BY_PATH: Pages = [
    (
        re.compile(r"urldefense\.(?:com|us)"),
        re.compile(r"/v3/__(?:https?:/+)?(.+)__;.*", re.DOTALL),
    ),
    (re.compile(r"secure-web\.cisco\.com"), re.compile(r"/[^/]+/(?:https?:/+)(.+)")),
    (
        re.compile(r"r\.search\.yahoo\.com"),
        re.compile(r"/.*?/RU=(?:https?:/+)(.+)/RK=.*", re.DOTALL),
    ),
]
_GOOGLE = re.compile(r"google\.[a-z.]{2,6}")
# Pages that show another page, whose address is the end of their own.
_SHOWING: Pages = [
    (re.compile(r"web\.archive\.org"), re.compile(r"/web/[0-9]+[a-z_]*/(?:https?:/+)?(.+)")),
    (_GOOGLE, re.compile(r"/amp/s/(.+)")),
]
# The film that Google shows beside its results.
_OF_SEARCH = re.compile(r"vid:([\w-]{11})(?:,st:([0-9]+))?", re.ASCII)
# A translated page: its host name is part of a name at this host.
_TRANSLATED = ".translate.goog"
# These links do not show their target. Following them would be counted, and could lead anywhere.
_SHORTENED = {
    *("bit.ly", "bitly.com", "buff.ly", "clck.ru", "cutt.ly", "dlvr.it", "fb.me", "goo.gl"),
    *("is.gd", "j.mp", "lnkd.in", "ow.ly", "qr.ae", "rb.gy", "rebrand.ly", "s.id"),
    *("share.google", "shorturl.at", "t.co", "t.ly", "t1p.de", "tiny.cc", "tiny.one"),
    *("tinyurl.com", "trib.al", "u.to", "urlz.fr", "v.gd", "vk.cc", "youtube.app.goo.gl"),
}
# Of these each sender has a host of their own.
_SHORTENED_BELOW = (".page.link", ".app.link", ".onelink.me")
# Path segments by which servers mark the file itself, beside the page about it.
_BYTES = re.compile(r"/.+/download|(?:/.+)?/videos/[^/]+/stream", re.IGNORECASE)
_BYTES_IN_QUERY = {("dl", "1"), ("download", "1"), ("alt", "media")}
_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]+)?)")
_LETTERS = re.compile(
    r"(?:([0-9]{1,4})(?:h|hrs?|hours?|std))?(?:([0-9]{1,5})(?:m|mins?|minutes?))?"
    r"(?:([0-9]{1,7}(?:\.[0-9]+)?)(?:s|secs?|sek|seconds?)?)?"
)


def followed(url: SplitResult) -> SplitResult:
    """Return the target of ``url`` if its page only redirects; otherwise ``url``."""
    for _ in range(_MOST_STEPS):
        if (target := _target_of(url)) is None:
            break
        url = target
    return url


def _target_of(url: SplitResult) -> SplitResult | None:
    at, path = name_of(url), url.path.rstrip("/") or "/"
    for host, page, names in _LEADING_ON:
        if host.fullmatch(at) and page.fullmatch(path) and (target := led_to(url, *names)):
            return target
    if at == "urldefense.proofpoint.com":
        # It has its own escaping: "https-3A__www.example.org_film.mp4".
        address = re.sub("-(?=[0-9A-F]{2})", "%", parameter(url, "u") or "").replace("_", "/")
        return _read(unquote(address))
    if at == "bing.com" and path == "/ck/a":
        return _read(_in_base64((parameter(url, "u") or "").removeprefix("a1")))
    return _at_the_end_of(url, _LEADING_ON_BY_PATH)


def _in_base64(text: str) -> str:
    """Return the address in ``text``, base64 as Bing writes it; "" if there is none."""
    padded = text + "=" * (-len(text) % 4)
    with contextlib.suppress(ValueError):
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    return ""


def repaired(url: SplitResult) -> SplitResult:
    """Return ``url`` as a known site would have written it. Only for reading, not for requests.

    Empty parts of the path are removed, and a query that people continued wrongly is repaired
    (``/ID&t=30``, ``?v=ID?t=30``, ``?v=ID;t=30``).
    """
    path, _, more = url.path.partition("&")
    query = "&".join(part for part in (more, url.query.replace("?", "&")) if part)
    query = re.sub("&amp(?:%3b|;)", "&", query, flags=re.IGNORECASE)
    query = re.sub(r";(?=[a-z_]+=)", "&", query)
    return url._replace(path=re.sub(r"/{2,}", "/", without_rubbish(path)), query=query)


def readings(url: SplitResult) -> Iterator[SplitResult]:
    """Yield ``url`` repaired, unescaped once more, and the page that it shows."""
    if name := re.match(r"[a-z0-9.-]+(?=%2f)", url.netloc, re.IGNORECASE):
        page = unquote(url.geturl().partition("://")[2][name.end() :])
        url = urlsplit(f"{url.scheme}://{name[0]}{page}")
    yield repaired(url)
    path, query = unquote(url.path), unquote(url.query)
    if (path, query) != (url.path, url.query):
        path, _, fragment = path.partition("#")
        path, _, more = path.partition("?")
        fragment = url.fragment or fragment
        yield repaired(url._replace(path=path, query=more or query, fragment=fragment))
    if site(url).endswith(_TRANSLATED):
        host = site(url).removesuffix(_TRANSLATED)
        yield repaired(url._replace(netloc=re.sub("-(-?)", lambda mark: mark[1] or ".", host)))
    if (found := _OF_SEARCH.search(url.fragment)) and _GOOGLE.fullmatch(name_of(url)):
        yield urlsplit(f"https://youtu.be/{found[1]}?t={found[2] or 0}")
    if shown := _at_the_end_of(url, _SHOWING):
        yield repaired(followed(shown))


def _at_the_end_of(url: SplitResult, pages: Pages) -> SplitResult | None:
    page = unquote(url.path) + (f"?{url.query}" if url.query else "")
    for host, shown in pages:
        if host.fullmatch(name_of(url)) and (found := shown.fullmatch(page)):
            return _read(f"https://{found[1]}")
    return None


def _read(text: str) -> SplitResult | None:
    with contextlib.suppress(Invalid):
        return read_link(text)
    return None


def is_shortened(url: SplitResult) -> bool:
    """Tell whether ``url`` is a shortened link, which does not show its target."""
    return name_of(url) in _SHORTENED or site(url).endswith(_SHORTENED_BELOW)


def gives_bytes(url: SplitResult) -> bool:
    """Tell whether ``url`` leads to a file although it does not name one.

    Nextcloud, ownCloud, Seafile, Jellyfin and others write such links.
    """
    if _BYTES.fullmatch(url.path.rstrip("/")):
        return True
    return not _BYTES_IN_QUERY.isdisjoint(parse_qsl(url.query.lower()))


def led_to(url: SplitResult, *names: str) -> SplitResult | None:
    """Return the address in one of these parameters, relative to the site; None without one."""
    for name in names:
        value = parameter(url, name) if name else unquote(url.query)
        if value and re.match("/(?!/)", value):
            return urlsplit(f"{origin(url.geturl())}{value}")
        if target := _read(value or ""):
            return target
    return None


def parameter(url: SplitResult, name: str) -> str | None:
    """Return the first value of a query parameter, without text that was copied with it."""
    for given, value in parse_qsl(url.query):
        if given.lower() == name.lower():
            return "".join(c for c in value if not is_unseen(c)).strip(" \t\r\n\"'<>")
    return None


def start_of(url: SplitResult, names: tuple[str, ...]) -> float | None:
    """Return the start of a link, in seconds, from one of these parameters.

    It may be in the query or in the fragment (https://www.w3.org/TR/media-frags/), which may also
    be just a time (``#1m30s``). None if there is none, it cannot be read, or it is 0.
    """
    if not url.fragment.isdecimal() and (start_s := read_time(url.fragment)):
        return start_s
    parts = [*parse_qsl(url.query), *parse_qsl(url.fragment)]
    given = {name.lower(): value for name, value in reversed(parts)}
    for name in names:
        if start_s := read_time(given.get(name, "")):
            return start_s
    return None


def read_time(text: str) -> float | None:
    """Read ``90``, ``1m30s``, ``1h2m3s``, ``1:30``, ``PT1M30S``, ``npt:90,120``; None otherwise."""
    text = re.sub(r"\s", "", text).lower().removeprefix("npt:").removeprefix("pt")
    text = text.removeprefix("+")
    text = text.partition(",")[0]
    found = _CLOCK.fullmatch(text) or (_LETTERS.fullmatch(text) if text else None)
    if found is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    start_s = hours * 3600 + minutes * 60 + seconds
    return start_s if start_s <= MAX_POSITION_S else None


def site(url: SplitResult) -> str:
    """Return the host of ``url``, with its port unless that is the scheme's default.

    A dot at the end of the host is removed; it is the same name (RFC 1034 section 3.1).
    """
    host = (url.hostname or "").removesuffix(".")
    if url.port in (None, DEFAULT_PORTS.get(url.scheme)):
        return host
    return f"{host}:{url.port}"


def name_of(url: SplitResult) -> str:
    """Return the host of ``url``, as ``site`` does, without "www."."""
    return site(url).removeprefix("www.")


def origin(address: str) -> str:
    """Return the scheme, host and port of ``address``, as browsers write an origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def path_below(url: SplitResult, base: str) -> str | None:
    """Return the path of ``url`` after ``base``, or None if it does not begin with it."""
    root = urlsplit(base)
    prefix = root.path.rstrip("/") + "/"
    if site(url) != site(root) or not url.path.startswith(prefix):
        return None
    return url.path[len(prefix) - 1 :]
