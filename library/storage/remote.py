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

# A player asks for many ranges in a row: the upstream is not asked each time what it has.
REMEMBERED = timedelta(seconds=60)
MOST_REMEMBERED = 1000
# Nodes behind one name may have tags of their own, and dates too where they got their copies at
# different times, as with nginx; and some programs make a tag for each answer. So often one is
# asked for to see whether it was the file that changed. A file of the same size whose date goes
# back to what it was has not.
_PROOFS = 5
# Servers say who may read only to whom it could matter. https://fetch.spec.whatwg.org/#origin-header
_NO_ORIGIN = "null"
_DECODED_BYTES = 256 * 1024
_PASSED = ("content-length", "content-range", "accept-ranges")


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
        self._versions: OrderedDict[str, tuple[float, Version]] = OrderedDict()
        # Addresses whose tags tell nothing; True where their dates do not, either.
        self._untagged: OrderedDict[str, bool] = OrderedDict()

    async def stat(self, key: str) -> Stat:
        """See Storage.stat; raises TooLarge for a file larger than we pass on."""
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
        """Read as ``open`` does, of ``version`` if one is given."""

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
        """Return the text at ``address`` whole; raise StorageError, TooLarge.

        ``origin`` is the site of the pages that may want to read it, if that is known.
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

        Raises StorageError where nobody may, and where nothing is.
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
        """Give the answer to pages at ``origin``, and whether they may read it.

        Some servers refuse what other sites' pages ask for, and send it to everybody else.
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
        """Give the answer to a request for ``address`` as it comes, to be passed on."""
        async with self._web.get(address, {"Range": range_} if range_ else {}) as response:
            check_encoding(response)
            if response.status_code not in (200, 206):
                raise failure(response)
            about = {name: response.headers[name] for name in _PASSED if name in response.headers}
            about["content-type"] = type_of(response)
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

    async def _checked(self, key: str) -> Version:
        """Return what is there, as ``stat`` tells it; raise TooLarge for more than we pass on."""
        version = self._remembered(key)
        if version is None:
            version = await self._ask(key)
            self._remember(key, version)
        if version.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        return version

    async def _ask(self, key: str) -> Version:
        async with self._web.get(key, {"Range": "bytes=0-0"}) as response:
            return self._known(key, version_of_range(response, 0))

    async def _is_same(self, key: str, before: Version, now: Version) -> bool:
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

    def _known(self, key: str, version: Version) -> Version:
        """Return ``version`` without what tells nothing."""
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
    """A file elsewhere as it was when it was asked for, however long ago that is."""

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
