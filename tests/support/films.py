"""Short films as people own them, each encoded once in a test run.

All show ``testsrc2`` of 320 x 180 pixels for 3 s, with a tone; ``Film`` says what differs.
"""

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import imageio_ffmpeg

from tests.support.clips import SHELF


@dataclass(frozen=True, slots=True)
class Film:
    """``inputs`` and ``outputs`` are arguments of ffmpeg; the last says the ending."""

    ending: str
    outputs: Sequence[str]
    inputs: Sequence[str] = (
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
    )
    duration_s: float = 3


_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60")

# The commonest film that browsers do not play: the picture would do.
AC3_IN_MKV = Film("mkv", ("-map", "0:v", "-map", "1:a", *_H264, "-c:a", "ac3"))

# Nothing of it plays: two languages in 5.1, and more than 480 lines on its side.
TWO_LANGUAGES = Film(
    "mkv",
    (
        *("-map", "0:v", "-map", "1:a", "-map", "1:a"),
        *("-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3", "-ac", "6", "-b:a", "384k"),
        *("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default"),
    ),
    inputs=(
        *("-f", "lavfi", "-i", "testsrc2=size=960x540:rate=30"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
    ),
    duration_s=5,
)
_SRT = b64encode(b"1\n00:00:00,500 --> 00:00:01,500\nGuten Abend.\n").decode()
# Two languages of subtitles, the first by the code that the web does not know.
SUBTITLED = Film(
    "mkv",
    (
        *("-map", "0:v", "-map", "1:a", "-map", "2:s", "-map", "2:s", *_H264, "-c:a", "aac"),
        *("-c:s:0", "srt", "-c:s:1", "ass", "-disposition:s:0", "default"),
        *("-metadata:s:s:0", "language=ger", "-metadata:s:s:1", "language=eng"),
        *("-metadata:s:s:1", "title=For the deaf"),
    ),
    inputs=(
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
        *("-f", "srt", "-i", f"data:text/plain;base64,{_SRT}"),
    ),
)
# Takes some seconds to encode: time to be killed in.
LONG = Film(
    "mkv",
    ("-map", "0:v", "-c:v", "mpeg4", "-q:v", "8"),
    inputs=("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30"),
    duration_s=60,
)
# Odd sizes, colours that browsers do not have, and no sound.
ODD_AND_SILENT = Film(
    "mp4",
    ("-map", "0:v", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv444p"),
    inputs=("-f", "lavfi", "-i", "testsrc2=size=321x181:rate=30"),
)


def make_film(film: Film) -> Path:
    """Return the file of ``film``; it is shared, so nobody may change it."""
    name = sha256(repr(film).encode()).hexdigest()[:16]
    path = Path(os.environ[SHELF]) / f"film-{name}.{film.ending}"
    if not path.exists():
        half_done = path.with_suffix(f".{os.getpid()}.{film.ending}")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *film.inputs]
        command += ["-t", str(film.duration_s), *film.outputs, str(half_done)]
        subprocess.run(command, check=True)
        shutil.move(half_done, path)
    return path
