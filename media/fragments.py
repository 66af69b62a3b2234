"""Segments of an fMP4 file, one after the other: whether each is whole and where it should be.

Pure. ISO 14496-12: boxes are section 4.2, fragments section 8.8.
"""

import struct
from collections.abc import Iterator

# Of a segment's start by its playlist and by its own time: lengths there are rounded, and
# the first frame of a film need not be at 0.
_TOLERANCE_S = 0.5
_IS_NO_KEY = 0x10000


def timescale(head: bytes) -> int:
    """Return the units a second of the one track whose file begins so; raise ValueError."""
    body = _within(head, b"moov", b"trak", b"mdia", b"mdhd")
    # Behind version and flags come two times, of 4 bytes each, or of 8 in version 1.
    (units,) = struct.unpack_from(">I", body, 20 if body[0] else 12)
    if not units:
        raise ValueError("a track has no timescale")
    return int(units)


def check(segment: bytes, *, timescale: int, start_s: float) -> None:
    """Raise ValueError unless these are whole fragments that begin with a key frame at start_s."""
    kinds = [kind for kind, _ in _boxes(segment)]
    fragments = kinds.count(b"moof")
    if not fragments or kinds.count(b"mdat") != fragments:
        raise ValueError("a segment has no data")
    traf = _within(segment, b"moof", b"traf")
    tfdt = _within(traf, b"tfdt")
    (begin,) = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)
    if abs(begin / timescale - start_s) > _TOLERANCE_S:
        raise ValueError(f"a segment begins at {begin / timescale:.2f} s, not at {start_s:.2f} s")
    if _first_flags(traf) & _IS_NO_KEY:
        raise ValueError("a segment does not begin with a key frame")


def _first_flags(traf: bytes) -> int:
    """Return the flags of the first sample: its own, or those that all have."""
    trun, tfhd = _within(traf, b"trun"), _within(traf, b"tfhd")
    has = int.from_bytes(trun[1:4], "big")
    at = 8 + (4 if has & 0x1 else 0)
    if has & 0x4:
        return int.from_bytes(trun[at : at + 4], "big")
    if has & 0x400:
        at += (4 if has & 0x100 else 0) + (4 if has & 0x200 else 0)
        return int.from_bytes(trun[at : at + 4], "big")
    has = int.from_bytes(tfhd[1:4], "big")
    at = 8 + (8 if has & 0x1 else 0) + 4 * sum(bool(has & bit) for bit in (0x2, 0x8, 0x10))
    return int.from_bytes(tfhd[at : at + 4], "big") if has & 0x20 else 0


def _within(data: bytes, *path: bytes) -> bytes:
    for name in path:
        found = next((body for kind, body in _boxes(data) if kind == name), None)
        if found is None:
            raise ValueError(f"there is no {name.decode()}")
        data = found
    # Full boxes have version, flags and at least one field.
    if len(data) < 8:
        raise ValueError(f"{path[-1].decode()} is cut")
    return data


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give kind and body of each box in ``data``, which they must fill exactly."""
    start = 0
    while start < len(data):
        if len(data) - start < 8:
            raise ValueError("a box is cut")
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > len(data):
            raise ValueError("a box is cut")
        yield kind, data[start + 8 : start + size]
        start += size
