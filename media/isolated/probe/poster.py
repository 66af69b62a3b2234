"""Makes the poster from a frame of the film."""

import contextlib
from fractions import Fraction
from itertools import islice

import av
from av.container import InputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .orientation import orientation_filters
from .remote_file import RemoteFile, TooMuch
from .times import duration_s
from .tracks import codec

POSTER_PX = 640
# Of these browsers decode all that decoders here do, and give up where these do.
_DECODED_BY_BROWSERS = {"h264", "hevc", "vp8", "vp9", "av1"}
# A recording may begin so far from a picture that needs no other.
_MOST_TRIED = 500


def poster_frame(
    container: InputContainer, stream: VideoStream, file: RemoteFile
) -> VideoFrame | None:
    """Return a frame soon after the start, which is often black; None if none can be decoded."""
    length_s = duration_s(container) or 0
    with contextlib.suppress(av.FFmpegError, TooMuch):
        try:
            container.seek(int(min(length_s / 10, 20) * av.time_base), backward=True)
        except av.FFmpegError:
            return _first_frame(container, stream, file)
        return next(container.decode(stream), None)
    return None


def _first_frame(
    container: InputContainer, stream: VideoStream, file: RemoteFile
) -> VideoFrame | None:
    """Return the first frame of a film in which nothing can be sought, such as VC-2 in MKV."""
    name, _, _ = container.format.name.partition(",")
    # After it has failed to seek, the container is anywhere. It reads on where it was.
    at = file.tell()
    file.seek(0)
    try:
        with av.open(file, mode="r", format=name, metadata_errors="replace") as anew:
            film = anew.streams[stream.index]
            return next(anew.decode(film), None) if isinstance(film, VideoStream) else None
    finally:
        file.seek(at)


def is_undecodable(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether pictures are damaged and none is not; False where that cannot be found out."""
    if codec(stream.codec_context) not in _DECODED_BY_BROWSERS:
        return False
    errors = 0
    with contextlib.suppress(av.FFmpegError, TooMuch):
        container.seek(0)
        for packet in islice(container.demux(stream), _MOST_TRIED):
            try:
                if packet.decode():
                    return False
            except av.error.InvalidDataError:
                errors += 1
        return errors > 0
    return False


def jpeg(frame: VideoFrame, stream: VideoStream) -> bytes:
    """Return ``frame`` as shown, with POSTER_PX on its longer side."""
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25)
    )
    width, height = _size(frame, stream)
    steps = [graph.add("scale", f"{width}:{height}"), graph.add("setsar", "1")]
    steps += [graph.add(name, way or None) for name, way in orientation_filters(frame)]
    steps += [graph.add("format", "yuvj420p"), graph.add("buffersink")]
    graph.link_nodes(source, *steps).configure()
    graph.push(frame)
    small = graph.pull()
    assert isinstance(small, VideoFrame)  # noqa: S101
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = small.width, small.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "5", "qmax": "5"}
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])


def _size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return the size of the poster, before it is turned. Pixels of a film may not be square."""
    ratio = float(stream.sample_aspect_ratio or 0)
    width = frame.width * (ratio if ratio > 0 else 1)
    longer = max(width, frame.height)
    return _even(POSTER_PX * width / longer), _even(POSTER_PX * frame.height / longer)


def _even(lines: float) -> int:
    return max(2, 2 * round(lines / 2))
