"""HLS playlists: what one says, and the same with other addresses in it (RFC 8216). Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from core.errors import Invalid

MAX_BYTES = 4 * 1024 * 1024
_HEAD = "#EXTM3U"
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_URI = re.compile(r'(URI=")([^"]*)(")')
# Their URI leads to another playlist.
_LISTS = ("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF:")
_KEYS = ("#EXT-X-KEY:", "#EXT-X-SESSION-KEY:")
# Keys that every player can fetch for itself; the others need a licence.
_FREE = {"NONE", "AES-128"}


class BadPlaylist(Invalid):
    """An HLS stream that cannot be played here."""

    code = "bad_playlist"
    message = "This is not an HLS stream that can be played here."

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message, fields={"url": why})


@dataclass(frozen=True, slots=True)
class Variant:
    """One quality of a stream, as the master playlist tells of it."""

    url: str
    width: int | None
    height: int | None
    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist: of qualities, or of the parts of one.

    ``duration_s`` is that of its parts; ``has_end`` is false while it goes on.
    """

    variants: tuple[Variant, ...]
    parts: tuple[str, ...]
    duration_s: float
    has_end: bool


def is_playlist(head: bytes) -> bool:
    """Tell whether a file that starts with ``head`` is an HLS playlist."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(_HEAD.encode())


def read(text: str, base: str) -> Playlist:
    """Read a playlist that is at ``base``; raise BadPlaylist for one that no page can play."""
    variants: list[Variant] = []
    parts: list[str] = []
    duration_s, has_end = 0.0, False
    about: dict[str, str] = {}
    for line in _lines(text):
        if line.startswith("#EXT-X-STREAM-INF:"):
            about = _attributes(line)
        elif line.startswith("#EXTINF:"):
            duration_s += _seconds(line.removeprefix("#EXTINF:").partition(",")[0])
        elif line.startswith(_KEYS):
            _check_key(_attributes(line))
        elif line in ("#EXT-X-ENDLIST", "#EXT-X-PLAYLIST-TYPE:VOD"):
            has_end = True
        elif not line.startswith("#") and about:
            variants.append(_variant(urljoin(base, line), about))
            about = {}
        elif not line.startswith("#"):
            parts.append(urljoin(base, line))
    return Playlist(tuple(variants), tuple(parts), round(duration_s, 3), has_end)


def renamed(text: str, base: str, name: Callable[[str, bool], str]) -> str:
    """Return a playlist that is at ``base`` with each address in it as ``name`` calls it.

    ``name`` gets an absolute address, and whether it leads to another playlist.
    """
    out = []
    next_is_list = False
    for line in _lines(text):
        if not line.startswith("#"):
            out.append(name(urljoin(base, line), next_is_list))
            next_is_list = False
            continue
        next_is_list = next_is_list or line.startswith("#EXT-X-STREAM-INF:")
        if line.startswith("#EXT-X-CONTENT-STEERING:"):
            # It would lead players elsewhere.
            continue
        is_list = line.startswith(_LISTS)
        out.append(_URI.sub(lambda found: _renamed(found, base, name, is_list), line))  # noqa: B023
    return "\n".join(out) + "\n"


def _renamed(
    found: re.Match[str], base: str, name: Callable[[str, bool], str], is_list: bool
) -> str:
    address = found[2]
    if not address.startswith("data:"):
        address = name(urljoin(base, address), is_list)
    return f"{found[1]}{address}{found[3]}"


def _lines(text: str) -> Iterator[str]:
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    if next(lines, "") != _HEAD:
        raise BadPlaylist("There is no HLS playlist at this link.", "is not an HLS playlist")
    yield _HEAD
    yield from filter(None, lines)


def _attributes(line: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(line.partition(":")[2])
    return {key: value.strip('"') for key, value in found}


def _check_key(about: dict[str, str]) -> None:
    if about.get("METHOD") not in _FREE or about.get("KEYFORMAT", "identity") != "identity":
        raise BadPlaylist(
            "This stream is protected (DRM), so it can be played by its own site only.",
            "is a protected stream",
        )


def _variant(url: str, about: dict[str, str]) -> Variant:
    size = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", about.get("RESOLUTION", ""))
    codecs = tuple(each.strip() for each in about.get("CODECS", "").split(",") if each.strip())
    return Variant(url, int(size[1]) if size else None, int(size[2]) if size else None, codecs)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds < 86_400 else 0.0
