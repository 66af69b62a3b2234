"""Sending a film with the part that a room is watching right after its index.

On a slow line the first picture needs the index, and then another request for bytes far behind it.
``media.rotation`` describes how the second request is avoided.
"""

import asyncio
import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Literal
from uuid import UUID
from weakref import WeakValueDictionary

from core.errors import Unavailable
from core.fair_queue import Busy, FairQueue
from core.per_loop import PerLoop
from core.single_flight import SingleFlight
from library import renditions, services
from library.renditions import Place
from library.serve.ranges import Span
from library.storage import registry
from library.storage.base import READ_BYTES, Readable, Stat, check_complete
from media.boxes import HEAD_BYTES, head_of
from media.kinds import MOV, MP4
from media.probe import Read
from media.rotation import Index, Rotated

# In a longer index the gain is small, and the index must be read for each film.
MOST_INDEX_BYTES = 1024 * 1024
_MOST_BOXES = 16
_KEPT_FILMS = 16
# After this time, sending the film in its own order is faster.
PATIENCE_S = 1.0

TURNS = FairQueue(at_once=1, of_one=1)

# A storage and a key, and for links the version, because their bytes may change.
_Film = tuple[str, str, str]

# Our addresses of films, as made by ``library.tokens``.
_STREAM = re.compile(r"/api/v1/videos/([0-9a-f-]{36})/stream\?token=[^&]*")
_MADE = re.compile(r"/media/[^/?]+/([0-9a-f-]{36})/v([0-9]{1,9})/([^/?]+)")


class Late(Unavailable):
    """The order of a film's bytes could not be determined in time."""


class RotatedFile:
    """A version of a file in another order, readable like a file in a storage."""

    def __init__(self, film: Readable, size_bytes: int, rotated: Rotated) -> None:
        self.kind: Literal["store", "link"] = film.kind
        self._film = film
        self._size_bytes = size_bytes
        self._rotated = rotated
        self._spans = [Span(start, stop) for start, stop in rotated.spans]

    async def stat(self, key: str) -> Stat:
        of_file = await self._film.stat(key)
        check_complete(self._film, of_file, self._size_bytes)
        order = sha256(repr(self._spans).encode()).hexdigest()[:8]
        etag = f'{of_file.etag[:-1]}-{order}"'
        size_bytes = self._rotated.index.head_bytes + sum(span.length for span in self._spans)
        return Stat(size_bytes, etag, of_file.modified)

    @asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with aclosing(self._read(key, start, stop)) as chunks:
            yield chunks

    async def one_version(self, key: str) -> Readable:
        return self

    async def _read(self, key: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        begin = self._rotated.index.head_bytes
        for at in range(start, min(stop, begin), READ_BYTES):
            yield self._rotated.head(at, min(at + READ_BYTES, stop, begin))
        for span in self._spans:
            first, last = max(start - begin, 0), min(stop - begin, span.length)
            begin += span.length
            if first >= last:
                continue
            async with self._film.open(key, span.start + first, span.start + last) as chunks:
                async for chunk in chunks:
                    yield chunk


async def key_frame_before(address: str, at_s: float) -> float | None:
    """Return the time, in seconds above 0, of the key frame that ``from_key_frame`` starts at.

    It is the last one not after ``at_s`` of the film at ``address``, one of our addresses; None if
    there is none. Raises VideoNotFound, NotReady, NotPlayable, Late and StorageError.
    """
    place = await _place_at(address)
    if place is None:
        return None
    _, index = await _film_soon(place)
    number = bisect_right(index.keys_s, at_s) - 1 if index else -1
    return index.keys_s[number] if index and number >= 0 else None


async def _place_at(address: str) -> Place | None:
    if found := _STREAM.fullmatch(address):
        video = await services.find_video(video_id=UUID(found[1]), reader=None)
        return await services.file_to_play(video)
    if found := _MADE.fullmatch(address):
        return await renditions.find(UUID(found[1]), int(found[2]), found[3])
    return None


async def from_key_frame(place: Place, at_s: float, *, is_begun: bool = False) -> Readable:
    """Return the file with the part from the key frame before ``at_s`` moved to the front.

    If that is not possible, the file is returned as it is. Raises Late, except if ``is_begun``: a
    client that has a part of the file must get the rest in the same order. Raises Busy and
    StorageError.
    """
    film, index = await (_film_with_index if is_begun else _film_soon)(place)
    number = bisect_right(index.keys_s, at_s) - 1 if index else -1
    if index is None or number < 0:
        return film
    return RotatedFile(film, place.size_bytes, index.rotated(number))


async def _film_soon(place: Place) -> tuple[Readable, Index | None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _film_with_index(place)
    except (Busy, TimeoutError):
        raise Late from None


async def _film_with_index(place: Place) -> tuple[Readable, Index | None]:
    """Return a film and the index of that version; None if its order cannot be changed."""
    storage = registry.provider(place.storage)
    if place.mime_type not in (MP4.mime_type, MOV.mime_type):
        return storage, None
    film = await storage.one_version(place.key)
    return film, await _indexes.get().get(film, place)


class _Indexes:
    """A cache of the indexes of recently requested films."""

    def __init__(self) -> None:
        self._reading = SingleFlight[_Film, Index | None]()
        # The least recently used first.
        self._kept: OrderedDict[_Film, Index | None] = OrderedDict()
        # Also has those in use: all viewers of a film share its index.
        self._used: WeakValueDictionary[_Film, Index] = WeakValueDictionary()

    async def get(self, version: Readable, place: Place) -> Index | None:
        """Return the index of a version, read once for all callers.

        Raises Busy and StorageError.
        """
        state = (await version.stat(place.key)).etag if version.kind == "link" else ""
        film = (place.storage, place.key, state)
        used = self._used.get(film)
        if used is not None or film in self._kept:
            self._keep(film, used)
            return used
        return await self._reading.get(film, partial(self._read, film, version))

    async def _read(self, film: _Film, version: Readable) -> Index | None:
        index = await _read_index(version, film[1])
        self._keep(film, index)
        return index

    def _keep(self, film: _Film, index: Index | None) -> None:
        self._kept[film] = index
        self._kept.move_to_end(film)
        if index is not None:
            self._used[film] = index
        if len(self._kept) > _KEPT_FILMS:
            self._kept.popitem(last=False)


_indexes = PerLoop(_Indexes)


def _index(kind: bytes, moov: bytes, data: tuple[int, int]) -> Index | None:
    try:
        return Index(kind, moov, data)
    except (ValueError, LookupError):
        return None


async def _read_index(storage: Readable, key: str) -> Index | None:
    """Read a film's index; None if it is too long or unusual. Raises Busy and StorageError."""
    size_bytes = (await storage.stat(key)).size_bytes
    read = _ahead(storage, key, size_bytes)
    found: dict[bytes, tuple[int, int, int]] = {}
    start = 0
    for _ in range(_MOST_BOXES):
        if start >= size_bytes:
            break
        begin = await read(start, min(start + HEAD_BYTES, size_bytes))
        kind, head_bytes, length = head_of(begin)
        end = start + length if length else size_bytes
        if end > size_bytes or end < start + head_bytes or kind in found or kind == b"moof":
            return None
        if kind not in (b"free", b"skip", b"wide"):
            found[kind] = (start, start + head_bytes, end)
        start = end
    if found.keys() != {b"ftyp", b"moov", b"mdat"}:
        return None
    (at, _, end), (moov_at, _, moov_end) = found[b"ftyp"], found[b"moov"]
    if end - at > 1024 or moov_end - moov_at > MOST_INDEX_BYTES:
        return None
    ftyp = await read(at, end)
    moov = await read(moov_at, moov_end)
    # Only now, so that a disk that hangs does not take the turn of others.
    return await TURNS.do(partial(_index, ftyp, moov, found[b"mdat"][1:]))


def _ahead(storage: Readable, key: str, size_bytes: int) -> Read:
    """Return a function that reads a film in few requests, because each may take a while."""
    kept: dict[int, bytes] = {}

    async def read(start: int, stop: int) -> bytes:
        for begin, content in kept.items():
            if begin <= start and stop <= begin + len(content):
                return content[start - begin : stop - begin]
        end = min(max(stop, start + READ_BYTES), size_bytes)
        async with storage.open(key, start, end) as chunks:
            kept[start] = b"".join([chunk async for chunk in chunks])
        return kept[start][: stop - start]

    return read
