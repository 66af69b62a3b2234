"""The start time of a film, and the durations of the film and its tracks."""

import contextlib
import re
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from .joined import check_order
from .remote_file import RemoteFile, TooMuch

LONGEST_S = 7 * 24 * 3600
_CLUSTER, _TIMESTAMP = b"\x1f\x43\xb6\x75", b"\xe7"
_TAIL_BYTES, _MOST_HEAD_BYTES = 1024 * 1024, 18
# Most writers begin a new cluster every five seconds.
_LONG_CLUSTER_S = 6
# What encoders of sound put before it, which players leave out.
LONGEST_PRIMING_S = 0.2


def start_s(container: InputContainer) -> float:
    """Return the time of the first video or audio frame; audio priming before 0 counts as 0."""
    start_s = (container.start_time or 0) / av.time_base
    is_priming = -LONGEST_PRIMING_S <= start_s <= 0
    return 0.0 if is_priming or abs(start_s) > LONGEST_S else round(start_s, 3)


def duration_s(container: InputContainer) -> float | None:
    """Return the duration, independent of the start time; None if the file does not state it."""
    length_s = (container.duration or 0) / av.time_base
    if container.format.name.startswith("matroska"):
        # In these formats the stated length is the end time.
        length_s -= max(0.0, start_s(container))
    return round(length_s, 3) if 0 < length_s <= LONGEST_S else None


def ends_sooner(stream: VideoStream, file: RemoteFile, length_s: float) -> bool:
    """Tell whether the last cluster of a Matroska file begins long before its stated end.

    Of a recording that was cut, the stated length may be that of the whole. False if no cluster
    (RFC 9559 section 5.1.3) is found near the end.
    """
    # The container reads on where it was.
    before = file.tell()
    with contextlib.suppress(TooMuch):
        file.seek(max(0, file.size_bytes - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
        file.seek(before)
        at = tail.rfind(_CLUSTER) + len(_CLUSTER)
        if at >= len(_CLUSTER) and len(tail) > at + _MOST_HEAD_BYTES and stream.time_base:
            # The length of the cluster has as many bytes as its first one has leading zeros, and
            # one. What follows is the time at which the cluster begins.
            at += 9 - tail[at].bit_length()
            if tail[at : at + 1] == _TIMESTAMP:
                size = tail[at + 1] & 0x7F
                begins = int.from_bytes(tail[at + 2 : at + 2 + size])
                return length_s - float(begins * stream.time_base) > _LONG_CLUSTER_S
    return False


def length_of_track(track: Stream) -> float | None:
    """Return how long a track lasts; None if the file does not state it."""
    if track.duration and track.time_base:
        length_s = float(track.duration * track.time_base)
    else:
        # Matroska writers state it in a tag.
        stated = re.fullmatch(r"(\d+):(\d\d):(\d\d\.?\d*)", track.metadata.get("DURATION", ""))
        hours, minutes, seconds = stated.groups() if stated else (0, 0, 0)
        length_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return round(length_s, 3) if 0 < length_s <= LONGEST_S else None


def length_of_all(container: InputContainer, stream: VideoStream, file: RemoteFile) -> float | None:
    """Find the duration by reading to the end, as for browser recordings; None if too long.

    Raises Joined.
    """
    last, before = Fraction(0), None
    with contextlib.suppress(av.FFmpegError, TooMuch):
        for packet in container.demux(stream):
            check_order(file, before, packet)
            before = packet
            if packet.pts is not None and packet.time_base is not None:
                last = max(last, (packet.pts + (packet.duration or 0)) * packet.time_base)
    length_s = float(last) - max(0.0, start_s(container))
    return None if file.was_refused or not 0 < length_s <= LONGEST_S else round(length_s, 3)
