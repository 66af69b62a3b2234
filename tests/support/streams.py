"""Checks a converted film as a player sees it: playlists, segments, video, audio."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
from av.audio.frame import AudioFrame

from tests.support.boxes import boxes

_PIECE = re.compile(r"#EXTINF:([0-9.]+),.*\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)")
_MAP = re.compile(r'#EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@(\d+)"')
# ISO 14496-10 table 7-1: a picture at which a decoder can start, and all kinds of pictures.
_IDR, _PICTURES = 5, range(1, 6)

# Squared difference in brightness (0 to 255) above which two pixels count as different.
_UNLIKE = 30 * 30


@dataclass(frozen=True, slots=True)
class Piece:
    """One segment: its duration and bytes."""

    duration_s: float
    content: bytes


def pieces_of(playlist: Path) -> list[Piece]:
    """Return the segments of a media playlist; they must fill its file without gaps."""
    text = playlist.read_text()
    file = playlist.with_suffix(".mp4")
    content = file.read_bytes()
    assert text.startswith("#EXTM3U\n")
    assert text.endswith("#EXT-X-ENDLIST\n")
    (head,) = _MAP.findall(text)
    found = _PIECE.findall(text)
    assert len(found) == text.count("#EXTINF"), "a segment without a range"
    end = int(head[1])
    assert (head[0], int(head[2])) == (file.name, 0)
    pieces = []
    for duration_s, length, start, name in found:
        assert (name, int(start)) == (file.name, end), "the ranges leave a gap"
        end += int(length)
        assert end <= len(content), "a range ends after the file"
        pieces.append(Piece(float(duration_s), content[int(start) : end]))
    return pieces


def begins_with_a_key_frame(piece: Piece) -> bool:
    """Tell whether the first picture of a segment of H.264 is an IDR picture."""
    at = next(body for kind, body, _ in boxes(piece.content) if kind == b"mdat")
    while True:
        length = int.from_bytes(piece.content[at : at + 4])
        kind = piece.content[at + 4] & 0x1F
        if kind in _PICTURES:
            return kind == _IDR
        at += 4 + length


def first_piece_s(playlist: Path) -> float:
    """Return when a player shows the first picture of a stream, which is the first coded one.

    ISO 14496-12 8.8.12 and 8.8.8. This does not use ffmpeg, which hides a late start.
    """
    head = playlist.with_suffix(".mp4").read_bytes()
    piece = pieces_of(playlist)[0].content
    mdhd = _body(head, b"moov", b"trak", b"mdia", b"mdhd")
    timescale = int.from_bytes(mdhd[12:16] if mdhd[0] == 0 else mdhd[20:24])
    tfdt = _body(piece, b"moof", b"traf", b"tfdt")
    trun = _body(piece, b"moof", b"traf", b"trun")
    flags = int.from_bytes(trun[1:4])
    at = 8 + sum(4 for flag in (0x1, 0x4, 0x100, 0x200, 0x400) if flags & flag)
    # Without composition offsets each picture is shown when it is decoded.
    has_offsets = bool(flags & 0x800)
    offset = int.from_bytes(trun[at : at + 4], signed=True) if has_offsets else 0
    return (int.from_bytes(tfdt[4:]) + offset) / timescale


def _body(content: bytes, *path: bytes) -> bytes:
    """Return the body of the first box at ``path``."""
    start, end = 0, len(content)
    for kind in path:
        start, end = next((b, e) for k, b, e in boxes(content, start, end) if k == kind)
    return content[start:end]


def first_picture_s(path: Path) -> float:
    """Return when the first picture of a film is shown."""
    with av.open(str(path)) as film:
        return min(frame.time for frame in film.decode(video=0) if frame.time is not None)


def sound_begins_s(path: Path, number: int = 0) -> float:
    """Return when an audio track is first heard after silence."""
    with av.open(str(path)) as film:
        frames = [(frame.time or 0.0, _samples(frame)) for frame in film.decode(audio=number)]
        rate = film.streams.audio[number].codec_context.sample_rate
    threshold = max(max(samples) for _, samples in frames) / 5
    return next(
        begins_s + at / rate
        for begins_s, samples in frames
        for at, sample in enumerate(samples)
        if sample > threshold
    )


def _samples(frame: AudioFrame) -> Sequence[float]:
    """Return one channel of a decoded AAC frame, which has a plane of floats per channel."""
    assert frame.format.name == "fltp"
    return memoryview(frame.planes[0]).cast("f")[: frame.samples]


def combs(path: Path) -> int:
    """Return how many pixels differ from both the line above and the line below.

    There are many if the lines alternate between two moments, as in interlaced video.
    """
    with av.open(str(path)) as film:
        *_, frame = islice(film.decode(video=0), 10)
    plane = frame.planes[0]
    data, width = bytes(plane), frame.width
    lines = [data[at : at + width] for at in range(0, len(data), plane.line_size)]
    return sum(
        (here - above) * (here - below) > _UNLIKE
        for three in zip(lines, lines[1:], lines[2:], strict=False)
        for above, here, below in zip(*three, strict=True)
    )
