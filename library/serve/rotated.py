"""A film that is sent from where a room is: what is shown then follows its index at once.

On a slow line the way to the first picture is the index, and then another request for the bytes of
a place far behind it. ``media.rotation`` says how that is saved.
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
from library.storage.base import READ_BYTES, Readable, Stat
from media.boxes import HEAD_BYTES, head_of
from media.kinds import MOV, MP4
from media.probe import Read
from media.rotation import Index, Rotated

# Of a longer one the first picture is a small part, and it would have to be read for each.
MOST_INDEX_BYTES = 1024 * 1024
_MOST_BOXES = 16
_KEPT_FILMS = 16
# A film as it is comes sooner than one that has to be waited for longer.
PATIENCE_S = 1.0

TURNS = FairQueue(at_once=1, of_one=1)

# A storage, a key, and of a link its state: there bytes do change.
_Film = tuple[str, str, str]

# Our addresses of films, as ``library.tokens`` makes them.
_STREAM = re.compile(r"/api/v1/videos/([0-9a-f-]{36})/stream\?token=[^&]*")
_MADE = re.compile(r"/media/[^/?]+/([0-9a-f-]{36})/v([0-9]{1,9})/([^/?]+)")


class Late(Unavailable):
    """It is not known soon in which order a film's bytes are to come."""


class RotatedFile:
    """One version of a file in another order, to be read as one in a storage is."""

    def __init__(self, film: Readable, rotated: Rotated) -> None:
        self.kind: Literal["store", "link"] = film.kind
        self._film = film
        self._rotated = rotated
        self._spans = [Span(start, stop) for start, stop in rotated.spans]

    async def stat(self, key: str) -> Stat:
        of_file = await self._film.stat(key)
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
    """Return when the last key frame is shown, above 0, from which ``from_key_frame`` sends.

    It is that of the film at ``address``, one of ours, and not after ``at_s``; None where there
    is none. Raises VideoNotFound, NotReady, NotPlayable, Late and StorageError.
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
    """Return the file with what is shown from the key frame before ``at_s`` on in front.

    The file as it is, where there is no such order. Raises Late, but not for a film of which
    somebody has a part, so that ``is_begun``: the others must be of the same order. Raises Busy
    and StorageError.
    """
    film, index = await (_film_with_index if is_begun else _film_soon)(place)
    number = bisect_right(index.keys_s, at_s) - 1 if index else -1
    return RotatedFile(film, index.rotated(number)) if index and number >= 0 else film


async def _film_soon(place: Place) -> tuple[Readable, Index | None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _film_with_index(place)
    except (Busy, TimeoutError):
        raise Late from None


async def _film_with_index(place: Place) -> tuple[Readable, Index | None]:
    """Return a film, and the index of that version; None for one that is not put in order."""
    storage = registry.provider(place.storage)
    if place.mime_type not in (MP4.mime_type, MOV.mime_type):
        return storage, None
    film = await storage.one_version(place.key)
    return film, await _indexes.get().get(film, place)


class _Indexes:
    """The indexes of films that were asked for lately."""

    def __init__(self) -> None:
        self._reading = SingleFlight[_Film, Index | None]()
        # The one asked for longest ago first.
        self._kept: OrderedDict[_Film, Index | None] = OrderedDict()
        # Those that are being sent, too: all who are sent one film share its index.
        self._used: WeakValueDictionary[_Film, Index] = WeakValueDictionary()

    async def get(self, version: Readable, place: Place) -> Index | None:
        """Return the index of what is there, read once for all who ask.

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
    """Read a film's index; None for one that is too long, or odd. Raises Busy, StorageError."""
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
    # Only now: a disk that hangs keeps nobody else's turn.
    return await TURNS.do(partial(_index, ftyp, moov, found[b"mdat"][1:]))


def _ahead(storage: Readable, key: str, size_bytes: int) -> Read:
    """Return how to read a film with few questions: each to a server elsewhere takes a while."""
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
