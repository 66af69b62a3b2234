"""Whether browsers can seek in a film of H.264."""

import contextlib
import time
from itertools import islice

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from .remote_file import TooMuch

# How far to read, and how many key frames to look at: not every one is such.
_MOST_PACKETS, _MOST_BYTES, _MOST_KEY_FRAMES = 1500, 16 * 1024 * 1024, 5
# All that is asked of a slow storage has to be answered in half a minute.
_MOST_S = 5.0


def is_open_gop(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether pictures that are shown before a key frame are coded after it.

    They refer to pictures before the key frame, which are missing after a seek. Chromium gives up
    there. The first key frame of a film has none.
    """
    if stream.codec_context.codec.canonical_name != "h264":
        return False
    with contextlib.suppress(av.FFmpegError, TooMuch):
        container.seek(container.start_time or 0)
        return _has_leading(container, stream)
    return False


def _has_leading(container: InputContainer, stream: VideoStream) -> bool:
    key_frames, key_pts, size_bytes = 0, 0, 0
    until_s = time.monotonic() + _MOST_S
    for packet in islice(container.demux(stream), _MOST_PACKETS):
        size_bytes += packet.size
        is_enough = size_bytes > _MOST_BYTES or key_frames > _MOST_KEY_FRAMES
        if is_enough or time.monotonic() > until_s:
            break
        if packet.pts is None:
            continue
        if packet.is_keyframe:
            key_frames, key_pts = key_frames + 1, packet.pts
        elif key_frames > 1 and packet.pts < key_pts:
            return True
    return False
