"""Videos that stay on other servers: we only pass them on.

A key is the address itself. What we do with answers of an upstream:

====================================  =======================================================
answers 206 as asked                  passed on
ignores Range (200)                   Refused at first; later the start of a file is passed
                                      on, and other ranges are Permanent
a page instead of the file            Refused
404, 410                              Missing
401, 403, 407, 451                    Refused
416, other 4xx, an encoded body       Permanent
408, 425, 429, 5xx, no answer         StorageUnavailable
a body that breaks off, hangs, or     requested again from there; StorageUnavailable if that
is very slow                          brings nothing
another size, ETag or Last-Modified   StorageUnavailable, and the next ``stat`` sees the new
an ETag that changes back and forth   ignored: size and Last-Modified count
both change, as with several nodes    ignored: only the size counts
====================================  =======================================================
"""

import codecs
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Literal

import httpx2

from core.sizes import too_large
from library.storage.addresses import Rules, parse
from library.storage.base import (
    Readable,
    Refused,
    Stat,
    Storage,
    StorageUnavailable,
)
from library.storage.options import RemoteOptions
from library.storage.remote_answers import (
    REFUSALS,
    Version,
    check_encoding,
    failure,
    is_open_to,
    stat_of,
    type_of,
    version_of_range,
)
from library.storage.resuming import resuming
from library.storage.web import Patience, Web, body

# A player requests many ranges in a row; the upstream is not asked for its state each time.
REMEMBERED = timedelta(seconds=60)
MOST_REMEMBERED = 1000
# Nodes behind one name may have different ETags, and different dates if they got their copies at
# different times, as with nginx. Some programs make a new ETag for each answer. This many requests
# find out whether the file really has changed: it has not if the size is the same and the date goes
# back to the old one.
_PROOFS = 5
# Servers send CORS fields only to requests with Origin. https://fetch.spec.whatwg.org/#origin-header
_NO_ORIGIN = "null"
_DECODED_BYTES = 256 * 1024
_PASSED = ("content-length", "content-range", "accept-ranges")


@dataclass(frozen=True, slots=True)
class Document:
    """A text from the web, its final address, and whether pages of other sites may read it."""

    url: str
    content: bytes
    is_open: bool

    @property
    def text(self) -> str:
        """Decode it in pieces, because decoding blocks other threads, with 10 ms per megabyte
        of invalid UTF-8.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pieces = [
            decoder.decode(self.content[start : start + _DECODED_BYTES])
            for start in range(0, len(self.content), _DECODED_BYTES)
        ]
        return "".join([*pieces, decoder.decode(b"", final=True)])


@dataclass(frozen=True, slots=True)
class Passage:
    """An upstream's answer to pass on to a client, without types that browsers would run."""

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
        self._versions: OrderedDict[str, tuple[float, Version]] = OrderedDict()
        # Addresses with useless ETags; True if their dates are useless too.
        self._untagged: OrderedDict[str, bool] = OrderedDict()

    async def stat(self, key: str) -> Stat:
        """See Storage.stat; raises TooLarge for a file above our limit."""
        return stat_of(key, await self._checked(key))

    async def one_version(self, key: str) -> Readable:
        """See Storage.one_version; raises TooLarge as ``stat`` does."""
        return _OneVersion(self, await self._checked(key))

    def open(
        self, key: str, start: int, stop: int
    ) -> contextlib.AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self.open_version(key, start, stop, self._remembered(key))

    @contextlib.asynccontextmanager
    async def open_version(
        self, key: str, start: int, stop: int, version: Version | None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Do the same as ``open``, for ``version`` if one is given."""

        @contextlib.asynccontextmanager
        async def begin(start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
            nonlocal version
            asked = {"Range": f"bytes={start}-{stop - 1}"}
            async with self._web.get(key, asked) as response:
                found = self._known(key, version_of_range(response, start, or_whole=True))
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
        """Return the whole text at ``address``; raise StorageError or TooLarge.

        ``origin`` is the site of the pages that may want to read it, if known.
        """
        async with self._get_for_pages(address, {}, origin) as (response, is_open):
            check_encoding(response)
            if response.status_code != 200:
                raise failure(response)
            content = bytearray()
            async for chunk in body(response):
                content += chunk
                if len(content) > limit_bytes:
                    raise too_large(limit_bytes)
            url = str(response.request.url)
            return Document(url, bytes(content), is_open)

    async def is_open(self, address: str, origin: str) -> bool:
        """Tell whether pages at ``origin`` may read what is at ``address``.

        Raises StorageError if nobody may, or if there is nothing.
        """
        first = {"Range": "bytes=0-0"}
        async with self._get_for_pages(address, first, origin) as (response, is_open):
            if response.status_code not in (200, 206):
                raise failure(response)
            return is_open

    @contextlib.asynccontextmanager
    async def _get_for_pages(
        self, address: str, headers: dict[str, str], origin: str
    ) -> AsyncIterator[tuple[httpx2.Response, bool]]:
        """Give the answer for pages at ``origin``, and whether they may read it.

        Some servers refuse requests of other sites' pages, and answer all others.
        """
        from_page = {**headers, "Origin": origin or _NO_ORIGIN}
        async with self._web.get(address, from_page) as response:
            if response.status_code not in REFUSALS:
                yield response, is_open_to(response, origin)
                return
        async with self._web.get(address, headers) as response:
            yield response, False

    @contextlib.asynccontextmanager
    async def passage(self, address: str, range_: str | None) -> AsyncIterator[Passage]:
        """Give the answer to a request for ``address``, to pass it on as it comes."""
        async with self._web.get(address, {"Range": range_} if range_ else {}) as response:
            check_encoding(response)
            if response.status_code not in (200, 206):
                raise failure(response)
            about = {name: response.headers[name] for name in _PASSED if name in response.headers}
            about["content-type"] = type_of(response)
            async with contextlib.aclosing(body(response)) as chunks:
                yield Passage(response.status_code, about, chunks)

    async def sign(self, key: str, ttl: timedelta) -> str | None:
        # The address is the owner's secret, and may stay valid for longer than our tokens.
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

    async def _checked(self, key: str) -> Version:
        """Return the version of the file; raise TooLarge for a file above our limit."""
        version = self._remembered(key)
        if version is None:
            version = await self._current_version(key)
            self._remember(key, version)
        if version.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        return version

    async def _current_version(self, key: str) -> Version:
        async with self._web.get(key, {"Range": "bytes=0-0"}) as response:
            return self._known(key, version_of_range(response, 0))

    async def _is_same(self, key: str, before: Version, now: Version) -> bool:
        """Tell whether a file is unchanged although its ETag is new; remember useless ETags.

        A file that has really changed has one new ETag and keeps it.
        """
        for _ in range(_PROOFS):
            again = await self._current_version(key)
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

    def _known(self, key: str, version: Version) -> Version:
        """Return ``version`` without useless fields."""
        if (is_undated := self._untagged.get(key)) is None:
            return version
        return replace(version, etag="", last_modified="" if is_undated else version.last_modified)

    def _remembered(self, key: str) -> Version | None:
        since, version = self._versions.get(key, (0.0, None))
        is_fresh = time.monotonic() - since < REMEMBERED.total_seconds()
        return version if is_fresh else None

    def _remember(self, key: str, version: Version) -> None:
        self._versions[key] = time.monotonic(), version
        self._versions.move_to_end(key)
        if len(self._versions) > MOST_REMEMBERED:
            self._versions.popitem(last=False)


class _OneVersion:
    """A remote file in the version that it had when this was made."""

    kind: Literal["store", "link"] = "link"

    def __init__(self, storage: RemoteStorage, version: Version) -> None:
        self._storage, self._version = storage, version

    async def stat(self, key: str) -> Stat:
        return stat_of(key, self._version)

    def open(
        self, key: str, start: int, stop: int
    ) -> contextlib.AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self._storage.open_version(key, start, stop, self._version)

    async def one_version(self, key: str) -> Readable:
        return self
