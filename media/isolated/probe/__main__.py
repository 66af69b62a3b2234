"""The program that looks into an uploaded file: a process of its own, with nothing to take.

Decoders have had holes, so this runs apart from the server: without its environment, with
bounded memory and processor time, unable to open a file or a socket. It gets the file's
bytes by asking for them on stdout, and imports nothing of ours:

- ``R`` start (8 bytes) length (4 bytes): asks; stdin answers with a length (4 bytes) and so
  many bytes, fewer at the end of the file, or with REFUSED when it has asked for too much.
- ``E`` 8, how many bytes the file should have by its own headers (8 bytes); first, if told.
- ``F`` length (4 bytes) JSON: what the file is. ``P`` length JPEG: a picture of it.
- ``H`` 0: a part of the film is nothing but zeros.
"""

import contextlib
import io
import json
import os
import re
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import av
import av.subtitles.codeccontext  # everything, while files can still be opened
import av.subtitles.stream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.filter import Graph
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

MEMORY_BYTES = 1 << 30
CPU_S = 20
WALL_S = 30
REFUSED = 0xFFFF_FFFF
WINDOW_BYTES = 128 * 1024
POSTER_PX = 640
_LONGEST_S = 7 * 24 * 3600
# So many boxes of a file are looked at for its end: all of one with an index, and those of a
# recording in pieces as long as it is short.
_MOST_BOXES = 64
_BOXES_OF_THE_FILM = (b"mdat", b"moof", b"moov")
# Where a film is looked at for holes, as shares of it. No coded film has so many zeros in a row.
_PLACES = (0.25, 0.5, 0.75, 0.97)
_EMPTY_BYTES, _SMALLEST_PICTURE_BYTES = 16 * 1024, 16
_UNCODED = ("rawvideo", "pcm_")
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_NO_LENGTH = 0xFFFF_FFFF
_FASTEST = 1000
# Codecs of pictures: a track of them beside one of a film is its cover.
_OF_STILLS = {"mjpeg", "png", "bmp", "gif", "tiff", "webp"}
# Where a film in MP4 says how it is coded (ISO 14496-12 8.5.2), and how far into it that is.
_TO_SAMPLE_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
# An MP4 in pieces, as live recorders write it (8.8.1).
_OF_PIECES = (b"moov", b"mvex")
_STSD_HEAD_BYTES, _VISUAL_ENTRY_BYTES = 8, 78
# Matroska has the same record behind this (BlockAddIDType, BlockAddIDExtraData).
_DOLBY_MAPPING, _DOLBY_RECORD = b"\x41\xe7\x84dvcC", b"\x41\xed\x98"
_MATROSKA_HEAD_BYTES = 256 * 1024
_MOST_TRACKS = 100


class _TooMuch(OSError):
    """More was asked for than this file may cost."""


class RemoteFile(io.RawIOBase):
    """The file on the other side of the pipe."""

    def __init__(self, asking: BinaryIO, answers: BinaryIO, size_bytes: int) -> None:
        self._asking, self._answers, self.size_bytes = asking, answers, size_bytes
        self._position = 0
        self._window, self._window_start = b"", 0
        self.was_refused = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size_bytes}
        self._position = max(0, base[whence] + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.size_bytes - self._position)
        size = left if size < 0 else min(size, left)
        start = self._position - self._window_start
        if not 0 <= start < len(self._window):
            self._window = self._ask(self._position, min(max(size, WINDOW_BYTES), left))
            self._window_start, start = self._position, 0
        piece = self._window[start : start + size]
        self._position += len(piece)
        return piece

    def _ask(self, start: int, length: int) -> bytes:
        if not length:
            return b""
        self._asking.write(struct.pack(">cQI", b"R", start, length))
        self._asking.flush()
        (answered,) = struct.unpack(">I", self._answers.read(4))
        if answered == REFUSED:
            self.was_refused = True
            raise _TooMuch
        return self._answers.read(answered)


def main(size_bytes: int, file_format: str) -> None:
    asking, answers = sys.stdout.buffer, sys.stdin.buffer
    _give_up_everything()
    file = RemoteFile(asking, answers, size_bytes)
    end = _END_OF.get(file_format, _end_unknown)(file, size_bytes)
    if end > size_bytes:
        _tell(asking, b"E", struct.pack(">Q", end))
    file.seek(0)
    # What old programs wrote into a file is in any code page; none of it is shown.
    with av.open(file, mode="r", format=file_format, metadata_errors="replace") as container:
        stream = _picture_track(container)
        if stream is None:
            _tell(asking, b"F", json.dumps(None).encode())
            return
        frame = _poster_frame(container, stream)
        # Before the picture is made, so that they arrive whatever happens to it.
        _tell(asking, b"F", json.dumps(_facts(container, stream, frame, file)).encode())
        if _has_holes(container, stream, file, end or size_bytes):
            _tell(asking, b"H", b"")
        elif frame is not None:
            _tell(asking, b"P", _jpeg(frame))


def _give_up_everything() -> None:
    """Set the limits; nothing lifts them again. The last one forbids to open anything."""
    signal.alarm(WALL_S)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    for limit, value in [
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, lowest_free),
    ]:
        resource.setrlimit(limit, (value, value))


def _end_of_boxes(file: RemoteFile, size_bytes: int) -> int:
    """Return where the last box of an MP4 should end (ISO 14496-12 4.2); 0 if nothing says it."""
    start = 0
    for _ in range(_MOST_BOXES):
        file.seek(start)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:])
        # Others may be no box at all: some programs put something of theirs behind the film.
        end = start + length
        if end > size_bytes:
            return end if kind in _BOXES_OF_THE_FILM else 0
        if length < 8 or end == size_bytes:
            break
        start = end
    return 0


def _end_of_segment(file: RemoteFile, _size_bytes: int) -> int:
    """Return where the segment of a Matroska file should end (RFC 8794 section 6).

    0 where that is not known, as in recordings and streams.
    """
    start, head = 0, file.read(12)
    for kind in (_EBML, _SEGMENT):
        if not head.startswith(kind) or len(head) < 12:
            return 0
        # The zeros before the first one say how many bytes the length has, beside this one.
        octets = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + octets]) & ((1 << 7 * octets) - 1)
        if octets > 8 or length == (1 << 7 * octets) - 1:
            return 0
        start += 4 + octets + (length if kind == _EBML else 0)
        file.seek(start)
        head = file.read(12)
    return start + length


def _end_of_riff(file: RemoteFile, size_bytes: int) -> int:
    """Return where the last list of an AVI file should end; 0 if nothing says it.

    A large film is several lists of a gigabyte (OpenDML 1.02). A recording that nobody has
    finished has a length of 0.
    """
    start = end = 0
    for _ in range(_MOST_BOXES):
        file.seek(start)
        head = file.read(12)
        length = int.from_bytes(head[4:8], "little")
        if not head.startswith(b"RIFF") or not 0 < length < _NO_LENGTH:
            break
        # An odd one is filled up, except at the end of some files.
        end = start + 8 + length
        if end > size_bytes:
            break
        start = end + length % 2
    return end


def _end_unknown(_file: RemoteFile, _size_bytes: int) -> int:
    """A transport stream may be cut anywhere."""
    return 0


_END_OF = {"mov": _end_of_boxes, "matroska": _end_of_segment, "avi": _end_of_riff}


def _has_holes(container: InputContainer, stream: VideoStream, file: RemoteFile, end: int) -> bool:
    """Tell whether a part is nothing but zeros: the room that a download took and did not fill.

    Looked at in a few places up to ``end``: by the index where there is one in every file, for
    between the pictures of an MP4 there may be room that means nothing.
    """
    contexts = [track.codec_context for track in container.streams if track.codec_context]
    if any(_codec(context).startswith(_UNCODED) for context in contexts):
        # Black is zeros there, and silence.
        return False
    if container.format.name.startswith("mov"):
        return any(not any(picture) for picture in _some_pictures(container, stream))
    starts = (int((end - _EMPTY_BYTES) * share) for share in _PLACES)
    return any(_is_empty(file, start) for start in starts if start > 0)


def _some_pictures(container: InputContainer, stream: VideoStream) -> Iterator[bytes]:
    first_s, length_s = _start_s(container), _duration_s(container) or 0
    with contextlib.suppress(av.FFmpegError, _TooMuch):
        for share in _PLACES:
            at = int((first_s + length_s * share) / (stream.time_base or 1))
            container.seek(at, stream=stream, any_frame=True)
            packet = next(container.demux(stream), None)
            if packet is not None and packet.size >= _SMALLEST_PICTURE_BYTES:
                yield bytes(packet)


def _is_empty(file: RemoteFile, start: int) -> bool:
    file.seek(start)
    content = file.read(_EMPTY_BYTES)
    return len(content) == _EMPTY_BYTES and not any(content)


def _tell(asking: BinaryIO, kind: bytes, content: bytes) -> None:
    asking.write(struct.pack(">cI", kind, len(content)) + content)
    asking.flush()


def _picture_track(container: InputContainer) -> VideoStream | None:
    """Return the first track of moving pictures; a cover is a video stream too."""
    tracks = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic and stream.codec_context
    ]
    film = min(tracks, key=lambda track: _codec(track.codec_context) in _OF_STILLS, default=None)
    if film is not None:
        film.codec_context.thread_count = 1
    return film


def _poster_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    """Return a frame from near the start, past what is often black; None when none decodes."""
    length_s = _duration_s(container) or 0
    with contextlib.suppress(av.FFmpegError, _TooMuch):
        container.seek(int(min(length_s / 10, 20) * av.time_base), backward=True)
        return next(container.decode(stream), None)
    return None


def _facts(
    container: InputContainer, stream: VideoStream, frame: VideoFrame | None, file: RemoteFile
) -> dict[str, Any]:
    context = stream.codec_context
    width, height = _shown_size(stream, frame)
    audio = next(iter(container.streams.audio), None)
    length_s = _duration_s(container)
    if _start_s(container) and any(_inside(file, _OF_PIECES, 0, file.size_bytes)):
        # What says how long they are may count from 0, or from where they begin.
        length_s = None
    return {
        "duration_s": length_s or _length_of_all(container, stream, file),
        "start_s": _start_s(container),
        "width": width,
        "height": height,
        "video_codec": "dvh1" if _needs_dolby_vision(context, file) else _codec(context),
        "audio_codec": _codec(audio.codec_context) if audio and audio.codec_context else None,
        "pixel_format": context.pix_fmt[:32] if context.pix_fmt else None,
        "decodes": frame is not None,
        "tracks": {
            "picture": _picture(container, stream, frame),
            "sounds": [
                {
                    **_named(track),
                    "channels": track.codec_context.channels if track.codec_context else 0,
                }
                for track in container.streams.audio[:_MOST_TRACKS]
            ],
            "subtitles": [
                {**_named(track), "is_forced": bool(track.disposition & Disposition.forced)}
                for track in container.streams.subtitles[:_MOST_TRACKS]
            ],
        },
    }


def _needs_dolby_vision(context: VideoCodecContext, file: RemoteFile) -> bool:
    """Tell whether other players show wrong colours: profile 5 has no picture for them.

    Dolby Vision Streams Within the ISO Base Media File Format 2.5, section 3.
    """
    if _codec(context) != "hevc":
        return False
    profile = _dolby_vision_profile(file)
    return profile == 5 or (profile is None and context.codec_tag in ("dvh1", "dvhe"))


def _dolby_vision_profile(file: RemoteFile) -> int | None:
    record = b""
    file.seek(0)
    head = file.read(_MATROSKA_HEAD_BYTES)
    if head.startswith(_EBML):
        mapping = head.find(_DOLBY_MAPPING)
        at = head.find(_DOLBY_RECORD, mapping)
        record = head[at + 3 : at + 8] if 0 <= mapping < at < mapping + 64 else b""
    for start, end in _inside(file, _TO_SAMPLE_ENTRIES, 0, file.size_bytes):
        for _, entry, entry_end in _boxes(file, start + _STSD_HEAD_BYTES, end):
            for box, body, _ in _boxes(file, entry + _VISUAL_ENTRY_BYTES, entry_end):
                if box == b"dvcC":
                    file.seek(body)
                    record = file.read(5)
    return record[2] >> 1 if len(record) == 5 else None


def _inside(
    file: RemoteFile, path: tuple[bytes, ...], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Give where the bodies of the boxes at ``path`` begin and end."""
    if not path:
        yield start, end
        return
    for kind, body, box_end in _boxes(file, start, end):
        if kind == path[0]:
            yield from _inside(file, path[1:], body, box_end)


def _boxes(file: RemoteFile, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, start of the body and end of the boxes between ``start`` and ``end``."""
    for _ in range(_MOST_BOXES):
        file.seek(start)
        head = file.read(16)
        length, kind, head_bytes = int.from_bytes(head[:4]), head[4:8], 8
        if length == 1:
            length, head_bytes = int.from_bytes(head[8:]), 16
        if length < head_bytes or start + length > end:
            return
        yield kind, start + head_bytes, start + length
        start += length


def _picture(
    container: InputContainer, stream: VideoStream, frame: VideoFrame | None
) -> dict[str, Any]:
    start_s = (container.start_time or 0) / av.time_base
    return {
        "number": container.streams.video.index(stream),
        "frame_rate": _rate(stream.average_rate),
        "tick_rate": _rate(stream.base_rate),
        "is_interlaced": frame is not None and bool(frame.interlaced_frame),
        "transfer": int(stream.codec_context.color_trc or 0) or None,
        "duration_s": _length_of_track(stream),
        "bitrate": container.bit_rate or None,
        "start_s": start_s if abs(start_s) <= _LONGEST_S else 0.0,
    }


def _rate(rate: Fraction | None) -> float | None:
    return float(rate) if rate and 0 < rate < _FASTEST else None


def _named(track: Stream) -> dict[str, Any]:
    """Return what a track of sound or subtitles is called, and whether it is to be shown first."""
    context = track.codec_context
    return {
        "codec": _codec(context) if context else None,
        "language": track.metadata.get("language", "")[:16],
        "title": track.metadata.get("title", "")[:64],
        "is_default": bool(track.disposition & Disposition.default),
    }


def _codec(context: CodecContext) -> str:
    """Return what a codec is called, whatever the decoder that was chosen for it is."""
    return context.codec.canonical_name[:32]


def _start_s(container: InputContainer) -> float:
    """Return the time of the first frame or sound; priming before 0 counts as 0."""
    start_s = (container.start_time or 0) / av.time_base
    return round(start_s, 3) if 0 < start_s <= _LONGEST_S else 0.0


def _duration_s(container: InputContainer) -> float | None:
    """Return how long it plays, wherever its times begin; None where the file does not say."""
    length_s = (container.duration or 0) / av.time_base
    if container.format.name.startswith("matroska"):
        # There the length is the time of the end.
        length_s -= _start_s(container)
    return round(length_s, 3) if 0 < length_s <= _LONGEST_S else None


def _length_of_track(track: Stream) -> float | None:
    """Return how long a track lasts; None where the file does not say."""
    if track.duration and track.time_base:
        length_s = float(track.duration * track.time_base)
    else:
        # In Matroska the programs that write it say so.
        told = re.fullmatch(r"(\d+):(\d\d):(\d\d\.?\d*)", track.metadata.get("DURATION", ""))
        hours, minutes, seconds = told.groups() if told else (0, 0, 0)
        length_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return round(length_s, 3) if 0 < length_s <= _LONGEST_S else None


def _length_of_all(
    container: InputContainer, stream: VideoStream, file: RemoteFile
) -> float | None:
    """Read on to the end, as recordings made in a browser need; None when it is too far."""
    last = Fraction(0)
    with contextlib.suppress(av.FFmpegError, _TooMuch):
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                last = max(last, (packet.pts + (packet.duration or 0)) * packet.time_base)
    length_s = float(last) - _start_s(container)
    return None if file.was_refused or not 0 < length_s <= _LONGEST_S else round(length_s, 3)


def _shown_size(stream: VideoStream, frame: VideoFrame | None) -> tuple[int | None, int | None]:
    """Return the size as shown: pixels need not be square, and phones turn the picture."""
    width, height = stream.codec_context.width, stream.codec_context.height
    ratio = stream.sample_aspect_ratio
    if ratio and ratio > 0:
        width = round(width * ratio)
    if not (width > 0 and height > 0):
        return None, None
    turned = frame is not None and frame.rotation % 180 == 90
    return (height, width) if turned else (width, height)


def _jpeg(frame: VideoFrame) -> bytes:
    """Return ``frame`` as shown, at most POSTER_PX wide and high."""
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25)
    )
    fit = f"{POSTER_PX}:{POSTER_PX}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    steps = [graph.add("scale", "iw*if(gt(sar\\,0)\\,sar\\,1):ih"), graph.add("setsar", "1")]
    # FFmpeg counts the turn counter-clockwise.
    turns = {90: ["cclock"], 180: ["clock", "clock"], 270: ["clock"]}
    steps += [graph.add("transpose", way) for way in turns.get(frame.rotation % 360, [])]
    steps += [graph.add("scale", fit), graph.add("format", "yuvj420p"), graph.add("buffersink")]
    graph.link_nodes(source, *steps).configure()
    graph.push(frame)
    small = graph.pull()
    assert isinstance(small, VideoFrame)  # noqa: S101
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = small.width, small.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "5", "qmax": "5"}
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
