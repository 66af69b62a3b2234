"""Finds boxes of an MP4 file (ISO 14496-12 4.2) without reading the rest of the file."""

from collections.abc import Iterator

from .remote_file import RemoteFile

# How many top-level boxes are read to find the end of a file: all of an ordinary MP4, and those of
# a short fragmented recording.
MOST_BOXES = 64
# The path to the sample descriptions, which name the codecs (8.5.2).
_TO_SAMPLE_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_STSD_HEAD_BYTES = 8
# What replaces the codec's name in an encrypted track (ISO 14496-12 8.12), and in a film from the
# iTunes Store.
_PROTECTED = {b"encv", b"enca", b"drmi", b"drms"}


def inside(
    file: RemoteFile, path: tuple[bytes, ...], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Yield start and end of the body of each box at ``path``."""
    if not path:
        yield start, end
        return
    for kind, body, box_end in boxes(file, start, end):
        if kind == path[0]:
            yield from inside(file, path[1:], body, box_end)


def head_of(file: RemoteFile, start: int) -> tuple[bytes, int, int]:
    """Return kind, header size and total size of the box at ``start``.

    A size of 0 means that it extends to the end. ``media.boxes`` is the same outside this process.
    """
    file.seek(start)
    begin = file.read(16)
    length, kind, head_bytes = int.from_bytes(begin[:4]), begin[4:8], 8
    if length == 1:
        length, head_bytes = int.from_bytes(begin[8:]), 16
    return kind, head_bytes, length


def boxes(
    file: RemoteFile, start: int, end: int, *, most: int = MOST_BOXES
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start of the body and end of each box between ``start`` and ``end``."""
    for _ in range(most):
        kind, head_bytes, length = head_of(file, start)
        if length < head_bytes or start + length > end:
            return
        yield kind, start + head_bytes, start + length
        start += length


def sample_entries(file: RemoteFile) -> Iterator[tuple[bytes, int, int]]:
    """Yield codec, start of the body and end of the sample descriptions of all tracks."""
    for start, end in inside(file, _TO_SAMPLE_ENTRIES, 0, file.size_bytes):
        yield from boxes(file, start + _STSD_HEAD_BYTES, end)


def is_in_fragments(file: RemoteFile) -> bool:
    """Tell whether it is an MP4 in fragments, as live recorders write it (ISO 14496-12 8.8.1)."""
    return any(inside(file, (b"moov", b"mvex"), 0, file.size_bytes))


def is_protected(file: RemoteFile) -> bool:
    """Tell whether a track of the film is encrypted with a key that only its seller has."""
    return any(codec in _PROTECTED for codec, _, _ in sample_entries(file))
