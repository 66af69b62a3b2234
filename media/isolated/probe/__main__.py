"""The program that examines an uploaded file, in a process of its own without secrets.

Decoders have had vulnerabilities, so this runs apart from the server: without its environment, with
limited memory and processor time, unable to open a file or a socket. It imports none of our
packages. It requests the bytes of the file on stdout, and reports there what it finds:

- ``R`` start (8 bytes) length (4 bytes): a request. The response on stdin is a length (4 bytes) and
  that many bytes, fewer at the end of the file, or REFUSED if it has requested too much.
- ``E`` 8, the size that the file should have by its own headers (8 bytes); comes first, if known.
- ``F`` length (4 bytes) JSON: the facts about the file. ``P`` length JPEG: a poster.
- ``X`` 0: the film is copy-protected; nothing else follows.
- ``S`` 0: the picture of the broadcast is scrambled; nothing else follows.
- ``J`` 0: the file has several films, one behind the other; nothing else follows.
- ``H`` 0: a part of the film contains only zeros.
- ``D`` 0: none of its pictures can be decoded.
"""

import json
import struct
import sys
from typing import BinaryIO

import av
import av.subtitles.codeccontext  # everything, while files can still be opened
import av.subtitles.stream

from .boxes import is_in_fragments
from .facts import facts
from .fragments import is_slow_to_open, is_slow_to_seek
from .holes import has_holes
from .joined import Joined, has_second_film
from .limits import drop_privileges
from .poster import is_undecodable, jpeg, poster_frame
from .programs import is_scrambled
from .protection import is_encrypted, is_protected
from .remote_file import JUMP_BYTES, RemoteFile
from .tracks import picture_track
from .truncation import END_OF, end_unknown

# ffmpeg's names for the demuxers of MP4 and MOV, of broadcasts, of MKV and WebM, and of DVDs.
_MP4, _TS, _MATROSKA, _MPG = "mov", "mpegts", "matroska", "mpeg"
_BUFFER_BYTES = 32 * 1024
# A broadcast lists its tracks early, but the first samples, which say how they are coded, may come
# late. ffmpeg reads up to this far until it has seen every track. Same values as in
# ``media.recipes``.
_LATE_TRACKS = {name: {"probesize": "32M", "analyzeduration": "600M"} for name in (_TS, _MPG)}


def main(size_bytes: int, file_format: str, *, checks_seeking: bool) -> None:
    asking, answers = sys.stdout.buffer, sys.stdin.buffer
    drop_privileges()
    file = RemoteFile(asking, answers, size_bytes)
    end = END_OF.get(file_format, end_unknown)(file, size_bytes)
    if end > size_bytes:
        _report(asking, b"E", struct.pack(">Q", end))
    if is_protected(file, file_format):
        _report(asking, b"X", b"")
        return
    try:
        if has_second_film(file, file_format, end):
            raise Joined
        _examine(file, file_format, end, checks_seeking=checks_seeking)
    except Joined:
        _report(asking, b"J", b"")


def _examine(file: RemoteFile, file_format: str, end: int, *, checks_seeking: bool) -> None:
    """Report facts and poster; raise Joined."""
    asking = sys.stdout.buffer
    # Metadata written by old programs can be in any encoding; we do not show it.
    options = _LATE_TRACKS.get(file_format, {})
    in_fragments = file_format == _MP4 and is_in_fragments(file)
    is_slow = in_fragments and is_slow_to_open(file)
    file.seek(0)
    with av.open(
        file,
        mode="r",
        format=file_format,
        options=options,
        metadata_errors="replace",
        # ffmpeg reads the head of each fragment, and here as much again at most.
        buffer_size=JUMP_BYTES if in_fragments else _BUFFER_BYTES,
    ) as container:
        stream = picture_track(container)
        if stream is None:
            _report(asking, b"F", json.dumps(None).encode())
            return
        if is_encrypted(container):
            _report(asking, b"X", b"")
            return
        frame = poster_frame(container, stream, file)
        if frame is None and file_format == _TS and is_scrambled(file, stream.id):
            _report(asking, b"S", b"")
            return
        found = facts(container, stream, frame, file, checks_seeking=checks_seeking)
        found["is_slow_to_open"] = is_slow or (
            file_format == _MATROSKA and not end and is_slow_to_seek(file, found["video_codec"])
        )
        # Before making the poster, so that they arrive even if that fails.
        _report(asking, b"F", json.dumps(found).encode())
        if frame is not None:
            _report(asking, b"P", jpeg(frame, stream))
        elif is_undecodable(container, stream):
            _report(asking, b"D", b"")
        if has_holes(container, stream, file, end or file.size_bytes):
            _report(asking, b"H", b"")


def _report(asking: BinaryIO, kind: bytes, content: bytes) -> None:
    asking.write(struct.pack(">cI", kind, len(content)) + content)
    asking.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], checks_seeking="checks-seeking" in sys.argv[3:])
