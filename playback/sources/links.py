"""What the parts of a link say, whichever provider it is of. Pure."""

import contextlib
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlsplit

from core.errors import Invalid
from core.links import DEFAULT_PORTS, read_link, without_rubbish
from core.text import is_unseen
from playback.sources.base import MAX_POSITION_S

# Pages that only lead on, by host and path, and where they say whereto.
_LEADING_ON = [
    (re.compile(host), re.compile(path), names)
    for host, path, names in [
        (r"(?:www\.)?google\.[a-z.]{2,6}", r"/url|/imgres", ("url", "q", "imgrefurl")),
        (r"(?:\w+\.)?(?:facebook|messenger)\.com", r"/l\.php|/sharer.*|/flx/warn", ("u",)),
        (r"l\.(?:instagram|threads)\.com", r"/", ("u",)),
        (r"out\.reddit\.com", r"/.*", ("url",)),
        (r"(?:m\.|away\.)?vk\.com", r"/away\.php", ("to",)),
        (r"(?:www\.|m\.)?youtube\.com", r"/redirect", ("q",)),
        (r"(?:www\.|m\.)?youtube\.com", r"/attribution_link", ("u",)),
        (r"(?:www\.)?(?:youtube|vimeo)\.com", r"(?:/api)?/oembed(?:\.json|\.xml)?", ("url",)),
        (r"consent\.(?:youtube|google)\.com", r"/ml?", ("continue",)),
        (r"accounts\.(?:youtube|google)\.com", r"/.*", ("continue",)),
        (r"translate\.google\.[a-z.]{2,6}", r"/translate", ("u",)),
        (r"duckduckgo\.com", r"/l", ("uddg",)),
        (r"deref-(?:gmx|web-02|web)\.(?:net|de)", r"/mail/client/.*", ("redirectUrl",)),
        (r"statics\.teams\.cdn\.office\.net", r"/.*", ("url",)),
        (r"t\.umblr\.com", r"/redirect", ("z",)),
        (r"slack-redir\.net", r"/link", ("url",)),
        (r"steamcommunity\.com", r"/linkfilter", ("u", "url")),
        (r"t\.me", r"/iv|/share/url", ("url",)),
        (r"(?:www\.)?vimeo\.com", r"/log_in|/login|/join", ("redirect",)),
        (r"(?:www\.)?linkedin\.com", r"/redir/redirect|/safety/go", ("url",)),
        (r"\w+\.safelinks\.protection\.outlook\.com", r"/.*", ("url",)),
    ]
]
# One may lead to the next.
_MOST_STEPS = 4
# Pages that show another, whose address their own ends with.
_SHOWING = [
    (re.compile(host), re.compile(path))
    for host, path in [
        (r"web\.archive\.org", r"/web/[0-9]+[a-z_]*/(?:https?:/+)?(.+)"),
        (r"(?:www\.)?google\.[a-z.]{2,6}", r"/amp/s/(.+)"),
        (r"urldefense\.(?:com|us)", r"/v3/__(?:https?:/+)?(.+)__;.*"),
    ]
]
# Sites that have files, but do not give them to players.
_KEEPING = {
    "drive.google.com": "Google Drive",
    "docs.google.com": "Google Drive",
    "photos.google.com": "Google Photos",
    "photos.app.goo.gl": "Google Photos",
    "onedrive.live.com": "OneDrive",
    "1drv.ms": "OneDrive",
    "www.icloud.com": "iCloud",
    "mega.nz": "MEGA",
    "www.mediafire.com": "MediaFire",
    "www.dropbox.com": "Dropbox",
    "disk.yandex.ru": "Yandex Disk",
    "disk.yandex.com": "Yandex Disk",
    "pan.baidu.com": "Baidu Pan",
    "wetransfer.com": "WeTransfer",
    "we.tl": "WeTransfer",
}
# They say nowhere whereto; who asks them is counted, and may be led anywhere.
_SHORTENED = {
    *("bit.ly", "buff.ly", "cutt.ly", "dlvr.it", "fb.me", "goo.gl", "is.gd", "j.mp", "lnkd.in"),
    *("ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "t.co", "t.ly", "tiny.cc"),
    *("tinyurl.com", "v.gd", "youtube.app.goo.gl"),
}
# What servers call the bytes themselves, beside the page about them.
_BYTES = re.compile(r"/.+/download|/videos/[^/]+/stream", re.IGNORECASE)
_BYTES_IN_QUERY = {("dl", "1"), ("download", "1"), ("alt", "media")}
_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]+)?)")
_PLAIN_FRAGMENT = re.compile(r"(?:[0-9]+[hms])+", re.IGNORECASE)
_LETTERS = re.compile(
    r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,7}(?:\.[0-9]+)?)s?)?", re.IGNORECASE
)


def followed(url: SplitResult) -> SplitResult:
    """Return where ``url`` leads to, if it is of a page that only leads on; else ``url``."""
    for _ in range(_MOST_STEPS):
        at, path = site(url), url.path.rstrip("/") or "/"
        for host, page, names in _LEADING_ON:
            if host.fullmatch(at) and page.fullmatch(path) and (target := led_to(url, *names)):
                url = target
                break
        else:
            break
    return url


def mended(url: SplitResult) -> SplitResult:
    """Return ``url`` as a known site would have written it: to be read, and not to be asked for.

    Without empty parts of the path, and with the query where people continue it wrongly
    (``/ID&t=30``, ``?v=ID?t=30``, ``?v=ID;t=30``).
    """
    path, _, more = url.path.partition("&")
    query = "&".join(part for part in (more, url.query.replace("?", "&")) if part)
    query = re.sub(r";(?=[a-z_]+=)", "&", query)
    return url._replace(path=re.sub(r"/{2,}", "/", without_rubbish(path)), query=query)


def readings(url: SplitResult) -> Iterator[SplitResult]:
    """Yield ``url`` mended, as it was before something escaped it once more, and what it shows."""
    yield mended(url)
    path, query = unquote(url.path), unquote(url.query)
    if (path, query) != (url.path, url.query):
        path, _, more = path.partition("?")
        yield mended(url._replace(path=path, query=more or query))
    page = unquote(url.path) + (f"?{url.query}" if url.query else "")
    for host, shown in _SHOWING:
        if host.fullmatch(site(url)) and (found := shown.fullmatch(page)):
            with contextlib.suppress(Invalid):
                yield mended(followed(read_link(f"https://{found[1]}")))


def is_shortened(url: SplitResult) -> bool:
    """Tell whether ``url`` is of a site whose links lead elsewhere, without saying whereto."""
    return site(url).removeprefix("www.") in _SHORTENED


def keeper_of(url: SplitResult) -> str | None:
    """Return what a site is called that keeps files, and shows a page in place of them."""
    return _KEEPING.get(site(url))


def gives_bytes(url: SplitResult) -> bool:
    """Tell whether ``url``, which names no file, says that the file itself is there.

    As Nextcloud, ownCloud, Seafile, Jellyfin and others write such links.
    """
    if _BYTES.fullmatch(url.path.rstrip("/")):
        return True
    return not _BYTES_IN_QUERY.isdisjoint(parse_qsl(url.query.lower()))


def led_to(url: SplitResult, *names: str) -> SplitResult | None:
    """Return the address in one of these parameters, relative to the site; None without."""
    for name in names:
        try:
            target = urlsplit(parameter(url, name) or "")
            _ = target.port
        except ValueError:
            continue
        if target.scheme in DEFAULT_PORTS and target.hostname and "@" not in target.netloc:
            return target
        if not target.scheme and not target.netloc and target.path.startswith("/"):
            return target._replace(scheme=url.scheme, netloc=url.netloc)
    return None


def parameter(url: SplitResult, name: str) -> str | None:
    """Return the first value of a query parameter, without what was copied with it."""
    for value in parse_qs(url.query).get(name, [])[:1]:
        return "".join(c for c in value if not is_unseen(c)).strip(" \t\r\n\"'<>")
    return None


def start_of(url: SplitResult, names: tuple[str, ...]) -> float | None:
    """Return at which second the link says to start, in one of these parameters.

    In the query, or in the fragment (https://www.w3.org/TR/media-frags/), which may be nothing
    else (``#1m30s``). None where it says nothing that can be understood, or the beginning.
    """
    if _PLAIN_FRAGMENT.fullmatch(url.fragment):
        return read_time(url.fragment)
    given = dict(reversed([*parse_qsl(url.query), *parse_qsl(url.fragment)]))
    for name in names:
        if start_s := read_time(given.get(name, "")):
            return start_s
    return None


def read_time(text: str) -> float | None:
    """Read ``90``, ``1m30s``, ``1h2m3s``, ``1:30``, ``PT1M30S``, ``npt:90,120``; None otherwise."""
    text = re.sub(r"\s", "", text).lower().removeprefix("npt:").removeprefix("pt")
    text = text.partition(",")[0]
    found = _CLOCK.fullmatch(text) or (_LETTERS.fullmatch(text) if text else None)
    if found is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    start_s = hours * 3600 + minutes * 60 + seconds
    return start_s if start_s <= MAX_POSITION_S else None


def site(url: SplitResult) -> str:
    """Return the host of ``url``, with its port unless that is the scheme's own.

    Without the point at its end, by which it is the same name (RFC 1034 section 3.1).
    """
    host = (url.hostname or "").removesuffix(".")
    if url.port in (None, DEFAULT_PORTS.get(url.scheme)):
        return host
    return f"{host}:{url.port}"


def origin(address: str) -> str:
    """Return the scheme, host and port of ``address``, as browsers write an origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def path_below(url: SplitResult, base: str) -> str | None:
    """Return the path of ``url`` after ``base``, or None when it is of another site."""
    root = urlsplit(base)
    prefix = root.path.rstrip("/") + "/"
    if site(url) != site(root) or not url.path.startswith(prefix):
        return None
    return url.path[len(prefix) - 1 :]
