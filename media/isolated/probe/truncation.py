"""Computes the size that a file should have by its own headers, to recognise truncated files."""

from .boxes import MOST_BOXES, head_of
from .remote_file import RemoteFile

_BOXES_OF_THE_FILM = (b"mdat", b"moof", b"moov")
EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_NO_LENGTH = 0xFFFF_FFFF
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_ASF_DATA_HEAD = 50


def _end_of_boxes(file: RemoteFile, size_bytes: int) -> int:
    """Return the expected end of the last box of an MP4 (ISO 14496-12 4.2); 0 if unknown."""
    start = 0
    for _ in range(MOST_BOXES):
        kind, _, length = head_of(file, start)
        # What follows may not be a box: some programs append data of their own.
        end = start + length
        if end > size_bytes:
            return end if kind in _BOXES_OF_THE_FILM else 0
        if length < 8 or end == size_bytes:
            break
        start = end
    return 0


def _end_of_segment(file: RemoteFile, _size_bytes: int) -> int:
    """Return the expected end of the segment of a Matroska file (RFC 8794 section 6).

    0 if it is unknown, as in recordings and streams.
    """
    start, head = 0, file.read(12)
    for kind in (EBML, _SEGMENT):
        if not head.startswith(kind) or len(head) < 12:
            return 0
        # The leading zero bits of this byte are the number of further bytes of the length.
        octets = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + octets]) & ((1 << 7 * octets) - 1)
        if octets > 8 or length == (1 << 7 * octets) - 1:
            return 0
        start += 4 + octets + (length if kind == EBML else 0)
        file.seek(start)
        head = file.read(12)
    return start + length


def _end_of_riff(file: RemoteFile, size_bytes: int) -> int:
    """Return the expected end of the last RIFF list of an AVI file; 0 if unknown.

    A large film has several lists of one gigabyte (OpenDML 1.02). An unfinished recording has a
    length of 0.
    """
    start = end = 0
    for _ in range(MOST_BOXES):
        file.seek(start)
        head = file.read(12)
        length = int.from_bytes(head[4:8], "little")
        if not head.startswith(b"RIFF") or not 0 < length < _NO_LENGTH:
            break
        # Lists of odd length are padded, except at the end of some files.
        end = start + 8 + length
        if end > size_bytes:
            break
        start = end + length % 2
    return end


def _end_of_packets(file: RemoteFile, _size_bytes: int) -> int:
    """Return the expected end of the packets of a WMV file (ASF specification 3.1, 5.1).

    0 if it is unknown, as in an unfinished recording.
    """
    head = int.from_bytes(file.read(24)[16:], "little")
    file.seek(head)
    data = file.read(24)
    length = int.from_bytes(data[16:], "little")
    is_known = data.startswith(_ASF_DATA) and len(data) == 24 and length > _ASF_DATA_HEAD
    return head + length if is_known else 0


def end_unknown(_file: RemoteFile, _size_bytes: int) -> int:
    """Return 0, because the file does not say it, as a broadcast."""
    return 0


END_OF = {
    "mov": _end_of_boxes,
    "matroska": _end_of_segment,
    "avi": _end_of_riff,
    "asf": _end_of_packets,
}
