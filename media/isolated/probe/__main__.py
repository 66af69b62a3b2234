"""The program that examines an uploaded file: a process of its own, without any secrets.

Decoders have had vulnerabilities, so this runs apart from the server: without its environment, with
bounded memory and processor time, unable to open a file or a socket. It gets the file's
bytes by asking for them on stdout, and imports nothing of ours:

- ``R`` start (8 bytes) length (4 bytes): asks; stdin answers with a length (4 bytes) and so
  many bytes, fewer at the end of the file, or with REFUSED when it has asked for too much.
- ``E`` 8, how many bytes the file should have by its own headers (8 bytes); first, if told.
- ``F`` length (4 bytes) JSON: what the file is. ``P`` length JPEG: a picture of it.
- ``X`` 0: the film is protected against copying, so nothing more is told of it.
- ``H`` 0: a part of the film is nothing but zeros.
"""

import json
import struct
import sys
from typing import BinaryIO

import av
import av.subtitles.codeccontext  # everything, while files can still be opened
import av.subtitles.stream

from .boxes import is_protected
from .facts import facts
from .holes import has_holes
from .limits import give_up_everything
from .poster import jpeg, poster_frame
from .remote_file import RemoteFile
from .tracks import picture_track
from .truncation import END_OF, end_unknown

# The word by which ffmpeg is told of it, and of MOV.
_MP4 = "mov"
# A broadcast names its tracks early, and what they are in their first pictures and sounds, which
# may come late: it is read so far for those, and no further than to the last one that is named.
# The same as ``media.recipes`` has.
_LATE_TRACKS = {"mpegts": {"probesize": "32M", "analyzeduration": "600M"}}


def main(size_bytes: int, file_format: str) -> None:
    asking, answers = sys.stdout.buffer, sys.stdin.buffer
    give_up_everything()
    file = RemoteFile(asking, answers, size_bytes)
    end = END_OF.get(file_format, end_unknown)(file, size_bytes)
    if end > size_bytes:
        _tell(asking, b"E", struct.pack(">Q", end))
    if file_format == _MP4 and is_protected(file):
        _tell(asking, b"X", b"")
        return
    file.seek(0)
    # What old programs wrote into a file is in any code page; none of it is shown.
    options = _LATE_TRACKS.get(file_format, {})
    with av.open(
        file, mode="r", format=file_format, options=options, metadata_errors="replace"
    ) as container:
        stream = picture_track(container)
        if stream is None:
            _tell(asking, b"F", json.dumps(None).encode())
            return
        frame = poster_frame(container, stream)
        # Before the picture is made, so that they arrive whatever happens to it.
        _tell(asking, b"F", json.dumps(facts(container, stream, frame, file)).encode())
        if frame is not None:
            _tell(asking, b"P", jpeg(frame))
        if has_holes(container, stream, file, end or size_bytes):
            _tell(asking, b"H", b"")


def _tell(asking: BinaryIO, kind: bytes, content: bytes) -> None:
    asking.write(struct.pack(">cI", kind, len(content)) + content)
    asking.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
