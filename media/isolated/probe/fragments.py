"""Finds out whether browsers must look for what they play in all of a recording."""

from .boxes import boxes
from .remote_file import RemoteFile

# Chromium needs up to a request for each; of fewer it is not noticed.
MOST_FRAGMENTS = 100
# The size of an entry of a segment index (ISO 14496-12 8.16.3), and its bits for a size.
_ENTRY_BYTES, _SIZE_BITS = 12, 0x7FFF_FFFF
_READ_AT_ONCE_BYTES = 8 * 1024 * 1024
# What lies behind the fragments is no part of the index.
_COVERED = 0.95


def is_slow_to_open(file: RemoteFile) -> bool:
    """Tell whether an MP4 in fragments (8.8) has many, and no index of them at its beginning."""
    fragments = 0
    for kind, start, end in boxes(file, 0, file.size_bytes, most=MOST_FRAGMENTS * 4):
        if kind == b"sidx" and not fragments and is_index_of_all(file, start, end):
            return False
        fragments += kind == b"moof"
    return fragments > MOST_FRAGMENTS


def is_slow_to_seek(file: RemoteFile, video_codec: str) -> bool:
    """Tell whether a WebM without a length has so much that browsers should not read all of it.

    It has no index either (RFC 9559 section 5.1.5), so for a seek they read all that is before. A
    picture that cannot be copied plays at once, which matters more.
    """
    return file.size_bytes > _READ_AT_ONCE_BYTES and video_codec != "vp8"


def is_index_of_all(file: RemoteFile, start: int, end: int) -> bool:
    """Tell whether the body of a segment index is that of nearly all that follows."""
    file.seek(start)
    content = file.read(end - start)
    # Before the number of entries come two times, each 4 bytes long, or 8 in version 1.
    at = 32 if content[:1] == b"\1" else 24
    entries = range(at, len(content) - _ENTRY_BYTES + 1, _ENTRY_BYTES)
    sizes = [int.from_bytes(content[entry : entry + 4]) & _SIZE_BITS for entry in entries]
    return sum(sizes) > _COVERED * (file.size_bytes - end)
