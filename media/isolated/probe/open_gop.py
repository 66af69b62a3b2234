"""Whether browsers can seek in a film of H.264."""

import contextlib
import time
from collections.abc import Iterator
from itertools import islice

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from .remote_file import TooMuch

# How far to read, and how many key frames to look at: not every one is such.
_MOST_PACKETS, _MOST_BYTES, _MOST_KEY_FRAMES = 1500, 16 * 1024 * 1024, 5
# All that is asked of a slow storage has to be answered in half a minute.
_MOST_S = 5.0
# Types of NAL units, and how many may come before the first slice of a picture.
_SLICES, _IDR, _MOST_UNITS = range(1, 6), 5, 64
_START_CODE = b"\0\0\1"


def is_open_gop(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether a key frame after the first one does not start everything anew (IDR).

    What comes after it may refer to pictures before it, which are missing after a seek. Chromium
    gives up there, even if nothing does.
    """
    if stream.codec_context.codec.canonical_name != "h264":
        return False
    with contextlib.suppress(av.FFmpegError, TooMuch):
        container.seek(container.start_time or 0)
        return _has_others(container, stream)
    return False


def _has_others(container: InputContainer, stream: VideoStream) -> bool:
    key_frames, size_bytes = 0, 0
    until_s = time.monotonic() + _MOST_S
    length_bytes = _length_bytes(stream.codec_context.extradata or b"")
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        size_bytes += packet.size
        is_enough = size_bytes > _MOST_BYTES or key_frames > _MOST_KEY_FRAMES
        if is_enough or time.monotonic() > until_s:
            break
        if packet.is_keyframe:
            key_frames += 1
            if key_frames > 1 and not _is_idr(bytes(packet), length_bytes):
                return True
    return False


def _length_bytes(extradata: bytes) -> int:
    """Return how many bytes the length of each NAL unit has; 0 where start codes separate them.

    ISO/IEC 14496-15 section 5.3.3.1; in broadcasts the data are as in H.264 annex B.
    """
    has_lengths = len(extradata) > 4 and extradata[0] == 1
    return (extradata[4] & 3) + 1 if has_lengths else 0


def _is_idr(content: bytes, length_bytes: int) -> bool:
    """Tell whether the first slice of a picture says that it is an IDR picture."""
    units = _after_lengths(content, length_bytes) if length_bytes else _after_codes(content)
    kinds = (content[start] & 31 for start in islice(units, _MOST_UNITS))
    return next((kind for kind in kinds if kind in _SLICES), None) == _IDR


def _after_lengths(content: bytes, length_bytes: int) -> Iterator[int]:
    at = 0
    while at + length_bytes < len(content):
        start = at + length_bytes
        yield start
        at = start + int.from_bytes(content[at:start])


def _after_codes(content: bytes) -> Iterator[int]:
    at = content.find(_START_CODE)
    while 0 <= at < len(content) - len(_START_CODE):
        yield at + len(_START_CODE)
        at = content.find(_START_CODE, at + len(_START_CODE))
