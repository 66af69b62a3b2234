"""An MP4 in another order: behind its index comes what is shown from a certain time on.

Pure. A player has to read the whole index, and asks anew for the bytes of any other place. In this
order those of the place follow at once. Only where samples are changes, by ISO 14496-12: sample
tables are sections 8.6 and 8.7, edit lists section 8.6.6.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from media.boxes import boxes, number, table, within

Runs = Sequence[tuple[int, int]]

# Players look at the first samples before they go anywhere, and read on from there until they are
# told to go. Chromium waits for what is at most 160 KiB ahead of what it has, and asks anew for
# what is farther. So first comes what it looks at, then what is to be shown, and then so much of
# what it would read meanwhile.
SHOWN_BYTES = 96 * 1024
READ_BYTES = 128 * 1024
# Sound is read from when the key frame is decoded, or earlier: Opus needs 80 ms to begin.
SOUND_BEFORE_S = 0.1
_LARGE = 1 << 32
# With a length of 8 bytes.
_DATA_HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Rotated:
    """The same film: ``head``, then the bytes of the file between each two of ``spans``."""

    head: bytes
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Track:
    """Where the samples of one track are, and when they are shown."""

    kind: bytes
    timescale: int
    # What of its own time is not shown, or is shown earlier than others begin.
    shift: int
    durations: Runs
    offsets: Runs
    keys: Sequence[int] | None
    chunks: Sequence[int]
    samples_of_chunks: Runs

    def sample_at(self, at_s: float) -> int:
        """Return the number of the sample that is decoded at ``at_s``, from 0."""
        wanted = max(0, int(at_s * self.timescale) + self.shift)
        first = time = 0
        for count, duration in self.durations:
            if wanted < time + count * duration:
                return first + (wanted - time) // duration
            first, time = first + count, time + count * duration
        return max(0, first - 1)

    def shown_s(self, samples: Iterable[int]) -> Iterator[float]:
        """Give when each of ``samples``, which ascend, is shown."""
        decoded, shifted = _Reader(self.durations), _Reader(self.offsets)
        for sample in samples:
            shown = decoded.sum_before(sample) + shifted.value_at(sample) - self.shift
            yield shown / self.timescale

    def decoded_s(self, sample: int) -> float:
        """Return when ``sample`` is decoded."""
        return (_Reader(self.durations).sum_before(sample) - self.shift) / self.timescale

    def chunk_of(self, sample: int) -> int:
        """Return where in the file the chunk begins that has ``sample``."""
        first_sample = 0
        ends = [first for first, _ in self.samples_of_chunks[1:]] + [len(self.chunks) + 1]
        for (first, samples), end in zip(self.samples_of_chunks, ends, strict=True):
            in_run = (end - first) * samples
            if sample < first_sample + in_run:
                return self.chunks[first - 1 + (sample - first_sample) // samples]
            first_sample += in_run
        raise ValueError("a sample is in no chunk")


class _Reader:
    """Reads runs of equal values from their beginning on, for samples that ascend."""

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
    """Where the chunks of a track are, and where in the index that stands, in which width."""

    at: int
    code: str
    width: int
    offsets: Sequence[int]


class Index:
    """The index of a film, ``moov``, whose samples are between ``data`` of its file."""

    def __init__(self, kind: bytes, moov: bytes, data: tuple[int, int]) -> None:
        """Raise ValueError for one that is not to be read, or not to be changed."""
        self._kind, self._moov, self._data = kind, moov, data
        self._tables = [_offsets_of(moov, trak) for trak in _traks(moov)]
        self._tracks = [
            _read_track(moov, trak, table_of.offsets)
            for trak, table_of in zip(_traks(moov), self._tables, strict=True)
        ]
        picture = next((each for each in self._tracks if each.kind == b"vide"), None)
        if picture is None or picture.keys is None:
            raise ValueError("there are no key frames")
        self._keys = picture.keys
        self.keys_s = list(picture.shown_s(picture.keys))
        self._picture = picture

    def rotated(self, key: int) -> Rotated:
        """Return the film with what is shown from ``keys_s[key]`` on in front; raise ValueError."""
        spans = self._spans(self._turn(key))
        start, stop = self._data
        places, place = [], len(self._kind) + len(self._moov) + _DATA_HEAD_BYTES
        for begin, end in spans:
            places.append((begin, end, place - begin))
            place += end - begin
        moov = bytearray(self._moov)
        for table_of in self._tables:
            moved = [_moved(offset, places) for offset in table_of.offsets]
            if table_of.width == 4 and moved and max(moved) >= _LARGE:
                raise ValueError("there is no room for an offset")
            content = _big_endian(array(table_of.code, moved)).tobytes()
            moov[table_of.at : table_of.at + len(content)] = content
        data_head = (1).to_bytes(4) + b"mdat" + (stop - start + _DATA_HEAD_BYTES).to_bytes(8)
        return Rotated(self._kind + bytes(moov) + data_head, spans)

    def _turn(self, key: int) -> int:
        """Return where in the file the bytes begin that are wanted from a key frame on."""
        sound_s = self._picture.decoded_s(self._keys[key]) - SOUND_BEFORE_S
        return min(
            track.chunk_of(self._keys[key] if track is self._picture else track.sample_at(sound_s))
            for track in self._tracks
            if track.kind in (b"vide", b"soun") and track.chunks
        )

    def _spans(self, turn: int) -> tuple[tuple[int, int], ...]:
        """Return the bytes of the file in their new order; all of them, none twice."""
        start, stop = self._data
        every = sorted(offset for track in self._tracks for offset in track.chunks)
        if every[0] < start or every[-1] >= stop:
            raise ValueError("a sample is elsewhere")

        def chunk_after(offset: int) -> int:
            number_of = bisect_right(every, offset)
            return every[number_of] if number_of < len(every) else stop

        looked_at = chunk_after(max(track.chunks[0] for track in self._tracks if track.chunks))
        if turn <= looked_at:
            raise ValueError("it begins there already")
        read = min(turn, chunk_after(looked_at + READ_BYTES))
        shown = chunk_after(turn + SHOWN_BYTES)
        order = ((start, looked_at), (turn, shown), (looked_at, read), (shown, stop), (read, turn))
        return tuple(span for span in order if span[0] < span[1])


def _moved(offset: int, places: Sequence[tuple[int, int, int]]) -> int:
    return next(offset + by for begin, end, by in places if begin <= offset < end)


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
                raise ValueError("a box is cut")
            offsets = _big_endian(array(code, moov[at : at + count * width]))
            return _Offsets(at, code, width, offsets)
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
    )


def _shift_of(moov: bytes, trak: tuple[int, int], timescale: int) -> int:
    """Return at which time of its own a track begins; raise ValueError for one that is cut."""
    edits = next((box for box in boxes(moov, *trak) if box[0] == b"edts"), None)
    if edits is None:
        return 0
    elst = within(moov, edits[1:], b"elst")
    entries = list(table(moov, elst, "Qqi" if moov[elst[0]] else "Iii"))
    if len(entries) != 1 or entries[0][1] < 0:
        raise ValueError("a track is shown in pieces")
    return int(entries[0][1])
