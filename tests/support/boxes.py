"""Edits films in ways that ffmpeg cannot."""

import struct
from collections.abc import Iterator

# The path to the sample descriptions, which name the codecs.
_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_STSD_HEAD, _VISUAL_ENTRY = 8, 78
# Version 1.0, profile 5, level 1, with metadata and no second picture; compatible with nothing.
_PROFILE_5 = bytes([1, 0, 5 << 1, 1 << 3 | 0b101, 0]) + bytes(19)


def boxes(
    content: bytes, start: int = 0, end: int | None = None
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start of the body and end of the boxes of an MP4 (ISO 14496-12 4.2)."""
    end = len(content) if end is None else end
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", content, start)
        assert length >= 8, "only boxes with a 32-bit size are supported"
        yield kind, start + 8, start + length
        start += length


def call_dolby_vision(content: bytes) -> bytes:
    """Mark the first HEVC track of an MP4 as Dolby Vision; its index must come last."""
    return _described(content, b"dvcC", _PROFILE_5)


def crop(content: bytes, width: int, height: int, right: int) -> bytes:
    """Crop the first track of an MP4 by a clean aperture; its index must come last.

    ``right`` is how far the middle of the aperture is from the middle of the picture.
    """
    numbers = (width, 1, height, 1, right, 1, 0, 1)
    return _described(content, b"clap", struct.pack(">8I", *numbers))


def switch_off(content: bytes, *tracks: int) -> bytes:
    """Switch off these tracks of an MP4, by their numbers."""
    changed, at = bytearray(content), 0
    _, start, end = next(box for box in boxes(content) if box[0] == b"moov")
    for number, (_, body, stop) in enumerate(
        b for b in boxes(content, start, end) if b[0] == b"trak"
    ):
        if number in tracks:
            _, at, _ = next(box for box in boxes(content, body, stop) if box[0] == b"tkhd")
            changed[at + 3] &= ~1
    return bytes(changed)


def _described(content: bytes, kind: bytes, body: bytes) -> bytes:
    """Add a box to the sample description of the first track of an MP4."""
    lengths: list[int] = []
    start, end = 0, len(content)
    for name in _PATH:
        start, end = next((b, e) for k, b, e in boxes(content, start, end) if k == name)
        lengths.append(start - 8)
    entry = start + _STSD_HEAD
    lengths.append(entry)
    at = entry + int.from_bytes(content[entry : entry + 4])
    box = struct.pack(">I4s", 8 + len(body), kind) + body
    longer = bytearray(content[:at] + box + content[at:])
    for position in lengths:
        (length,) = struct.unpack_from(">I", longer, position)
        struct.pack_into(">I", longer, position, length + len(box))
    return bytes(longer)


def picture_subtitles() -> bytes:
    """Return Blu-ray subtitles (PGS): one small rectangle from 0.5 s to 1.5 s.

    US 2009/0185789 A1 defines the segments.
    """
    size = struct.pack(">HH", 320, 180)
    shown = size + b"\x10\0\0\x80\0\0\1" + b"\0\0\0\0" + struct.pack(">HH", 100, 100)
    gone = size + b"\x10\0\1\0\0\0\0"
    window = b"\1\0" + struct.pack(">HHHH", 100, 100, 8, 2)
    colours = b"\0\0" + b"\1\xeb\x80\x80\xff"
    lines = b"\1" * 8 + b"\0\0"
    picture = struct.pack(">HH", 8, 2) + lines * 2
    drawn = b"\0\0\0\xc0" + len(picture).to_bytes(3) + picture
    segments = [(0x16, shown), (0x17, window), (0x14, colours), (0x15, drawn), (0x80, b"")]
    return _segments(0.5, segments) + _segments(1.5, [(0x16, gone), (0x17, window), (0x80, b"")])


def _segments(at_s: float, segments: list[tuple[int, bytes]]) -> bytes:
    times = struct.pack(">II", round(at_s * 90_000), 0)
    return b"".join(
        b"PG" + times + struct.pack(">BH", kind, len(body)) + body for kind, body in segments
    )
