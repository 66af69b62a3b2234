"""The index of an MP4, which stands before the film so that it plays while it loads.

How long it is is known only at the end. ffmpeg can write the whole film a second time then, behind
the index; of a large one that takes minutes, in which it says nothing. So it leaves room enough in
front, and what is shown first is moved into what is left of that: players read on from the index
without a leap. What was there before stays as bytes that nothing refers to.

ISO 14496-12: boxes are section 4.2, where the pieces of a film lie section 8.7.5.
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
from media.boxes import HEAD_BYTES, boxes, head_of
from media.tracks import Tracks

# What the index has of each picture and each piece of sound, where no two are alike: its size,
# length, place, and for pictures when it is shown and whether it is a key frame.
_BYTES_OF_PICTURE, _BYTES_OF_SOUND = 44, 32
# Of AAC with 48,000 samples a second.
_SOUNDS_PER_S = 47
_BYTES_OF_HEAD = 64 * 1024
# A file that says nothing of its length, or something wrong, has no more index than film.
_LEAST_BYTES_PER_S = 60_000
# The first seconds of most films.
_MOVED_BYTES = 8 << 20
_COPIED_BYTES = 1 << 20
_TOO_SMALL = re.compile(r"reserved_moov_size is too small, needed (\d+) additional")
_HEAD_OF_DATA = 16
_PATH = (b"trak", b"mdia", b"minf", b"stbl")
_PLACES = {b"stco": "I", b"co64": "Q"}


def room_for(tracks: Tracks, *, sounds: int, duration_s: float | None, size_bytes: int) -> int:
    """Return how many bytes to leave for the index of a film: mostly twice of what it takes.

    ``size_bytes`` is how large the original is, ``sounds`` how many tracks of sound are kept.
    """
    each_s = float(recipes.frames_per_s(tracks)) * _BYTES_OF_PICTURE
    each_s += sounds * _SOUNDS_PER_S * _BYTES_OF_SOUND
    length_s = duration_s or size_bytes / _LEAST_BYTES_PER_S
    return _BYTES_OF_HEAD + round(min(length_s * each_s, size_bytes))


def room_missing(words: str) -> int | None:
    """Return how many bytes more the index would have taken, when ffmpeg failed for that."""
    found = _TOO_SMALL.search(words)
    return int(found[1]) + _BYTES_OF_HEAD if found else None


def close_gap(path: Path) -> None:
    """Have the film begin right behind its index; raise ValueError, and OSError. Blocks."""
    with path.open("r+b") as file:
        found = list(_boxes(file))
        starts = {kind: start for kind, start, _, _ in found}
        if [kind for kind, *_ in found if kind != b"free"] != [b"ftyp", b"moov", b"mdat"]:
            raise ValueError("there is more in the file than an index and a film")
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
    """Say in ``index`` that the beginning of the data lies ``by`` bytes before; return its end."""
    tables = [(at, _read(index, at, stop, word)) for at, stop, word in _tables(index)]
    most = data + max(by, _MOVED_BYTES)
    # Between two pieces: the pieces of one track are in the order of their places.
    later = [places[at] for _, places in tables if (at := bisect_left(places, most)) < len(places)]
    until = min(later, default=end)
    for at, places in tables:
        for number in range(bisect_left(places, until)):
            places[number] -= by
        _write(index, at, places)
    return until


def _tables(index: bytearray) -> Iterator[tuple[int, int, str]]:
    """Give begin and end of each table of places, and the kind of its numbers."""
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
                # Behind version, flags and how many there are.
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
    """Copy a part of a file to a place before it."""
    while start < stop:
        file.seek(start)
        content = file.read(min(_COPIED_BYTES, stop - start))
        if not content:
            raise ValueError("the film is cut")
        file.seek(to)
        file.write(content)
        start, to = start + len(content), to + len(content)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int, int]]:
    """Give kind, start, start of the body and end of each box, which must fill the file."""
    size_bytes, start = file.seek(0, 2), 0
    while start < size_bytes:
        file.seek(start)
        kind, head_bytes, length = head_of(file.read(HEAD_BYTES))
        if length < 8 or start + length > size_bytes:
            raise ValueError("a box is cut")
        yield kind, start, start + head_bytes, start + length
        start += length
