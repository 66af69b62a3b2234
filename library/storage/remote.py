"""Videos that stay where they are on the web: we only pass them on.

A key is the address itself. What an upstream does, and what comes of it:

====================================  =======================================================
answers 206 as asked                  passed on
ignores Range (200)                   Refused at first; later on, the start of a file is
                                      passed on, the rest is Permanent
a page instead of the file            Refused
404, 410                              Missing
401, 403, 407, 451                    Refused
416, other 4xx, an encoded body       Permanent
408, 425, 429, 5xx, no answer         StorageUnavailable
a body that breaks off, hangs, or     asked for again from there; StorageUnavailable when
comes by the drop                     that brings nothing
another size, ETag or Last-Modified   StorageUnavailable, and the next ``stat`` sees the new
an ETag that changes back and forth   left out of account: size and Last-Modified tell
both do, as of several nodes          left out of account: the size tells
====================================  =======================================================
"""

import codecs
import contextlib
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar, Literal

import httpx2

from core.sizes import too_large
from library.storage.addresses import Rules, parse
from library.storage.base import (
    UNKNOWN_TIME,
    Missing,
    Permanent,
    Readable,
    Refused,
    Stat,
    Storage,
    StorageError,
    StorageUnavailable,
    seconds_of,
)
from library.storage.options import RemoteOptions
from library.storage.resuming import resuming
from library.storage.web import Patience, Web, body

# A player asks for many ranges in a row: the upstream is not asked each time what it has.
REMEMBERED = timedelta(seconds=60)
MOST_REMEMBERED = 1000
# Nodes behind one name may have tags of their own, and dates too where they got their copies at
# different times, as with nginx; and some programs make a tag for each answer. So often one is
# asked for to see whether it was the file that changed. A file of the same size whose date goes
# back to what it was has not.
_PROOFS = 5
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
_REFUSALS = {401, 403, 407, 451}
_PASSING = {408, 425, 429}
# Servers say who may read only to whom it could matter. https://fetch.spec.whatwg.org/#origin-header
_NO_ORIGIN = "null"
_DECODED_BYTES = 256 * 1024
_PASSED = ("content-length", "content-range", "accept-ranges")
# Types that a browser plays and never runs. A name that ends in "+xml" is a page to it, whatever
# stands before. https://mimesniff.spec.whatwg.org/#xml-mime-type
_PLAYED = re.compile(
    r"(?:video|audio)/[a-z0-9.-]+|application/(?:mp4|x-mpegurl|vnd\.apple\.mpegurl)|text/vtt"
)
_BYTES = "application/octet-stream"
_PAGES = ("text/html", "application/xhtml")


@dataclass(frozen=True, slots=True)
class _Version:
    """What tells one state of a file from another, as far as its server says."""

    size_bytes: int
    etag: str
    last_modified: str

    def is_still(self, other: "_Version") -> bool:
        return self.is_but_for_tag(other) and _fits(self.etag, other.etag)

    def is_but_for_tag(self, other: "_Version") -> bool:
        return self.size_bytes == other.size_bytes and _fits(
            self.last_modified, other.last_modified
        )


def _fits(ours: str, theirs: str) -> bool:
    return not ours or not theirs or ours == theirs


@dataclass(frozen=True, slots=True)
class Document:
    """A text on the web, where it was found, and whether pages of other sites may read it."""

    url: str
    content: bytes
    is_open: bool

    @property
    def text(self) -> str:
        """Decode it, in pieces: no other thread goes on meanwhile, and what is no UTF-8 takes
        10 ms a megabyte.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pieces = [
            decoder.decode(self.content[start : start + _DECODED_BYTES])
            for start in range(0, len(self.content), _DECODED_BYTES)
        ]
        return "".join([*pieces, decoder.decode(b"", final=True)])


@dataclass(frozen=True, slots=True)
class Passage:
    """An upstream's answer on its way to a client, with no type that a browser would run."""

    status: int
    headers: dict[str, str]
    chunks: AsyncIterator[bytes]


class RemoteStorage(Storage):
    """Files at public addresses, read by ranges."""

    name: ClassVar[str] = "remote"
    label: ClassVar[str] = "Where it is on the web"
    kind: ClassVar[Literal["store", "link"]] = "link"

    def __init__(
        self,
        options: RemoteOptions,
        *,
        rules: Rules | None = None,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
    ) -> None:
        self._max_bytes = options.max_bytes
        self._rules = rules = rules or Rules(options.own_hosts)
        self._web = Web(rules, patience)
        self._versions: OrderedDict[str, tuple[float, _Version]] = OrderedDict()
        # Addresses whose tags tell nothing; True where their dates do not, either.
        self._untagged: OrderedDict[str, bool] = OrderedDict()

    async def stat(self, key: str) -> Stat:
        """See Storage.stat; raises TooLarge for a file larger than we pass on."""
        return _stat_of(key, await self._checked(key))

    async def one_version(self, key: str) -> Readable:
        """See Storage.one_version; raises TooLarge as ``stat`` does."""
        return _OneVersion(self, await self._checked(key))

    def open(
        self, key: str, start: int, stop: int
    ) -> contextlib.AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self.open_version(key, start, stop, self._remembered(key))

    @contextlib.asynccontextmanager
    async def open_version(
        self, key: str, start: int, stop: int, version: _Version | None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Read as ``open`` does, of ``version`` if one is given."""

        @contextlib.asynccontextmanager
        async def begin(start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
            nonlocal version
            asked = {"Range": f"bytes={start}-{stop - 1}"}
            async with self._web.get(key, asked) as response:
                found = self._known(key, _version_of_range(response, start, or_whole=True))
                if version is not None and not version.is_still(found):
                    self._versions.pop(key, None)
                    if not await self._is_same(key, version, found):
                        raise StorageUnavailable("The file has been changed.")
                    found = self._known(key, found)
                version = found
                async with contextlib.aclosing(body(response)) as chunks:
                    yield chunks

        if start >= stop:
            await self.stat(key)
        async with resuming(begin, start, stop) as reader:
            yield reader

    async def document(self, address: str, limit_bytes: int, *, origin: str = "") -> Document:
        """Return the text at ``address`` whole; raise StorageError, TooLarge.

        ``origin`` is the site of the pages that may want to read it, if that is known.
        """
        async with self._get_for_pages(address, {}, origin) as (response, is_open):
            _check_encoding(response)
            if response.status_code != 200:
                raise _failure(response)
            content = bytearray()
            async for chunk in body(response):
                content += chunk
                if len(content) > limit_bytes:
                    raise too_large(limit_bytes)
            url = str(response.request.url)
            return Document(url, bytes(content), is_open)

    async def is_open(self, address: str, origin: str) -> bool:
        """Tell whether pages at ``origin`` may read what is at ``address``.

        Raises StorageError where nobody may, and where nothing is.
        """
        first = {"Range": "bytes=0-0"}
        async with self._get_for_pages(address, first, origin) as (response, is_open):
            if response.status_code not in (200, 206):
                raise _failure(response)
            return is_open

    @contextlib.asynccontextmanager
    async def _get_for_pages(
        self, address: str, headers: dict[str, str], origin: str
    ) -> AsyncIterator[tuple[httpx2.Response, bool]]:
        """Give the answer to pages at ``origin``, and whether they may read it.

        Some servers refuse what other sites' pages ask for, and send it to everybody else.
        """
        from_page = {**headers, "Origin": origin or _NO_ORIGIN}
        async with self._web.get(address, from_page) as response:
            if response.status_code not in _REFUSALS:
                yield response, _is_open(response, origin)
                return
        async with self._web.get(address, headers) as response:
            yield response, False

    @contextlib.asynccontextmanager
    async def passage(self, address: str, range_: str | None) -> AsyncIterator[Passage]:
        """Give the answer to a request for ``address`` as it comes, to be passed on."""
        async with self._web.get(address, {"Range": range_} if range_ else {}) as response:
            _check_encoding(response)
            if response.status_code not in (200, 206):
                raise _failure(response)
            about = {name: response.headers[name] for name in _PASSED if name in response.headers}
            about["content-type"] = _type_of(response)
            async with contextlib.aclosing(body(response)) as chunks:
                yield Passage(response.status_code, about, chunks)

    async def sign(self, key: str, ttl: timedelta) -> str | None:
        # The address is the owner's secret, and may work for longer than a token of ours.
        return None

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        raise Refused("Nothing can be stored on somebody else's server.")

    async def delete(self, key: str) -> None:
        parse(key, self._rules)
        self._versions.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        for key in tuple[str, ...]():
            yield key

    async def sweep(self) -> int:
        return 0

    async def close(self) -> None:
        await self._web.close()

    async def _checked(self, key: str) -> _Version:
        """Return what is there, as ``stat`` tells it; raise TooLarge for more than we pass on."""
        version = self._remembered(key)
        if version is None:
            version = await self._ask(key)
            self._remember(key, version)
        if version.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        return version

    async def _ask(self, key: str) -> _Version:
        async with self._web.get(key, {"Range": "bytes=0-0"}) as response:
            return self._known(key, _version_of_range(response, 0))

    async def _is_same(self, key: str, before: _Version, now: _Version) -> bool:
        """Tell whether a file is what it was, for its tags are worth nothing, which is kept.

        A file that was changed has one new tag, and keeps it.
        """
        for _ in range(_PROOFS):
            again = await self._ask(key)
            if not before.size_bytes == now.size_bytes == again.size_bytes:
                return False
            has_other_tag = again.etag != now.etag and before.is_but_for_tag(now)
            is_of_nodes = again == before
            if is_of_nodes or (has_other_tag and now.is_but_for_tag(again)):
                self._untagged[key] = not before.is_but_for_tag(now)
                self._untagged.move_to_end(key)
                if len(self._untagged) > MOST_REMEMBERED:
                    self._untagged.popitem(last=False)
                return True
        return False

    def _known(self, key: str, version: _Version) -> _Version:
        """Return ``version`` without what tells nothing."""
        if (is_undated := self._untagged.get(key)) is None:
            return version
        return replace(version, etag="", last_modified="" if is_undated else version.last_modified)

    def _remembered(self, key: str) -> _Version | None:
        since, version = self._versions.get(key, (0.0, None))
        is_fresh = time.monotonic() - since < REMEMBERED.total_seconds()
        return version if is_fresh else None

    def _remember(self, key: str, version: _Version) -> None:
        self._versions[key] = time.monotonic(), version
        self._versions.move_to_end(key)
        if len(self._versions) > MOST_REMEMBERED:
            self._versions.popitem(last=False)


class _OneVersion:
    """A file elsewhere as it was when it was asked for, however long ago that is."""

    kind: Literal["store", "link"] = "link"

    def __init__(self, storage: RemoteStorage, version: _Version) -> None:
        self._storage, self._version = storage, version

    async def stat(self, key: str) -> Stat:
        return _stat_of(key, self._version)

    def open(
        self, key: str, start: int, stop: int
    ) -> contextlib.AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._storage.open_version(key, start, stop, self._version)

    async def one_version(self, key: str) -> Readable:
        return self


def _version_of_range(response: httpx2.Response, start: int, *, or_whole: bool = False) -> _Version:
    """Return whose bytes from ``start`` on a response brings; raise what it is otherwise.

    ``or_whole`` takes a whole file for a range that begins with it.
    """
    _check_encoding(response)
    if response.status_code == 200:
        _refuse_page(response)
        length = response.headers.get("content-length", "")
        if or_whole and start == 0 and length.isdecimal():
            return _version(response, int(length))
        if or_whole:
            raise Permanent("The file's server has begun to ignore ranges.")
        raise Refused("The file's server cannot send parts of it, which seeking needs.")
    if response.status_code != 206:
        raise _failure(response)
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if match is None or int(match[1]) != start:
        raise Permanent("The file's server does not say which bytes it sends.")
    return _version(response, int(match[3]))


def _refuse_page(response: httpx2.Response) -> None:
    """Raise Refused for a page: links that have expired lead to one, or to sign in."""
    if response.headers.get("content-type", "").lower().startswith(_PAGES):
        raise Refused("There is a page at this link, not a file.")


def _type_of(response: httpx2.Response) -> str:
    """Return what the content is said to be, if that can be played; else that it is bytes."""
    said = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return said if _PLAYED.fullmatch(said) else _BYTES


def _is_open(response: httpx2.Response, origin: str) -> bool:
    """Tell whether ``response`` may be read by pages of other sites (CORS)."""
    allowed = response.headers.get("access-control-allow-origin", "")
    return allowed == "*" or (bool(origin) and allowed == origin)


def _check_encoding(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Permanent("The file's server sends it encoded.")


def _version(response: httpx2.Response, size_bytes: int) -> _Version:
    headers = response.headers
    return _Version(size_bytes, headers.get("etag", ""), headers.get("last-modified", ""))


def _failure(response: httpx2.Response) -> StorageError:
    status = response.status_code
    if status in (404, 410):
        return Missing()
    if status in _REFUSALS:
        return Refused("The file's server does not let us have it.")
    if status >= 500 or status in _PASSING:
        wait_s = seconds_of(response.headers.get("retry-after", ""))
        return StorageUnavailable("The file's server is unavailable.", retry_after_s=wait_s)
    return Permanent("The server there does not answer as it should.")


def _stat_of(key: str, version: _Version) -> Stat:
    # The upstream's own tag may be weak, missing, or not fit into a header of ours.
    parts = (key, str(version.size_bytes), version.etag, version.last_modified)
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    try:
        modified = parsedate_to_datetime(version.last_modified).astimezone(UTC)
    except (ValueError, OverflowError):
        modified = UNKNOWN_TIME
    return Stat(version.size_bytes, f'"{digest}"', modified)
