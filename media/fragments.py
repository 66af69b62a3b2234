"""Segments of an fMP4 file: whether each is complete and at the right time.

Pure. ISO 14496-12: boxes are section 4.2, fragments section 8.8.
"""

import struct
from collections.abc import Iterator

from media.boxes import boxes, number, within

# The tolerance between a segment's start in the playlist and its own time: lengths in playlists are
# rounded, and the first frame of a film need not be at 0.
_TOLERANCE_S = 0.5
_IS_NO_KEY = 0x10000


def timescale(head: bytes) -> int:
    """Return the time units per second of the track with this head; raise ValueError."""
    body = _within(head, b"moov", b"trak", b"mdia", b"mdhd")
    # After version and flags come two times, each 4 bytes long, or 8 in version 1.
    units = number(body, 20 if body[0] else 12)
    if not units:
        raise ValueError("a track has no timescale")
    return units


def check(segment: bytes, *, timescale: int, start_s: float) -> None:
    """Raise ValueError unless these are complete fragments with a key frame at ``start_s``."""
    kinds = [kind for kind, _ in _boxes(segment)]
    fragments = kinds.count(b"moof")
    if not fragments or kinds.count(b"mdat") != fragments:
        raise ValueError("a segment has no data")
    traf = _within(segment, b"moof", b"traf")
    begin = _begin(traf)
    if abs(begin / timescale - start_s) > _TOLERANCE_S:
        raise ValueError(f"a segment begins at {begin / timescale:.2f} s, not at {start_s:.2f} s")
    if _first_flags(traf) & _IS_NO_KEY:
        raise ValueError("a segment does not begin with a key frame")


def end_s(segment: bytes, *, timescale: int) -> float:
    """Return the end, in seconds, of the last sample of a segment; raise ValueError."""
    fragments = [body for kind, body in _boxes(segment) if kind == b"moof"]
    ends = [_end(_within(fragment, b"traf")) for fragment in fragments]
    if not ends:
        raise ValueError("a segment has no data")
    return max(ends) / timescale


def _end(traf: bytes) -> int:
    """Return the end of a fragment. Sections 8.8.7 and 8.8.8 define the fields."""
    trun, decoded = _within(traf, b"trun"), _begin(traf)
    usual = _usual_duration(_within(traf, b"tfhd"))
    has, samples = int.from_bytes(trun[1:4]), int.from_bytes(trun[4:8])
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if has & bit]
    start = 8 + 4 * bool(has & 0x1) + 4 * bool(has & 0x4)
    if len(trun) != start + 4 * len(fields) * samples:
        raise ValueError("trun is truncated")
    if not fields:
        # Do not loop: a few bytes can claim billions of samples with default values.
        return decoded + usual * samples
    end = 0
    for sample_number in range(samples):
        at = start + 4 * len(fields) * sample_number
        values = struct.unpack_from(f">{len(fields)}i", trun, at)
        sample = dict(zip(fields, values, strict=True))
        duration = sample.get(0x100, usual)
        end = max(end, decoded + sample.get(0x800, 0) + duration)
        decoded += duration
    return end


def _begin(traf: bytes) -> int:
    """Return the decode time at which a fragment begins."""
    tfdt = _within(traf, b"tfdt")
    return number(tfdt, 4, 8 if tfdt[0] else 4)


def _usual_duration(tfhd: bytes) -> int:
    """Return the default duration, for samples without their own."""
    has = int.from_bytes(tfhd[1:4])
    at = 8 + 8 * bool(has & 0x1) + 4 * bool(has & 0x2)
    return number(tfhd, at) if has & 0x8 else 0


def _first_flags(traf: bytes) -> int:
    """Return the flags of the first sample: its own, or the default."""
    trun, tfhd = _within(traf, b"trun"), _within(traf, b"tfhd")
    has = int.from_bytes(trun[1:4], "big")
    at = 8 + (4 if has & 0x1 else 0)
    if has & 0x4:
        return number(trun, at)
    if has & 0x400:
        return number(trun, at + (4 if has & 0x100 else 0) + (4 if has & 0x200 else 0))
    has = int.from_bytes(tfhd[1:4], "big")
    at = 8 + (8 if has & 0x1 else 0) + 4 * sum(bool(has & bit) for bit in (0x2, 0x8, 0x10))
    return number(tfhd, at) if has & 0x20 else 0


def _within(data: bytes, *path: bytes) -> bytes:
    start, stop = within(data, (0, len(data)), *path)
    return data[start:stop]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each box in ``data``; they must fill it exactly."""
    return ((kind, data[start:stop]) for kind, start, stop in boxes(data))
