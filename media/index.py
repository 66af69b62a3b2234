"""Puts the index of an MP4 (moov) before the film, so that it plays while it loads.

The size of the index is known only at the end. ffmpeg could then write the whole film a second time
behind it, but for a large film that takes minutes without any progress report. So space for the
index is reserved at the front. What the index does not need is filled with the first part of the
film, so that players read on from the index without a gap. The old copy of that part stays as bytes
that nothing refers to.

ISO 14496-12: boxes are section 4.2, chunk offsets section 8.7.5.
"""

import re
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from media import recipes
from media.boxes import HEAD_BYTES, boxes, head_of, number, within
from media.tracks import Tracks

# The most that the index has for each video or audio sample: size, duration, offset, and for video
# also composition offset and key frame.
_BYTES_OF_PICTURE, _BYTES_OF_SOUND = 44, 32
# AAC packets at 48 kHz.
_SOUNDS_PER_S = 47
_BYTES_OF_HEAD = 64 * 1024
# Used to guess the duration if the file does not state it: no film has a lower bit rate.
_LEAST_BYTES_PER_S = 60_000
# Enough for the first seconds of most films.
_MOVED_BYTES = 8 << 20
_COPIED_BYTES = 1 << 20
_TOO_SMALL = re.compile(r"reserved_moov_size is too small, needed (\d+) additional")
_HEAD_OF_DATA = 16
_PATH = (b"trak", b"mdia", b"minf", b"stbl")
_PLACES = {b"stco": "I", b"co64": "Q"}


def room_for(tracks: Tracks, *, sounds: int, duration_s: float | None, size_bytes: int) -> int:
    """Return how many bytes to reserve for the index of a film, usually twice what it needs.

    ``size_bytes`` is the size of the original, ``sounds`` the number of audio tracks to keep.
    """
    each_s = float(recipes.frames_per_s(tracks)) * _BYTES_OF_PICTURE
    each_s += sounds * _SOUNDS_PER_S * _BYTES_OF_SOUND
    length_s = duration_s or size_bytes / _LEAST_BYTES_PER_S
    return _BYTES_OF_HEAD + round(min(length_s * each_s, size_bytes))


def room_missing(words: str) -> int | None:
    """Return how many more bytes the index needed, if ffmpeg failed for that reason."""
    found = _TOO_SMALL.search(words)
    return int(found[1]) + _BYTES_OF_HEAD if found else None


def pictures_in(path: Path) -> int:
    """Return how many pictures the first track of an MP4 has; raise ValueError, OSError. Blocks."""
    with path.open("rb") as file:
        start, end = next((start, end) for kind, start, _, end in _boxes(file) if kind == b"moov")
        file.seek(start)
        index = file.read(end - start)
    stsz, _ = within(index, (0, len(index)), b"moov", *_PATH, b"stsz")
    # After version, flags and the size of all samples.
    return number(index, stsz + 8)


def close_gap(path: Path) -> None:
    """Move the start of the film right behind its index; raise ValueError, OSError. Blocks."""
    with path.open("r+b") as file:
        found = list(_boxes(file))
        starts = {kind: start for kind, start, _, _ in found}
        if [kind for kind, *_ in found if kind != b"free"] != [b"ftyp", b"moov", b"mdat"]:
            raise ValueError("the file has other boxes than ftyp, moov and mdat")
        _, _, data, end = found[-1]
        index_end = next(end for kind, _, _, end in found if kind == b"moov")
        file.seek(starts[b"moov"])
        index = bytearray(file.read(index_end - starts[b"moov"]))
        begin = index_end + _HEAD_OF_DATA
        moved_to = _moved(index, data, end, data - begin)
        _move(file, data, moved_to, begin)
        if moved_to == end:
            end = file.truncate(begin + end - data)
        file.seek(starts[b"moov"])
        file.write(index)
        file.write(struct.pack(">I4sQ", 1, b"mdat", end - index_end))


def _moved(index: bytearray, data: int, end: int, by: int) -> int:
    """Lower the chunk offsets for the first part of the data by ``by``; return that part's end."""
    tables = [(at, _read(index, at, stop, word)) for at, stop, word in _tables(index)]
    most = data + max(by, _MOVED_BYTES)
    # Cut between two chunks. The chunks of a track are in ascending order.
    later = [places[at] for _, places in tables if (at := bisect_left(places, most)) < len(places)]
    until = min(later, default=end)
    for at, places in tables:
        for position in range(bisect_left(places, until)):
            places[position] -= by
        _write(index, at, places)
    return until


def _tables(index: bytearray) -> Iterator[tuple[int, int, str]]:
    """Yield begin and end of each chunk offset table, and the array type of its numbers."""
    spans = [(8, len(index))]
    for name in _PATH:
        spans = [
            (body, end)
            for start, stop in spans
            for kind, body, end in boxes(index, start, stop)
            if kind == name
        ]
    for start, stop in spans:
        for kind, body, end in boxes(index, start, stop):
            if kind in _PLACES:
                # Skip version, flags and count.
                yield body + 8, end, _PLACES[kind]


def _read(index: bytearray, start: int, stop: int, word: str) -> "array[int]":
    places = array(word)
    places.frombytes(index[start:stop])
    if sys.byteorder == "little":
        places.byteswap()
    return places


def _write(index: bytearray, at: int, places: "array[int]") -> None:
    if sys.byteorder == "little":
        places.byteswap()
    content = places.tobytes()
    index[at : at + len(content)] = content


def _move(file: BinaryIO, start: int, stop: int, to: int) -> None:
    """Copy a part of a file to an earlier position."""
    while start < stop:
        file.seek(start)
        content = file.read(min(_COPIED_BYTES, stop - start))
        if not content:
            raise ValueError("the film is truncated")
        file.seek(to)
        file.write(content)
        start, to = start + len(content), to + len(content)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield kind, start, start of the body and end of each box; they must fill the file."""
    size_bytes, start = file.seek(0, 2), 0
    while start < size_bytes:
        file.seek(start)
        kind, head_bytes, length = head_of(file.read(HEAD_BYTES))
        if length < 8 or start + length > size_bytes:
            raise ValueError("a box is truncated")
        yield kind, start, start + head_bytes, start + length
        start += length
