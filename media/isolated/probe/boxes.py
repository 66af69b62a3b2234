"""The boxes of an MP4 file (ISO 14496-12 4.2), read without the rest of it."""

from collections.abc import Iterator

from .remote_file import RemoteFile

# So many boxes of a file are looked at for its end: all of one with an index, and those of a
# recording in pieces as long as it is short.
MOST_BOXES = 64
# Where a film in MP4 says how its tracks are coded (8.5.2).
_TO_SAMPLE_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_STSD_HEAD_BYTES = 8
# What takes the place of the codec's name in an encrypted track (ISO 14496-12 8.12), and in one
# of Apple's shop.
_PROTECTED = {b"encv", b"enca", b"drmi", b"drms"}


def inside(
    file: RemoteFile, path: tuple[bytes, ...], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Give where the bodies of the boxes at ``path`` begin and end."""
    if not path:
        yield start, end
        return
    for kind, body, box_end in boxes(file, start, end):
        if kind == path[0]:
            yield from inside(file, path[1:], body, box_end)


def head_of(file: RemoteFile, start: int) -> tuple[bytes, int, int]:
    """Return kind, bytes of the head and of all of the box at ``start``.

    A length of 0 says that it goes on to the end. ``media.boxes`` reads them too, outside.
    """
    file.seek(start)
    begin = file.read(16)
    length, kind, head_bytes = int.from_bytes(begin[:4]), begin[4:8], 8
    if length == 1:
        length, head_bytes = int.from_bytes(begin[8:]), 16
    return kind, head_bytes, length


def boxes(file: RemoteFile, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, start of the body and end of the boxes between ``start`` and ``end``."""
    for _ in range(MOST_BOXES):
        kind, head_bytes, length = head_of(file, start)
        if length < head_bytes or start + length > end:
            return
        yield kind, start + head_bytes, start + length
        start += length


def sample_entries(file: RemoteFile) -> Iterator[tuple[bytes, int, int]]:
    """Give codec, start of the body and end of what says how each track is coded."""
    for start, end in inside(file, _TO_SAMPLE_ENTRIES, 0, file.size_bytes):
        yield from boxes(file, start + _STSD_HEAD_BYTES, end)


def is_protected(file: RemoteFile) -> bool:
    """Tell whether a track of the film is encrypted: nobody has the key but its seller."""
    return any(codec in _PROTECTED for codec, _, _ in sample_entries(file))
