"""The answers of the server of a linked file: the version of the file, or why it failed."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx2

from library.storage.base import (
    UNKNOWN_TIME,
    Missing,
    Permanent,
    Refused,
    Stat,
    StorageError,
    StorageUnavailable,
    seconds_of,
)

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
REFUSALS = {401, 403, 407, 451}
_PASSING = {408, 425, 429}
# Types that browsers play and never run. They treat any type that ends in "+xml" as a page.
# https://mimesniff.spec.whatwg.org/#xml-mime-type
_PLAYED = re.compile(
    r"(?:video|audio)/[a-z0-9.-]+|application/(?:mp4|x-mpegurl|vnd\.apple\.mpegurl)|text/vtt"
)
_BYTES = "application/octet-stream"
_PAGES = ("text/html", "application/xhtml")


@dataclass(frozen=True, slots=True)
class Version:
    """What identifies a version of a file, as far as its server tells."""

    size_bytes: int
    etag: str
    last_modified: str

    def is_still(self, other: "Version") -> bool:
        return self.is_but_for_tag(other) and _fits(self.etag, other.etag)

    def is_but_for_tag(self, other: "Version") -> bool:
        return self.size_bytes == other.size_bytes and _fits(
            self.last_modified, other.last_modified
        )


def _fits(ours: str, theirs: str) -> bool:
    return not ours or not theirs or ours == theirs


def version_of_range(response: httpx2.Response, start: int, *, or_whole: bool = False) -> Version:
    """Return the version of the bytes from ``start`` in a response; raise if it has others.

    ``or_whole`` accepts a whole file instead of a range from its beginning.
    """
    check_encoding(response)
    if response.status_code == 200:
        _refuse_page(response)
        length = response.headers.get("content-length", "")
        if or_whole and start == 0 and length.isdecimal():
            return _version_of(response, int(length))
        if or_whole:
            raise Permanent("The file's server has begun to ignore ranges.")
        raise Refused("The file's server cannot send parts of it, which seeking needs.")
    if response.status_code != 206:
        raise failure(response)
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if match is None or int(match[1]) != start:
        raise Permanent("The file's server does not say which bytes it sends.")
    return _version_of(response, int(match[3]))


def _refuse_page(response: httpx2.Response) -> None:
    """Raise Refused for a page: expired links lead to one, or to a login."""
    if response.headers.get("content-type", "").lower().startswith(_PAGES):
        raise Refused("There is a page at this link, not a file.")


def type_of(response: httpx2.Response) -> str:
    """Return the content type if it can be played, otherwise application/octet-stream."""
    said = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return said if _PLAYED.fullmatch(said) else _BYTES


def is_open_to(response: httpx2.Response, origin: str) -> bool:
    """Tell whether pages of other sites may read ``response`` (CORS)."""
    allowed = response.headers.get("access-control-allow-origin", "")
    return allowed == "*" or (bool(origin) and allowed == origin)


def check_encoding(response: httpx2.Response) -> None:
    """Raise Permanent for a body with an encoding that we did not ask for."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Permanent("The file's server sends it encoded.")


def _version_of(response: httpx2.Response, size_bytes: int) -> Version:
    """Return the version of a file of ``size_bytes`` that an answer describes."""
    headers = response.headers
    return Version(size_bytes, headers.get("etag", ""), headers.get("last-modified", ""))


def failure(response: httpx2.Response) -> StorageError:
    """Return the error for an unsuccessful answer."""
    status = response.status_code
    if status in (404, 410):
        return Missing()
    if status in REFUSALS:
        return Refused("The file's server does not let us have it.")
    if status >= 500 or status in _PASSING:
        wait_s = seconds_of(response.headers.get("retry-after", ""))
        return StorageUnavailable("The file's server is unavailable.", retry_after_s=wait_s)
    return Permanent("The server there does not answer as it should.")


def stat_of(key: str, version: Version) -> Stat:
    """Return the Stat of a file in this version."""
    # The upstream's own ETag may be weak, missing, or invalid as one of ours.
    parts = (key, str(version.size_bytes), version.etag, version.last_modified)
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    try:
        modified = parsedate_to_datetime(version.last_modified).astimezone(UTC)
    except (ValueError, OverflowError):
        modified = UNKNOWN_TIME
    return Stat(version.size_bytes, f'"{digest}"', modified)
