"""Holes: parts of a film that contain only zeros."""

import contextlib
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from .remote_file import RemoteFile, TooMuch
from .times import duration_s, start_s
from .tracks import codec

# The places to check for holes, as shares of the film.
_PLACES, _FEWEST_HOLES = (0.25, 0.5, 0.75, 0.97), 2
_SMALLEST_PICTURE_BYTES = 16
# Some encoders pad black pictures with zeros, so a hole is longer than a few pictures.
_HOLE_SHARE, _LEAST_HOLE_BYTES, _MOST_HOLE_BYTES = 16, 16 * 1024, 4 * 1024 * 1024
# Codecs in which black pictures and silence are zeros.
_UNCODED = (
    *("rawvideo", "pcm_", "r210", "r10k", "avrp", "v308", "v408", "ayuv", "yuv4", "bitpacked"),
    *("fraps", "dxtory", "tta"),
)


def has_holes(container: InputContainer, stream: VideoStream, file: RemoteFile, end: int) -> bool:
    """Tell whether much of a film is only zeros: space that a download did not fill.

    A film with one hole can be watched. A few places before ``end`` are checked. Formats that
    always have an index are checked by it, because an MP4 may have unused space between samples.
    """
    contexts = [track.codec_context for track in container.streams if track.codec_context]
    if any(codec(context).startswith(_UNCODED) for context in contexts):
        return False
    with contextlib.suppress(av.FFmpegError, TooMuch):
        if container.format.name.startswith("mov"):
            holes = [not any(picture) for picture in _some_pictures(container, stream)]
            return holes.count(True) >= _FEWEST_HOLES
        container.seek(0)
        first = next(container.demux(stream), None)
        # There may be unused space before the pictures too.
        begin = first.pos if first is not None and first.pos else 0
        length = min(max((end - begin) // _HOLE_SHARE, _LEAST_HOLE_BYTES), _MOST_HOLE_BYTES)
        starts = (begin + int((end - begin - length) * share) for share in _PLACES)
        return sum(_is_empty(file, start, length) for start in starts) >= _FEWEST_HOLES
    return False


def _some_pictures(container: InputContainer, stream: VideoStream) -> Iterator[bytes]:
    first_s, length_s = max(0.0, start_s(container)), duration_s(container) or 0
    for share in _PLACES:
        at = int((first_s + length_s * share) / (stream.time_base or 1))
        container.seek(at, stream=stream, any_frame=True)
        packet = next(container.demux(stream), None)
        if packet is not None and packet.size >= _SMALLEST_PICTURE_BYTES:
            yield bytes(packet)


def _is_empty(file: RemoteFile, start: int, length: int) -> bool:
    """Tell whether there are ``length`` zeros. Stops at the first other byte."""
    end = start + length
    while start < end:
        file.seek(start)
        content = file.read(min(_LEAST_HOLE_BYTES, end - start))
        if not content or any(content):
            return False
        start += len(content)
    return True
