"""Reorders an MP4 so that the samples from a certain time on follow its index.

Pure. A player that starts in the middle of a film must read the whole index, and then make another
request for that position. In this order the samples it needs follow at once. Only chunk offsets
change. ISO 14496-12: sample tables are sections 8.6 and 8.7, edit lists section 8.6.6.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from media.boxes import boxes, number, table, within

Runs = Sequence[tuple[int, int]]

# Players first look at the first samples, and read on from there until the page seeks. Chromium
# waits for data at most 160 KiB ahead, and makes a new request for data farther away. So the order
# is: what the player looks at first, what it will show, and then what it reads before it seeks.
REACH_BYTES = 160 * 1024
SHOWN_BYTES = 96 * 1024
READ_BYTES = 128 * 1024
# Audio is needed from the decode time of the key frame on, or earlier: Opus needs 80 ms of preroll.
SOUND_BEFORE_S = 0.1
# Eleven hours with a key frame every two seconds. Some facts about each are kept in memory.
MOST_KEYS = 20_000
_LARGE = 1 << 32
# The header of a box with a 64-bit size.
_DATA_HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Track:
    """The offsets and times of one track's samples."""

    kind: bytes
    timescale: int
    # Media time at which the presentation starts, by the edit list; negative for a late start.
    shift: int
    durations: Runs
    offsets: Runs
    keys: Sequence[int] | None
    chunks: Sequence[int]
    samples_of_chunks: Runs
    # A single number if all samples have the same size.
    sizes: Sequence[int] | int

    def samples_at(self, times_s: Iterable[float]) -> Iterator[int]:
        """Yield the sample decoded at each of ``times_s``, which must ascend; counted from 0."""
        runs = iter(self.durations)
        first = time = count = 0
        duration = 1
        for at_s in times_s:
            wanted = max(0, int(at_s * self.timescale) + self.shift)
            while wanted >= time + count * duration:
                first, time, count = first + count, time + count * duration, 0
                run = next(runs, None)
                if run is None:
                    break
                count, duration = run
            yield first + (wanted - time) // duration if count else max(0, first - 1)

    def shown_s(self, samples: Iterable[int]) -> Iterator[float]:
        """Yield the presentation time of each of ``samples``, which must ascend."""
        decoded, shifted = _Reader(self.durations), _Reader(self.offsets)
        for sample in samples:
            shown = decoded.sum_before(sample) + shifted.value_at(sample) - self.shift
            yield shown / self.timescale

    def decoded_s(self, samples: Iterable[int]) -> Iterator[float]:
        """Yield the decode time of each of ``samples``, which must ascend."""
        decoded = _Reader(self.durations)
        for sample in samples:
            yield (decoded.sum_before(sample) - self.shift) / self.timescale

    def chunks_of(self, samples: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield the offset and the first sample of the chunk with each of ``samples``.

        ``samples`` must ascend.
        """
        runs = iter(self.samples_of_chunks)
        ends = iter([first for first, _ in self.samples_of_chunks[1:]] + [len(self.chunks) + 1])
        first_sample = in_run = chunk = each = 0
        for sample in samples:
            while sample >= first_sample + in_run:
                first_sample += in_run
                chunk, each = next(runs, (0, 0))
                if not chunk:
                    raise ValueError("a sample is in no chunk")
                in_run = max(0, next(ends) - chunk) * each
            passed = (sample - first_sample) // each
            yield self.chunks[chunk - 1 + passed], first_sample + passed * each

    def places_of(self, samples: Sequence[int]) -> Iterator[int]:
        """Yield the file offset of each of ``samples``, which must ascend."""
        before = behind = 0
        for sample, (begin, first) in zip(samples, self.chunks_of(samples), strict=True):
            if isinstance(self.sizes, int):
                yield begin + (sample - first) * self.sizes
                continue
            if first >= before:
                before, behind = first, 0
            behind += sum(self.sizes[before:sample])
            before = sample
            yield begin + behind


class _Reader:
    """Reads run-length encoded values from the beginning on, for ascending samples."""

    def __init__(self, runs: Runs) -> None:
        self._runs = iter(runs)
        self._first = self._sum = self._count = self._value = 0

    def value_at(self, sample: int) -> int:
        while sample >= self._first + self._count:
            self._first += self._count
            self._sum += self._count * self._value
            run = next(self._runs, None)
            if run is None:
                return 0
            self._count, self._value = run
        return self._value

    def sum_before(self, sample: int) -> int:
        self.value_at(sample)
        return self._sum + (sample - self._first) * self._value


@dataclass(frozen=True, slots=True)
class _Offsets:
    """The position and number width of a track's chunk offset table in an index."""

    at: int
    code: str
    width: int
    count: int

    def read(self, moov: bytes, first: int, end: int) -> "array[int]":
        content = moov[self.at + first * self.width : self.at + end * self.width]
        return _big_endian(array(self.code, content))


class Index:
    """The index (``moov``) of a film whose samples lie between the offsets ``data`` of its file.

    ``keys_s`` has the presentation times, ascending and above 0, of the key frames from which the
    film can be reordered.
    """

    def __init__(self, kind: bytes, moov: bytes, data: tuple[int, int]) -> None:
        """Raise ValueError or LookupError if the index cannot be read or the film not reordered."""
        self.kind, self.moov, self.data = kind, moov, data
        self.tables = [_offsets_of(moov, trak) for trak in _traks(moov)]
        tracks = [
            _read_track(moov, trak, offsets.read(moov, 0, offsets.count))
            for trak, offsets in zip(_traks(moov), self.tables, strict=True)
        ]
        for track in tracks:
            if any(later < earlier for earlier, later in pairwise(track.chunks)):
                raise ValueError("a track is not in order")
        self._chunks = array("Q", sorted(at for track in tracks for at in track.chunks))
        if not self._chunks or self._chunks[0] < data[0] or self._chunks[-1] >= data[1]:
            raise ValueError("a sample is elsewhere")
        is_long = self.head_bytes + data[1] - data[0] > _LARGE
        if is_long and any(offsets.width == 4 for offsets in self.tables):
            raise ValueError("there is no room for an offset")
        last_first = max(each.chunks[0] for each in tracks if each.chunks)
        self._looked_at = self._chunk_after(last_first)
        if self._looked_at - data[0] > REACH_BYTES:
            raise ValueError("the first chunks are large")
        self.keys_s, self._turns = array("d"), array("Q")
        for key_s, key_at, turn in _turns(tracks):
            ahead_bytes = self._looked_at - last_first + key_at - turn
            is_there = ahead_bytes <= REACH_BYTES and key_at < self._chunk_after(turn + SHOWN_BYTES)
            is_later = turn > self._looked_at and key_s > (self.keys_s[-1] if self.keys_s else 0)
            if is_there and is_later:
                self.keys_s.append(key_s)
                self._turns.append(turn)

    @property
    def head_bytes(self) -> int:
        """The size of the reordered film's beginning, up to the samples."""
        return len(self.kind) + len(self.moov) + _DATA_HEAD_BYTES

    def rotated(self, key: int) -> "Rotated":
        """Return the film reordered to start with the samples from ``keys_s[key]`` on."""
        (start, stop), looked_at, turn = self.data, self._looked_at, self._turns[key]
        read = min(turn, self._chunk_after(looked_at + READ_BYTES))
        shown = self._chunk_after(turn + SHOWN_BYTES)
        order = ((start, looked_at), (turn, shown), (looked_at, read), (shown, stop), (read, turn))
        return Rotated(self, tuple(span for span in order if span[0] < span[1]))

    def _chunk_after(self, offset: int) -> int:
        number_of = bisect_right(self._chunks, offset)
        return self._chunks[number_of] if number_of < len(self._chunks) else self.data[1]


@dataclass(frozen=True, slots=True)
class Rotated:
    """A reordered film: a head, followed by each of ``spans`` of the file.

    The spans cover all samples once. The head is computed while it is read, so that many orders of
    a film take no more memory than one index.
    """

    index: Index
    spans: tuple[tuple[int, int], ...]

    def head(self, start: int, stop: int) -> bytes:
        """Return the bytes of the head from ``start`` up to, not including, ``stop``."""
        index = self.index
        length = index.data[1] - index.data[0] + _DATA_HEAD_BYTES
        data_head = (1).to_bytes(4) + b"mdat" + length.to_bytes(8)
        moov_at = len(index.kind)
        first, last = max(0, start - moov_at), min(len(index.moov), stop - moov_at)
        moov = bytearray(index.moov[first : max(first, last)])
        for offsets in index.tables:
            self._move(offsets, moov, first)
        behind = moov_at + len(index.moov)
        return (
            index.kind[start:stop]
            + bytes(moov)
            + data_head[max(0, start - behind) : max(0, stop - behind)]
        )

    def _move(self, offsets: _Offsets, part: bytearray, part_at: int) -> None:
        """Write new offsets into ``part`` of the index, which may start or end inside a number."""
        at, width = offsets.at, offsets.width
        first = max(0, (part_at - at) // width)
        end = min(offsets.count, -((at - part_at - len(part)) // width))
        if first >= end:
            return
        moved = offsets.read(self.index.moov, first, end)
        old = moved[:]
        place = self.index.head_bytes
        for begin, stop in self.spans:
            for number_of in range(bisect_left(old, begin), bisect_left(old, stop)):
                moved[number_of] += place - begin
            place += stop - begin
        content = _big_endian(moved).tobytes()
        skipped = max(0, part_at - at - first * width)
        content = content[skipped:]
        into = max(0, at + first * width - part_at)
        content = content[: len(part) - into]
        part[into : into + len(content)] = content


def _turns(tracks: Sequence[_Track]) -> Iterator[tuple[float, int, int]]:
    """Yield the time and offset of each key frame, and the lowest offset that is needed for it."""
    picture = next((each for each in tracks if each.kind == b"vide"), None)
    if picture is None or picture.keys is None:
        raise ValueError("there are no key frames")
    keys = picture.keys
    if any(later <= earlier for earlier, later in pairwise(keys)):
        raise ValueError("the key frames are not in order")
    sounds_s = [decoded_s - SOUND_BEFORE_S for decoded_s in picture.decoded_s(keys)]
    begins = [
        track.chunks_of(keys if track is picture else track.samples_at(sounds_s))
        for track in tracks
        if track.kind in (b"vide", b"soun") and track.chunks
    ]
    shown_s, places = picture.shown_s(keys), picture.places_of(keys)
    for key_s, key_at, *chunks in zip(shown_s, places, *begins, strict=True):
        yield key_s, key_at, min(begin for begin, _ in chunks)


def _big_endian(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _traks(moov: bytes) -> Iterator[tuple[int, int]]:
    (root,) = boxes(moov)
    return ((body, stop) for kind, body, stop in boxes(moov, *root[1:]) if kind == b"trak")


def _offsets_of(moov: bytes, trak: tuple[int, int]) -> _Offsets:
    stbl = within(moov, trak, b"mdia", b"minf", b"stbl")
    for kind, body, stop in boxes(moov, *stbl):
        if kind in (b"stco", b"co64"):
            code, width = ("I", 4) if kind == b"stco" else ("Q", 8)
            count = number(moov, body + 4)
            at = body + 8
            if at + count * width > stop:
                raise ValueError("a box is truncated")
            return _Offsets(at, code, width, count)
    raise ValueError("a track has no chunks")


def _read_track(moov: bytes, trak: tuple[int, int], chunks: Sequence[int]) -> _Track:
    mdia = within(moov, trak, b"mdia")
    mdhd = within(moov, mdia, b"mdhd")
    handler = within(moov, mdia, b"hdlr")[0] + 8
    stbl = within(moov, mdia, b"minf", b"stbl")
    found = {kind: (body, stop) for kind, body, stop in boxes(moov, *stbl)}
    timescale = number(moov, mdhd[0] + (20 if moov[mdhd[0]] else 12))
    if not timescale:
        raise ValueError("a track has no timescale")
    keys = found.get(b"stss")
    if keys is not None and number(moov, keys[0] + 4) > MOST_KEYS:
        raise ValueError("there are too many key frames")
    return _Track(
        kind=moov[handler : handler + 4],
        timescale=timescale,
        shift=_shift_of(moov, trak, timescale),
        durations=[(count, max(1, each)) for count, each in table(moov, found[b"stts"], "II")],
        offsets=[(count, each) for count, each in table(moov, found[b"ctts"], "Ii")]
        if b"ctts" in found
        else [],
        keys=None if keys is None else [sample - 1 for (sample,) in table(moov, keys, "I")],
        chunks=chunks,
        samples_of_chunks=[
            (first, count) for first, count, _ in table(moov, found[b"stsc"], "III")
        ],
        sizes=_sizes_of(moov, found[b"stsz"]),
    )


def _sizes_of(moov: bytes, stsz: tuple[int, int]) -> Sequence[int] | int:
    begin = stsz[0] + 12
    alike, count = number(moov, begin - 8), number(moov, begin - 4)
    if not alike and begin + count * 4 > stsz[1]:
        raise ValueError("a box is truncated")
    return alike or _big_endian(array("I", moov[begin : begin + count * 4]))


def _shift_of(moov: bytes, trak: tuple[int, int], timescale: int) -> int:
    """Return the media time at which a track starts; raise ValueError for several edits."""
    edits = next((box for box in boxes(moov, *trak) if box[0] == b"edts"), None)
    if edits is None:
        return 0
    elst = within(moov, edits[1:], b"elst")
    entries = list(table(moov, elst, "Qqi" if moov[elst[0]] else "Iii"))
    if len(entries) != 1 or entries[0][1] < 0:
        raise ValueError("a track is shown in pieces")
    return int(entries[0][1])
