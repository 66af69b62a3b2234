"""When a film begins, and how long it and its tracks last."""

import contextlib
import re
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from .remote_file import RemoteFile, TooMuch

LONGEST_S = 7 * 24 * 3600


def start_s(container: InputContainer) -> float:
    """Return the time of the first frame or sound; priming before 0 counts as 0."""
    start_s = (container.start_time or 0) / av.time_base
    return round(start_s, 3) if 0 < start_s <= LONGEST_S else 0.0


def duration_s(container: InputContainer) -> float | None:
    """Return how long it plays, wherever its times begin; None where the file does not say."""
    length_s = (container.duration or 0) / av.time_base
    if container.format.name.startswith("matroska"):
        # There the length is the time of the end.
        length_s -= start_s(container)
    return round(length_s, 3) if 0 < length_s <= LONGEST_S else None


def length_of_track(track: Stream) -> float | None:
    """Return how long a track lasts; None where the file does not say."""
    if track.duration and track.time_base:
        length_s = float(track.duration * track.time_base)
    else:
        # In Matroska the programs that write it say so.
        told = re.fullmatch(r"(\d+):(\d\d):(\d\d\.?\d*)", track.metadata.get("DURATION", ""))
        hours, minutes, seconds = told.groups() if told else (0, 0, 0)
        length_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return round(length_s, 3) if 0 < length_s <= LONGEST_S else None


def length_of_all(container: InputContainer, stream: VideoStream, file: RemoteFile) -> float | None:
    """Read on to the end, as recordings made in a browser need; None when it is too far."""
    last = Fraction(0)
    with contextlib.suppress(av.FFmpegError, TooMuch):
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                last = max(last, (packet.pts + (packet.duration or 0)) * packet.time_base)
    length_s = float(last) - start_s(container)
    return None if file.was_refused or not 0 < length_s <= LONGEST_S else round(length_s, 3)
