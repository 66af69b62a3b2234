"""Writes the WebVTT of a storyboard, which maps times to parts of its sheets. Pure.

Each cue has an address with a ``#xywh`` media fragment
(https://www.w3.org/TR/media-frags/#naming-space).
"""

import math

from media.recipes import TILES

JPEG_HEAD_BYTES = 4096


def size_of_jpeg(head: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG from its first bytes; raise ValueError.

    ITU-T T.81 section B.2.2: in a baseline frame header, height and width follow length and
    precision.
    """
    at = head.find(b"\xff\xc0")
    if at < 0 or len(head) < at + 9:
        raise ValueError("this is not a baseline JPEG")
    return int.from_bytes(head[at + 7 : at + 9]), int.from_bytes(head[at + 5 : at + 7])


def count_of(duration_s: float, step_s: float) -> int:
    """Return how many pictures a storyboard has. Durations in files are slightly too long."""
    return max(1, math.ceil(round(duration_s / step_s, 1)))


def cues(*, duration_s: float, step_s: float, sheets: int, sheet_size: tuple[int, int]) -> str:
    """Return the WebVTT for ``sheets`` of TILES x TILES pictures, one for every ``step_s``."""
    width, height = sheet_size[0] // TILES, sheet_size[1] // TILES
    count = min(count_of(duration_s, step_s), sheets * TILES * TILES)
    lines = ["WEBVTT", ""]
    for number in range(count):
        sheet, tile = divmod(number, TILES * TILES)
        row, column = divmod(tile, TILES)
        end_s = duration_s if number == count - 1 else (number + 1) * step_s
        lines += [
            f"{_time(number * step_s)} --> {_time(end_s)}",
            f"s{sheet + 1:03d}.jpg#xywh={column * width},{row * height},{width},{height}",
            "",
        ]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
