"""A film that is watched while it is converted, and an ffmpeg that a test can hold back."""

import contextlib
import os
import select
import sys
import threading
from pathlib import Path

import imageio_ffmpeg

from tests.support.films import Film

# A low frame rate, so that encoding is fast.
_INPUTS = (
    *("-f", "lavfi", "-i", "testsrc2=size=192x180:rate=10"),
    *("-f", "lavfi", "-i", "sine=440:r=48000"),
)
# Small, with audio, and long enough to be watched while it is converted.
GROWING = Film(
    "mkv",
    ("-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3"),
    inputs=_INPUTS,
    duration_s=40,
)

# A default audio track that cannot be played: it is empty or garbage.
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
# The audio stops in the middle.
GROWING_TO_SILENCE = Film(
    "mkv",
    (*GROWING.outputs, "-bsf:a:0", "noise=drop='gt(pts*tb,20)'"),
    inputs=_INPUTS,
    duration_s=40,
)

# Broadcasts whose sound is unlike their picture: it begins late, it pauses, it ends.
_BROADCAST = ("-map", "0:v", "-map", "1:a", "-c:v", "mpeg2video", "-r", "25", "-q:v", "5")
_GAPS = {"late": "lt(pts*tb,11)", "pausing": "between(pts*tb,5,19)", "ending": "gt(pts*tb,20)"}
GROWING_BROADCASTS = {
    name: Film(
        "ts",
        (*_BROADCAST, "-c:a", "mp2", "-bsf:a", f"noise=drop='{gap}'"),
        inputs=_INPUTS,
        duration_s=40,
    )
    for name, gap in _GAPS.items()
}

# As recorded by iPhones: Safari plays it as it is, other browsers need a converted copy.
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
    """Holds back the video input of ffmpeg, so that a film stops growing in the middle.

    ``program`` is a wrapper of ffmpeg. When it encodes, its first input comes through the gate: the
    first ``share`` of the file, and the rest once the gate is open. So a test can examine a growing
    film for as long as it needs.
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
        # Opened for reading and writing, so that it never reports an end of file.
        self._asked = asked.open("r+b", buffering=0)
        # Writing to this pipe opens the gate and wakes those who wait for it.
        self._opened, self._opener = os.pipe()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def open(self) -> None:
        """Let the rest of the film through, and every later film completely."""
        os.write(self._opener, b"o")

    def close(self) -> None:
        """Stop, once no ffmpeg reads from the gate any more."""
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
        # The reader may be killed meanwhile.
        with path.open("wb", buffering=0) as pipe, contextlib.suppress(BrokenPipeError):
            pipe.write(content[:at])
            waits = select.poll()
            waits.register(self._opened, select.POLLIN)
            waits.register(pipe, 0)
            if waits.poll()[0][0] == self._opened:
                pipe.write(content[at:])


# A new pipe each time, because a reader of a reopened pipe would never see its end.
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
