"""Rotation and mirroring of a picture before it is shown (ISO 14496-12 6.2.2)."""

import struct
from collections.abc import Mapping
from typing import cast

from av.buffer import Buffer
from av.video.frame import VideoFrame

# FFmpeg filters by the signs of the display matrix. The first two say where it moves the x axis,
# the others where it moves the y axis.
_TURNS: dict[tuple[int, int, int, int], tuple[tuple[str, str], ...]] = {
    (1, 0, 0, 1): (),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (0, 1, -1, 0): (("transpose", "clock"),),
    (0, -1, 1, 0): (("transpose", "cclock"),),
    (0, 1, 1, 0): (("transpose", "cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "clock_flip"),),
}
_UPRIGHT = (1, 0, 0, 1)
# By degrees counterclockwise.
_SIGNS_OF_ROTATION = {
    -90: (0, 1, -1, 0),
    90: (0, -1, 1, 0),
    180: (-1, 0, 0, -1),
    -180: (-1, 0, 0, -1),
}
_QUARTERS = {_UPRIGHT, (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)}


def orientation_filters(frame: VideoFrame) -> tuple[tuple[str, str], ...]:
    """Return the filters that turn a frame upright; none for angles that are not quarter turns."""
    return _TURNS.get(_signs(frame), ())


def is_turned(frame: VideoFrame) -> bool:
    """Tell whether a frame is shown rotated or mirrored."""
    return _signs(frame) != _UPRIGHT


def is_mirrored(frame: VideoFrame) -> bool:
    """Tell whether a frame is shown mirrored, or turned by something else than quarter turns."""
    return _signs(frame) not in _QUARTERS


def is_sideways(frame: VideoFrame) -> bool:
    """Tell whether the width of a frame is shown as its height."""
    return any(name == "transpose" for name, _ in orientation_filters(frame))


def _signs(frame: VideoFrame) -> tuple[int, int, int, int]:
    try:
        # PyAV's annotation knows motion vectors only.
        side_data = cast("Mapping[str, Buffer]", frame.side_data)
    except ValueError:
        # It does not know all types, such as those of spatial video and of Exif, and then reads
        # none. Mirroring remains unknown.
        return _SIGNS_OF_ROTATION.get(frame.rotation, _UPRIGHT)
    data = side_data.get("DISPLAYMATRIX")
    if data is None or data.buffer_size != struct.calcsize("=9i"):
        return _UPRIGHT
    right, down, _, right_below, down_below, *_ = struct.unpack("=9i", bytes(data))
    x, y, below_x, below_y = (
        (each > 0) - (each < 0) for each in (right, down, right_below, down_below)
    )
    return x, y, below_x, below_y
