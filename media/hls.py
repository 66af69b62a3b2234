"""HLS playlists: what one says, and the same with other addresses in it (RFC 8216). Pure.

Whoever pastes a link may have written the playlist: the bounds here are what one may cost. Within
them reading or writing can still take more than a second, which is no work for an event loop.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from core.errors import Invalid

MAX_BYTES = 4 * 1024 * 1024
# A day in parts of two seconds has 86,400 lines; of those with keys or times of day there are
# more in fewer hours.
MAX_LINES = 120_000
# Small files may stand in a line, as data.
MAX_LINE_CHARACTERS = 32 * 1024
# Each takes a moment to be named, and can be 2,000 times as long as what stands in its line.
MAX_ADDRESSES = 50_000
MAX_ADDRESS_CHARACTERS = 8 * 1024 * 1024
_HEAD = "#EXTM3U"
# A name is tried from its beginning only, and never given back.
_ATTRIBUTE = re.compile(r'(?<![A-Z0-9-])([A-Z0-9-]++)=("[^"]*"|[^,]*)')
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

    ``duration_s`` is that of all its parts; ``has_end`` is false while it goes on.
    """

    variants: tuple[Variant, ...]
    first_part: str | None
    duration_s: float
    has_end: bool


def is_playlist(head: bytes) -> bool:
    """Tell whether a file that starts with ``head`` is an HLS playlist."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(_HEAD.encode())


def read(text: str, base: str) -> Playlist:
    """Read a playlist that is at ``base``; raise BadPlaylist for one that no page can play."""
    variants: list[Variant] = []
    first_part: str | None = None
    addresses = _Addresses(base)
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
            variants.append(_variant(addresses.whole(line), about))
            about = {}
        elif not line.startswith("#"):
            first_part = first_part or addresses.whole(line)
    return Playlist(tuple(variants), first_part, round(duration_s, 3), has_end)


def renamed(text: str, base: str, name: Callable[[str, bool], str]) -> str:
    """Return a playlist that is at ``base`` with each address in it as ``name`` calls it.

    ``name`` gets an absolute address, and whether it leads to another playlist.
    """
    out = []
    addresses = _Addresses(base)
    next_is_list = False
    for line in _lines(text):
        if not line.startswith("#"):
            out.append(name(addresses.whole(line), next_is_list))
            next_is_list = False
            continue
        next_is_list = next_is_list or line.startswith("#EXT-X-STREAM-INF:")
        if line.startswith("#EXT-X-CONTENT-STEERING:"):
            # It would lead players elsewhere.
            continue
        is_list = line.startswith(_LISTS)
        out.append(_URI.sub(lambda found: _renamed(found, addresses, name, is_list), line))  # noqa: B023
    return "\n".join(out) + "\n"


class _Addresses:
    """Makes addresses of a playlist that is at ``base`` whole, within bounds."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._count, self._characters = 0, 0

    def whole(self, address: str) -> str:
        """Return the absolute address; raise BadPlaylist where there are too many."""
        whole = urljoin(self._base, address)
        self._count += 1
        self._characters += len(whole)
        if self._count > MAX_ADDRESSES or self._characters > MAX_ADDRESS_CHARACTERS:
            raise _too_large()
        return whole


def _renamed(
    found: re.Match[str],
    addresses: _Addresses,
    name: Callable[[str, bool], str],
    is_list: bool,
) -> str:
    address = found[2]
    if not address.startswith("data:"):
        address = name(addresses.whole(address), is_list)
    return f"{found[1]}{address}{found[3]}"


def _lines(text: str) -> Iterator[str]:
    """Give each line of a playlist that says something; raise BadPlaylist.

    One at a time: what splits a text at once lets no other thread go on until it is done.
    """
    text = text.removeprefix("\ufeff")
    start, number = 0, 0
    while start < len(text) or not number:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        if number > 1 and (number > MAX_LINES or end - start > MAX_LINE_CHARACTERS):
            raise _too_large()
        line = text[start:end].strip()
        if number == 1 and line != _HEAD:
            raise BadPlaylist("There is no HLS playlist at this link.", "is not an HLS playlist")
        if line:
            yield line
        start = end + 1


def _too_large() -> BadPlaylist:
    return BadPlaylist("This HLS stream's playlist is too large.", "has too large a playlist")


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
