"""What the parts of a link say, whichever provider it is of. Pure."""

import re
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit

from core.links import DEFAULT_PORTS
from playback.sources.base import MAX_POSITION_S

# Pages that only lead on, and where they say whereto; a provider's own are with its adapter.
_LEADING_ON = {
    ("www.google.com", "/url"): ("url", "q"),
    ("google.com", "/url"): ("url", "q"),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("l.instagram.com", "/"): ("u",),
    ("l.messenger.com", "/l.php"): ("u",),
    ("out.reddit.com", "/"): ("url",),
    ("vk.com", "/away.php"): ("to",),
    ("www.youtube.com", "/redirect"): ("q",),
    ("www.youtube.com", "/attribution_link"): ("u",),
    ("m.youtube.com", "/attribution_link"): ("u",),
    ("youtube.com", "/attribution_link"): ("u",),
    ("consent.youtube.com", "/m"): ("continue",),
    ("consent.youtube.com", "/ml"): ("continue",),
}
_CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]+)?)")
_LETTERS = re.compile(
    r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,7}(?:\.[0-9]+)?)s?)?", re.IGNORECASE
)


def mended(url: SplitResult) -> SplitResult:
    """Return ``url`` as its site would have written it.

    Without empty parts of the path, and with the query where people continue it wrongly
    (``/ID&t=30``, ``?v=ID?t=30``); a page that only leads on gives way to its target.
    """
    names = _LEADING_ON.get((url.hostname or "", url.path.rstrip("/") or "/"))
    if names and (target := led_to(url, *names)):
        url = target
    path, _, more = url.path.partition("&")
    query = "&".join(part for part in (more, url.query.replace("?", "&")) if part)
    return url._replace(path=re.sub(r"/{2,}", "/", path), query=query)


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
    """Return the first value of a query parameter."""
    return parse_qs(url.query).get(name, [None])[0]


def start_of(url: SplitResult, names: tuple[str, ...]) -> float | None:
    """Return at which second the link says to start, in one of these parameters.

    In the query, or in the fragment (https://www.w3.org/TR/media-frags/). None where it says
    nothing that can be understood, or the beginning.
    """
    given = dict(reversed([*parse_qsl(url.query), *parse_qsl(url.fragment)]))
    for name in names:
        if start_s := read_time(given.get(name, "")):
            return start_s
    return None


def read_time(text: str) -> float | None:
    """Read ``90``, ``90s``, ``1m30s``, ``1h2m3s``, ``1:30`` or ``npt:90,120``; None otherwise."""
    text = text.strip().lower().removeprefix("npt:").partition(",")[0]
    found = _CLOCK.fullmatch(text) or (_LETTERS.fullmatch(text) if text else None)
    if found is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    start_s = hours * 3600 + minutes * 60 + seconds
    return start_s if start_s <= MAX_POSITION_S else None


def site(url: SplitResult) -> str:
    """Return the host of ``url``, with its port unless that is the scheme's own."""
    host = url.hostname or ""
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
