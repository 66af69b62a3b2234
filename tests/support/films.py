"""Short films as people own them, each encoded once in a test run.

All show ``testsrc2`` of 320 x 180 pixels for 3 s, with a tone; ``Film`` says what differs.
"""

import os
import shutil
import subprocess
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
