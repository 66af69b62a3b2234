"""Tiny films whose frames can be recognised by their grey; each is made once per test run.

Frame n, counted from 0, has a uniform grey level by which ``number_at`` recognises it, whatever
size and quality it was converted to.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import av

from tests.support.films import Film, make_film

SIZE = (64, 48)
# After this many frames the numbers start again, because closer grey levels cannot be told apart.
NUMBERS = 50
_DARKEST, _STEP = 20, 4

# Silence, then a tone after one second.
BEEP_AT_S = 1.0
SOUND = ("-f", "lavfi", "-i", f"sine=440:r=48000,volume=enable='lt(t,{BEEP_AT_S})':volume=0")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "2")
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-qp", "12", "-g", "25")


def picture(rate: str = "25") -> tuple[str, ...]:
    """Return the ffmpeg input with numbered frames."""
    grey = f"format=yuv420p,geq=lum='{_DARKEST}+{_STEP}*mod(N,{NUMBERS})':cb=128:cr=128"
    size = f"scale={SIZE[0]}:{SIZE[1]}:flags=neighbor"
    return ("-f", "lavfi", "-i", f"color=size=16x16:rate={rate},{grey},{size}")


def film(
    ending: str,
    duration_s: float,
    *outputs: str,
    only: str = "1",
    shown: Sequence[str] = picture(),
    sound: Sequence[str] = SOUND,
    codecs: Sequence[str] = (*MPEG4, "-c:a", "ac3"),
) -> Film:
    """Return a film of the frames for which ``only`` holds, with the given audio."""
    return Film(
        ending,
        ("-vf", f"select='{only}'", "-fps_mode", "vfr", *codecs, *outputs),
        inputs=(*shown, *sound),
        duration_s=duration_s,
    )


@cache
def content_of(film: Film) -> bytes:
    """Return the bytes of a film."""
    return make_film(film).read_bytes()


class Shown:
    """The frames of a stream as an HLS player shows them, which ignores edit lists."""

    def __init__(self, path: Path, first_s: float) -> None:
        with av.open(str(path)) as film:
            frames = [(frame.time or 0.0, _number(frame)) for frame in film.decode(video=0)]
        off_s = frames[0][0] - first_s
        self.times_s = [time_s - off_s for time_s, _ in frames]
        self.numbers = [number for _, number in frames]

    def number_at(self, time_s: float) -> int:
        """Return the number of the frame that is shown at a time."""
        return self.numbers[max(0, bisect_right(self.times_s, time_s) - 1)]


def _number(frame: av.VideoFrame) -> int:
    plane = frame.planes[0]
    grey = bytes(plane)[plane.line_size * (frame.height // 2) + frame.width // 2]
    return round((grey - _DARKEST) / _STEP)
