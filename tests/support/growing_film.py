"""A film that is watched while it is made, and an ffmpeg that makes it as far as a test lets it."""

import contextlib
import os
import select
import sys
import threading
from pathlib import Path

import imageio_ffmpeg

from tests.support.films import Film

# Few pictures, so that they are soon encoded.
_INPUTS = (
    *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10"),
    *("-f", "lavfi", "-i", "sine=440:r=48000"),
)
# Small, with sound, and long enough to be watched while it is made.
GROWING = Film(
    "mkv",
    ("-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3"),
    inputs=_INPUTS,
    duration_s=40,
)

# Its default language, and its only one, that nobody can hear: in which nothing is, and garbage.
_SOUNDS = ("-map", "0:v", "-map", "1:a", "-map", "1:a", "-disposition:a:0", "default")
GROWING_BESIDE_SILENCE = Film(
    "mkv",
    (*_SOUNDS, "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3", "-bsf:a:0", "noise=drop=1"),
    inputs=_INPUTS,
    duration_s=40,
)
GROWING_WITH_GARBAGE = Film(
    "mkv",
    (*_SOUNDS[:4], "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3", "-bsf:a:0", "noise=amount=1"),
    inputs=_INPUTS,
    duration_s=40,
)
# A sound that breaks off in the middle.
GROWING_TO_SILENCE = Film(
    "mkv",
    (*GROWING.outputs, "-bsf:a:0", "noise=drop='gt(pts*tb,20)'"),
    inputs=_INPUTS,
    duration_s=40,
)

# As iPhones record: Safari plays it as it is, and other browsers wait for a copy.
GROWING_HEVC = Film(
    "mp4",
    (
        *("-map", "0:v", "-map", "1:a", "-c:v", "libx265", "-preset", "ultrafast"),
        *("-x265-params", "log-level=none", "-pix_fmt", "yuv420p", "-tag:v", "hvc1"),
        *("-c:a", "aac", "-movflags", "+faststart"),
    ),
    inputs=_INPUTS,
    duration_s=40,
)


class Gate:
    """An ffmpeg that gets the picture of a film only as far as it is let through.

    ``program`` is ffmpeg; where it encodes, its first source comes from here: the first share of
    the file, and all of it once the gate is open. A test so has a film that grows, and stands
    still for as long as it looks at it.
    """

    def __init__(self, folder: Path, share: float = 0.6) -> None:
        self.program = folder / "gated-ffmpeg"
        self.share = share
        asked = folder / "gate"
        os.mkfifo(asked)
        self.program.write_text(
            f"#!{sys.executable} -I\n{_GATED}".format(
                ffmpeg=imageio_ffmpeg.get_ffmpeg_exe(), gate=asked
            )
        )
        self.program.chmod(0o755)
        # Open for both, it has no end when nobody else writes into it.
        self._asked = asked.open("r+b", buffering=0)
        # What is written there opens the gate, and wakes who waits for it.
        self._opened, self._opener = os.pipe()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def open(self) -> None:
        """Let through the rest of the film, and all of every film from now on."""
        os.write(self._opener, b"o")

    def close(self) -> None:
        """End; no ffmpeg reads from here any more."""
        self.open()
        self._asked.write(b"\n")
        self._serving.join()
        self._asked.close()

    def _serve(self) -> None:
        while line := self._asked.readline().strip():
            pipe, source = map(Path, line.decode().split("\t"))
            threading.Thread(target=self._feed, args=(pipe, source), daemon=True).start()

    def _feed(self, path: Path, source: Path) -> None:
        content = source.read_bytes()
        at = int(len(content) * self.share)
        # Who reads may be killed meanwhile.
        with path.open("wb", buffering=0) as pipe, contextlib.suppress(BrokenPipeError):
            pipe.write(content[:at])
            waits = select.poll()
            waits.register(self._opened, select.POLLIN)
            waits.register(pipe, 0)
            if waits.poll()[0][0] == self._opened:
                pipe.write(content[at:])


# A pipe of its own each time: of one that is opened again nobody would see the end.
_GATED = """import os, sys
words = sys.argv[1:]
if "libx264" in words:
    at = words.index("-i") + 1
    pipe = "{gate}-" + str(os.getpid())
    os.mkfifo(pipe)
    with open("{gate}", "w") as gate:
        gate.write(pipe + "\\t" + words[at] + "\\n")
    words[at] = pipe
os.execv("{ffmpeg}", ["{ffmpeg}", *words])
"""
