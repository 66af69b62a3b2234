"""Reading HLS playlists (RFC 8216) and rewriting their addresses. Pure.

A playlist comes from a stranger's server, so its size is limited here. Within the limits, reading
or rewriting one can still take more than a second: do not do it on an event loop.
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from core.errors import Invalid

MAX_BYTES = 4 * 1024 * 1024
# 24 hours in segments of two seconds are 86,400 lines, more with keys or dates.
MAX_LINES = 120_000
# A line may contain a small file as a data URL.
MAX_LINE_CHARACTERS = 32 * 1024
# Rewriting an address takes time, and a relative one can become 2,000 times as long.
MAX_ADDRESSES = 50_000
MAX_ADDRESS_CHARACTERS = 8 * 1024 * 1024
# Limit for an address, and for the variables passed on with it. Players request both in one URL,
# and a request may have at most 32 KiB of headers.
MAX_NAMED_BYTES = 8 * 1024
_HEAD = "#EXTM3U"
# Possessive, so that matching does not backtrack.
_ATTRIBUTE = re.compile(r'(?<![A-Z0-9-])([A-Z0-9-]++) {0,9}= {0,9}("[^"]*"|[^,]*)')
# A reference to a variable of "#EXT-X-DEFINE" in a tag or an address (RFC 8216bis section 4.3).
_DEFINE = "#EXT-X-DEFINE:"
_VARIABLE = re.compile(r"\{\$([A-Za-z0-9_-]{1,256})\}", re.ASCII)
# The tags of complete films (RFC 8216 section 4.3), and the attributes that are kept.
_NUMBER = re.compile(r" *(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})", re.ASCII)
# Some players treat some of these as line ends. Names may have spaces and joiners of any script.
_NO_TEXT = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029"]')
_NOTHING = re.compile("")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_TAGS = {
    **dict.fromkeys(
        (
            *("#EXTINF", "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE"),
            *("#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-BITRATE"),
        ),
        _NUMBER,
    ),
    **dict.fromkeys(
        (
            *(_HEAD, "#EXT-X-ENDLIST", "#EXT-X-DISCONTINUITY", "#EXT-X-GAP"),
            *("#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-I-FRAMES-ONLY"),
        ),
        _NOTHING,
    ),
    "#EXT-X-BYTERANGE": re.compile(r" *[0-9]{1,20}(?:@[0-9]{1,20})?", re.ASCII),
    "#EXT-X-PLAYLIST-TYPE": re.compile("VOD|EVENT"),
    "#EXT-X-PROGRAM-DATE-TIME": re.compile(r"[0-9TZ:.+-]+", re.ASCII),
}
# A title may follow; it is dropped, because no player shows it.
_AFTER = {"#EXTINF": ","}
# Tags with an attribute list.
_LISTED = {
    *("#EXT-X-KEY", "#EXT-X-SESSION-KEY", "#EXT-X-MAP", "#EXT-X-START"),
    *("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-MEDIA"),
}
_ATTRIBUTES = {
    *("METHOD", "URI", "IV", "KEYFORMAT", "KEYFORMATVERSIONS", "BYTERANGE", "TIME-OFFSET"),
    *("PRECISE", "BANDWIDTH", "AVERAGE-BANDWIDTH", "SCORE", "CODECS", "SUPPLEMENTAL-CODECS"),
    *("RESOLUTION", "FRAME-RATE", "HDCP-LEVEL", "VIDEO-RANGE", "AUDIO", "VIDEO", "SUBTITLES"),
    *("CLOSED-CAPTIONS", "TYPE", "GROUP-ID", "NAME", "LANGUAGE", "ASSOC-LANGUAGE", "DEFAULT"),
    *("AUTOSELECT", "FORCED", "INSTREAM-ID", "CHARACTERISTICS", "CHANNELS"),
}
# Their URI is another playlist.
_LEADING = {"#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF"}
# Without the file at their URI no segment can be played.
_NEEDED = {"#EXT-X-KEY", "#EXT-X-MAP"}
_KEYS = ("#EXT-X-KEY:", "#EXT-X-SESSION-KEY:")
# Methods whose key every player can fetch. Others need a licence (DRM).
_FREE = {"NONE", "AES-128"}


class BadPlaylist(Invalid):
    """An HLS stream that cannot be played here."""

    code = "bad_playlist"
    message = "This is not an HLS stream that can be played here."

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message, fields={"url": why})


class NoAddress(BadPlaylist):
    """An address in the playlist is invalid."""

    def __init__(self) -> None:
        super().__init__("This HLS stream's playlist is broken.", "has an invalid address in it")


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of a stream in a master playlist."""

    url: str
    width: int | None
    height: int | None
    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playlist:
    """A master playlist with variants, or a media playlist with segments.

    ``duration_s`` is the sum of all segments; ``has_end`` is false for a live stream. The playlists
    of its variants can import ``variables``.
    """

    variants: tuple[Variant, ...]
    first_part: str | None
    duration_s: float
    has_end: bool
    variables: Mapping[str, str]


def read(text: str, base: str, given: Mapping[str, str] | None = None) -> Playlist:
    """Parse a playlist from ``base``; raise BadPlaylist if no page can play it.

    ``given`` are the variables of the playlist that refers to this one.
    """
    variants: list[Variant] = []
    first_part: str | None = None
    addresses = _Addresses(base)
    variables = _Variables(base, given or {})
    duration_s, has_end = 0.0, False
    about: dict[str, str] = {}
    for line in _lines(text):
        if line.startswith(_DEFINE):
            variables.define(_attributes(line))
        elif line.startswith("#EXT-X-STREAM-INF:"):
            about = _attributes(variables.within(line))
        elif line.startswith("#EXTINF:"):
            duration_s += _seconds(line.removeprefix("#EXTINF:").partition(",")[0])
        elif line.startswith(_KEYS):
            _check_key(key := _attributes(variables.within(line)))
            addresses.check(key)
        elif line.startswith("#EXT-X-MAP:"):
            addresses.check(_attributes(variables.within(line)))
        elif line in ("#EXT-X-ENDLIST", "#EXT-X-PLAYLIST-TYPE:VOD"):
            has_end = True
        elif not line.startswith("#") and about:
            variables.passed_on()
            variants.append(_variant(addresses.absolute(variables.within(line)), about))
            about = {}
        elif not line.startswith("#"):
            first_part = first_part or addresses.absolute(variables.within(line))
    return Playlist(tuple(variants), first_part, round(duration_s, 3), has_end, variables.defined)


# Returns the new address for an absolute one. The second argument is None unless the address is
# another playlist, and has the variables to pass on to it.
Name = Callable[[str, Mapping[str, str] | None], str]


def rewrite(text: str, base: str, name: Name, given: Mapping[str, str] | None = None) -> str:
    """Return the playlist at ``base`` with each address replaced by what ``name`` returns for it.

    Variables, also those in ``given``, are replaced by their values. The playlist is written anew
    from the tags that we know, as we parsed them: players may split lines in other places than we
    do, and know tags that would send them to other addresses.
    """
    out = []
    addresses = _Addresses(base)
    variables = _Variables(base, given or {})
    next_is_list = False
    for line in _lines(text):
        if not line.startswith("#"):
            of_list = variables.passed_on() if next_is_list else None
            out.append(name(addresses.absolute(variables.within(line)), of_list))
            next_is_list = False
            continue
        if line.startswith(_DEFINE):
            variables.define(_attributes(line))
            continue
        tag, _, said = line.partition(":")
        next_is_list = next_is_list or tag == "#EXT-X-STREAM-INF"
        if tag in _LISTED:
            # Drop subtitles without a valid address; without a key or EXT-X-MAP nothing plays.
            with contextlib.suppress(*(() if tag in _NEEDED else (NoAddress,))):
                of_list = variables.passed_on() if tag in _LEADING else None
                out.append(f"{tag}:{_list(variables.within(said), addresses, name, of_list)}")
        elif (form := _TAGS.get(tag)) and (found := form.match(said)):
            out.append(f"{tag}:{found[0]}{_AFTER.get(tag, '')}" if found[0] else tag)
    return "\n".join(out) + "\n"


def _list(said: str, addresses: "_Addresses", name: Name, of_list: Mapping[str, str] | None) -> str:
    """Return the known attributes of a tag, rewritten."""
    out = []
    for key, value in _ATTRIBUTE.findall(said):
        plain = value.strip().strip('"')
        if key == "URI" and not plain.startswith("data:"):
            out.append(f'URI="{name(addresses.absolute(plain), of_list)}"')
        elif key in _ATTRIBUTES and not _NO_TEXT.search(plain):
            out.append(f'{key}="{plain}"' if value.startswith('"') else f"{key}={plain}")
    return ",".join(out)


class _Addresses:
    """Makes the addresses of the playlist at ``base`` absolute, and limits their total length."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._count, self._characters = 0, 0

    def check(self, about: Mapping[str, str]) -> None:
        """Raise NoAddress if an EXT-X-KEY or EXT-X-MAP tag has no valid address."""
        address = about.get("URI", "")
        if not address and about.get("METHOD") != "NONE":
            raise NoAddress
        if not address.startswith("data:"):
            self.absolute(address)

    def absolute(self, address: str) -> str:
        """Return the absolute address; raise NoAddress, or BadPlaylist over the limits."""
        try:
            absolute = urljoin(self._base, address)
            found = urlsplit(absolute)
        except ValueError:
            raise NoAddress from None
        is_on_the_web = found.scheme in ("http", "https") and found.hostname
        if not is_on_the_web or _CONTROL.search(absolute):
            raise NoAddress
        if len(absolute.encode()) > MAX_NAMED_BYTES:
            raise _too_large()
        self._count += 1
        self._characters += len(absolute)
        if self._count > MAX_ADDRESSES or self._characters > MAX_ADDRESS_CHARACTERS:
            raise _too_large()
        return absolute


class _Variables:
    """The variables defined so far in a playlist (RFC 8216bis section 4.4.2.3)."""

    def __init__(self, base: str, given: Mapping[str, str]) -> None:
        self.defined: dict[str, str] = {}
        self._base, self._given = base, given
        # The length of all variables as JSON, and the total length of what replaced references or
        # was passed on.
        self._size, self._characters = 0, 0

    def define(self, about: Mapping[str, str]) -> None:
        """Define a variable from its tag; raise BadPlaylist if it has no value."""
        if "NAME" in about:
            name, value = about["NAME"], about.get("VALUE")
        elif "IMPORT" in about:
            name = about["IMPORT"]
            value = self._given.get(name)
            if value is None and not self._given:
                raise BadPlaylist(
                    "This is a part of an HLS stream. Paste the link of its main playlist.",
                    "is a part of an HLS stream",
                )
        else:
            name = about.get("QUERYPARAM", "")
            value = next(iter(parse_qs(urlsplit(self._base).query).get(name, ())), None)
        if not name or value is None:
            raise _undefined()
        self.defined[name] = value
        self._size += len(json.dumps([name, value]))

    def passed_on(self) -> Mapping[str, str]:
        """Return the variables for a playlist that this one refers to; raise BadPlaylist."""
        if self._size > MAX_NAMED_BYTES:
            raise _too_large()
        self._spend(self._size)
        return self.defined

    def within(self, text: str) -> str:
        """Return ``text`` with references replaced; raise BadPlaylist for an undefined variable."""
        if not self.defined or "{$" not in text:
            return text
        out, at = [], 0
        for found in _VARIABLE.finditer(text):
            value = self.defined.get(found[1])
            if value is None:
                raise _undefined()
            self._spend(len(value))
            out += [text[at : found.start()], value]
            at = found.end()
        return "".join([*out, text[at:]])

    def _spend(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_ADDRESS_CHARACTERS:
            raise _too_large()


def _undefined() -> BadPlaylist:
    return BadPlaylist(
        "This HLS stream's playlist is broken.", "uses a variable that it does not define"
    )


def _lines(text: str) -> Iterator[str]:
    """Yield each line of a playlist that is not empty or a comment; raise BadPlaylist.

    ``str.splitlines`` would hold the interpreter's lock for the whole text.
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
        if number == 1:
            # IPTV channel lists have attributes in this line.
            if line.partition(" ")[0] != _HEAD:
                raise BadPlaylist(
                    "There is no HLS playlist at this link.", "is not an HLS playlist"
                )
            line = _HEAD
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
            "This stream is protected (DRM) and can only be played on its own site.",
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
