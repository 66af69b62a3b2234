"""Holes: parts of a film that are nothing but zeros."""

import contextlib
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from .remote_file import RemoteFile, TooMuch
from .times import duration_s, start_s
from .tracks import codec

# Where a film is looked at for holes, as shares of it. No coded film has so many zeros in a row.
_PLACES = (0.25, 0.5, 0.75, 0.97)
_EMPTY_BYTES, _SMALLEST_PICTURE_BYTES = 16 * 1024, 16
_UNCODED = ("rawvideo", "pcm_")


def has_holes(container: InputContainer, stream: VideoStream, file: RemoteFile, end: int) -> bool:
    """Tell whether a part is nothing but zeros: the room that a download took and did not fill.

    Looked at in a few places up to ``end``: by the index where there is one in every file, for
    between the pictures of an MP4 there may be room that means nothing.
    """
    contexts = [track.codec_context for track in container.streams if track.codec_context]
    if any(codec(context).startswith(_UNCODED) for context in contexts):
        # Black is zeros there, and silence.
        return False
    if container.format.name.startswith("mov"):
        return any(not any(picture) for picture in _some_pictures(container, stream))
    starts = (int((end - _EMPTY_BYTES) * share) for share in _PLACES)
    return any(_is_empty(file, start) for start in starts if start > 0)


def _some_pictures(container: InputContainer, stream: VideoStream) -> Iterator[bytes]:
    first_s, length_s = start_s(container), duration_s(container) or 0
    with contextlib.suppress(av.FFmpegError, TooMuch):
        for share in _PLACES:
            at = int((first_s + length_s * share) / (stream.time_base or 1))
            container.seek(at, stream=stream, any_frame=True)
            packet = next(container.demux(stream), None)
            if packet is not None and packet.size >= _SMALLEST_PICTURE_BYTES:
                yield bytes(packet)


def _is_empty(file: RemoteFile, start: int) -> bool:
    file.seek(start)
    content = file.read(_EMPTY_BYTES)
    return len(content) == _EMPTY_BYTES and not any(content)
