"""Reading a pasted link with care, before any adapter sees it."""

import re
from urllib.parse import SplitResult, urlsplit

from core.errors import Invalid

MAX_URL_CHARACTERS = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
# People paste "youtu.be/…" as often as the whole address.
_WITHOUT_SCHEME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}([/?#].*)?", re.IGNORECASE)
_MEDIA_FILE = re.compile(
    r".+\.(mp4|m4v|mov|mkv|webm|avi|ogv|ogg|flv|wmv|mpe?g|m2?ts|m3u8|mpd)", re.IGNORECASE
)


def read_link(text: str) -> SplitResult:
    """Split ``text``; raise Invalid naming ``url`` unless it is an http or https link."""
    text = text.strip()
    if len(text) > MAX_URL_CHARACTERS:
        raise _not_a_link(f"must be at most {MAX_URL_CHARACTERS} characters")
    # urlsplit drops tabs and newlines, and browsers read a backslash as a slash: a link
    # with any of them is not what it looks like.
    if any(character <= " " or character in "\\\x7f" for character in text):
        raise _not_a_link("must not contain spaces, backslashes or control characters")
    if _WITHOUT_SCHEME.fullmatch(text):
        text = f"https://{text}"
    try:
        url = urlsplit(text)
        named = url.hostname is not None and url.port != 0
    except ValueError:
        raise _not_a_link("is not a link") from None
    if url.scheme not in _DEFAULT_PORTS:
        raise _not_a_link("must begin with http:// or https://")
    if not named:
        raise _not_a_link("names no site")
    if "@" in url.netloc:
        raise _not_a_link("must not contain a user name")
    return url


def site(url: SplitResult) -> str:
    """Return the host of ``url``, with its port unless that is the scheme's own."""
    host = url.hostname or ""
    if url.port in (None, _DEFAULT_PORTS.get(url.scheme)):
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


def names_media_file(url: SplitResult) -> bool:
    """Tell whether the path ends like a video file or a playlist of one."""
    return _MEDIA_FILE.fullmatch(url.path) is not None


def _not_a_link(why: str) -> Invalid:
    return Invalid("This is not a link that can be opened.", fields={"url": why})
