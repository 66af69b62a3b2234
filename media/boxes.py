"""Parses MP4 boxes (ISO 14496-12 section 4.2). Pure."""

import struct
from collections.abc import Iterator

# The size of a box header with a 64-bit length.
HEAD_BYTES = 16


def head_of(begin: bytes) -> tuple[bytes, int, int]:
    """Return kind, header size and total size of the box that begins with ``begin``.

    ``begin`` has HEAD_BYTES, or fewer at the end. A size of 0 means that the box extends to the
    end.
    """
    length, kind, head_bytes = int.from_bytes(begin[:4]), begin[4:8], 8
    if length == 1:
        length, head_bytes = int.from_bytes(begin[8:HEAD_BYTES]), HEAD_BYTES
    return kind, head_bytes, length


def boxes(
    data: bytes | bytearray, start: int = 0, stop: int | None = None
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and stop of the body of each box between ``start`` and ``stop``.

    Raises ValueError unless the boxes fill this range exactly.
    """
    stop = len(data) if stop is None else stop
    while start < stop:
        if stop - start < 8:
            raise ValueError("a box is truncated")
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > stop:
            raise ValueError("a box is truncated")
        yield kind, start + 8, start + size
        start += size


def within(data: bytes, span: tuple[int, int], *path: bytes) -> tuple[int, int]:
    """Return start and stop of the body of the first box at ``path``; raise ValueError.

    A full box has a version, flags and at least one field, so a shorter one is truncated.
    """
    for name in path:
        found = next((box for box in boxes(data, *span) if box[0] == name), None)
        if found is None:
            raise ValueError(f"there is no {name.decode()}")
        span = found[1:]
    if span[1] - span[0] < 8:
        raise ValueError(f"{path[-1].decode()} is truncated")
    return span


def number(data: bytes, at: int, size: int = 4) -> int:
    """Return the number at offset ``at``; raise ValueError if it is truncated."""
    if at + size > len(data):
        raise ValueError("a box is truncated")
    return int.from_bytes(data[at : at + size])


def table(data: bytes, span: tuple[int, int], fields: str) -> Iterator[tuple[int, ...]]:
    """Yield the entries of a full box that has a count; raise ValueError.

    ``fields`` is the struct format of one entry.
    """
    start, stop = span
    entry = struct.Struct(f">{fields}")
    count = number(data, start + 4)
    if start + 8 + count * entry.size > stop:
        raise ValueError("a box is truncated")
    return entry.iter_unpack(data[start + 8 : start + 8 + count * entry.size])
