"""A film that is sent from where a room is: what is shown then follows its index at once.

On a slow line the way to the first picture is the index, and then another request for the bytes of
a place far behind it. ``media.rotation`` says how that is saved.
"""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from hashlib import sha256
from typing import Any, ClassVar, Literal
from uuid import UUID

from core.per_loop import PerLoop
from library import services
from library.renditions import Place
from library.serve.ranges import Span
from library.storage import registry
from library.storage.base import READ_BYTES, Readable, Stat, Storage
from library.storage.threads import in_turn
from media.kinds import MOV, MP4
from media.rotation import Index, Rotated

# Of a longer one the first picture is a small part, and it would have to be read for each.
MOST_INDEX_BYTES = 1024 * 1024
_MOST_BOXES = 16
_KEPT_FILMS, _KEPT_ORDERS = 64, 8


class RotatedFile:
    """The file under a key in another order, to be read as one in a storage is."""

    kind: ClassVar[Literal["store", "link"]] = "store"

    def __init__(self, storage: Storage, rotated: Rotated) -> None:
        self._storage = storage
        self._spans = [Span(start, stop) for start, stop in rotated.spans]
        self._pieces: list[bytes | Span] = [rotated.head, *self._spans]

    async def stat(self, key: str) -> Stat:
        of_file = await self._storage.stat(key)
        order = sha256(repr(self._spans).encode()).hexdigest()[:8]
        etag = f'{of_file.etag[:-1]}-{order}"'
        return Stat(sum(map(_length, self._pieces)), etag, of_file.modified)

    @asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with aclosing(self._read(key, start, stop)) as chunks:
            yield chunks

    async def _read(self, key: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        begin = 0
        for piece in self._pieces:
            first, last = max(start - begin, 0), min(stop - begin, _length(piece))
            begin += _length(piece)
            if first >= last:
                continue
            if isinstance(piece, bytes):
                for at in range(first, last, READ_BYTES):
                    yield piece[at : min(at + READ_BYTES, last)]
                continue
            async with self._storage.open(key, piece.start + first, piece.start + last) as chunks:
                async for chunk in chunks:
                    yield chunk


async def key_frame_before(video_id: UUID, at_s: float) -> float | None:
    """Return when the last key frame is shown that is not after ``at_s``.

    None where that is not known, or only far away. Raises VideoNotFound, NotReady, NotPlayable
    and StorageError.
    """
    place = await services.file_to_play(await services.find_video(video_id=video_id, reader=None))
    keys_s = await _keys_s(registry.provider(place.storage), place)
    number = bisect_right(keys_s, at_s) - 1
    return keys_s[number] if number >= 0 else None


async def from_key_frame(place: Place, at_s: float) -> Readable:
    """Return the file with what is shown from the key frame before ``at_s`` on in front.

    The file as it is, where there is none or no such order. Raises StorageError.
    """
    storage = registry.provider(place.storage)
    number = bisect_right(await _keys_s(storage, place), at_s) - 1
    if number < 0:
        return storage
    rotated = await _kept.get().rotated(storage, place, number)
    return RotatedFile(storage, rotated) if rotated else storage


async def _keys_s(storage: Storage, place: Place) -> Sequence[float]:
    if not storage.is_near or place.mime_type not in (MP4.mime_type, MOV.mime_type):
        return ()
    return await _kept.get().keys_s(storage, place)


class _Kept:
    """What is known of films that were asked for lately; bytes under a key never change."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._keys_s: OrderedDict[tuple[str, str], Sequence[float]] = OrderedDict()
        self._rotated: OrderedDict[tuple[str, str, int], Rotated | None] = OrderedDict()

    async def keys_s(self, storage: Storage, place: Place) -> Sequence[float]:
        """Return when key frames are shown; nothing for a film that is not put in order."""
        film = (place.storage, place.key)
        async with self._lock:
            if film not in self._keys_s:
                index = await _read_index(storage, place.key)
                self._keys_s[film] = index.keys_s if index else ()
                _forget_oldest(self._keys_s, _KEPT_FILMS)
            self._keys_s.move_to_end(film)
            return self._keys_s[film]

    async def rotated(self, storage: Storage, place: Place, key: int) -> Rotated | None:
        order = (place.storage, place.key, key)
        async with self._lock:
            if order not in self._rotated:
                index = await _read_index(storage, place.key)
                self._rotated[order] = await in_turn(_rotated, index, key) if index else None
                _forget_oldest(self._rotated, _KEPT_ORDERS)
            self._rotated.move_to_end(order)
            return self._rotated[order]


_kept = PerLoop(_Kept)


def _forget_oldest(kept: "OrderedDict[Any, Any]", most: int) -> None:
    if len(kept) > most:
        kept.popitem(last=False)


def _rotated(index: Index, key: int) -> Rotated | None:
    try:
        return index.rotated(key)
    except (ValueError, LookupError):
        return None


def _index(kind: bytes, moov: bytes, data: tuple[int, int]) -> Index | None:
    try:
        return Index(kind, moov, data)
    except (ValueError, LookupError):
        return None


async def _read_index(storage: Storage, key: str) -> Index | None:
    """Read a film's index; None for one that is too long, or odd."""
    size_bytes = (await storage.stat(key)).size_bytes
    found: dict[bytes, tuple[int, int, int]] = {}
    start = 0
    for _ in range(_MOST_BOXES):
        if start >= size_bytes:
            break
        head = await _read(storage, key, start, min(start + 16, size_bytes))
        length, kind, head_bytes = int.from_bytes(head[:4]), head[4:8], 8
        if length == 1:
            length, head_bytes = int.from_bytes(head[8:]), 16
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
    ftyp = await _read(storage, key, at, end)
    moov = await _read(storage, key, moov_at, moov_end)
    return await in_turn(_index, ftyp, moov, found[b"mdat"][1:])


async def _read(storage: Storage, key: str, start: int, stop: int) -> bytes:
    async with storage.open(key, start, stop) as chunks:
        return b"".join([chunk async for chunk in chunks])


def _length(piece: bytes | Span) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.length
