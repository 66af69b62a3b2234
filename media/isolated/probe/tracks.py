"""The tracks of a file and their names."""

import contextlib
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .open_gop import is_open_gop
from .orientation import is_mirrored, is_turned
from .remote_file import TooMuch
from .times import LONGEST_S, length_of_track

_FASTEST = 1000
# By the bits that name the layer; 0 is none.
_MPEG_LAYERS = {3: "mp1", 2: "mp2", 1: "mp3"}
_UNSPECIFIED = 2
# Still image codecs: a video track with one of these is a cover.
_OF_STILLS = {"mjpeg", "png", "bmp", "gif", "tiff", "webp"}
MOST_TRACKS = 100


def picture_track(container: InputContainer) -> VideoStream | None:
    """Return the first video track that is not a cover, of those that players show by default."""
    tracks = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic and stream.codec_context
    ]

    def order(track: VideoStream) -> tuple[bool, bool]:
        is_shown = bool(track.disposition & Disposition.default)
        return codec(track.codec_context) in _OF_STILLS, not is_shown

    film = min(tracks, key=order, default=None)
    if film is not None:
        film.codec_context.thread_count = 1
    return film


def heard(container: InputContainer) -> AudioStream | None:
    """Return the audio track that browsers play by default; None if there is none."""
    sounds = container.streams.audio
    return next((track for track in sounds if _is_on(container, track)), next(iter(sounds), None))


def is_switched_off(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether the picture is switched off while something else is on, or all the sound is.

    Browsers then show black, or play no sound. If everything is off, they play everything.
    """
    sounds = [_is_on(container, track) for track in container.streams.audio]
    played = [_is_on(container, stream), *([any(sounds)] if sounds else [])]
    return any(played) and not all(played)


def _is_on(container: InputContainer, track: Stream) -> bool:
    """Tell whether an MP4 says to play the track (ISO 14496-12 8.3.2, track_enabled).

    Browsers do not obey the flags of other formats.
    """
    is_mp4 = container.format.name.startswith("mov")
    return not is_mp4 or bool(track.disposition & Disposition.default)


def picture(
    container: InputContainer,
    stream: VideoStream,
    frame: VideoFrame | None,
    *,
    checks_seeking: bool,
) -> dict[str, Any]:
    """Return the facts about the picture; with ``checks_seeking``, reads on in the file."""
    start_s = (container.start_time or 0) / av.time_base
    return {
        "number": container.streams.video.index(stream),
        "frame_rate": _rate(stream.average_rate),
        "tick_rate": _rate(stream.base_rate),
        "is_interlaced": frame is not None and bool(frame.interlaced_frame),
        "is_open_gop": checks_seeking and is_open_gop(container, stream),
        "is_turned": frame is not None and is_turned(frame),
        "is_mirrored": frame is not None and is_mirrored(frame),
        "transfer": int(stream.codec_context.color_trc or 0) or None,
        "primaries": _if_specified(stream.codec_context.color_primaries),
        "matrix": _if_specified(stream.codec_context.colorspace),
        "duration_s": length_of_track(stream),
        "bitrate": container.bit_rate or None,
        "start_s": start_s if abs(start_s) <= LONGEST_S else 0.0,
    }


def _if_specified(number: int) -> int | None:
    """Return a code point of ITU-T H.273; None for 2, which means unspecified."""
    return None if int(number) == _UNSPECIFIED else int(number)


def _rate(rate: Fraction | None) -> float | None:
    return float(rate) if rate and 0 < rate < _FASTEST else None


def named(track: Stream) -> dict[str, Any]:
    """Return language, title and default flag of an audio or subtitle track."""
    context = track.codec_context
    return {
        "codec": codec(context) if context else None,
        "language": track.metadata.get("language", "")[:16],
        "title": track.metadata.get("title", "")[:64],
        "is_default": bool(track.disposition & Disposition.default),
    }


def sound_codec(container: InputContainer, track: AudioStream) -> str | None:
    """Return the codec of an audio track; None if it is unknown.

    An MP4 has one name for all layers of MPEG sound (ISO 14496-1 7.2.6.6.2), of which browsers know
    only the third for sure. So the header of the first frame is read (ISO 11172-3 2.4.2.3).
    """
    name = codec(track.codec_context) if track.codec_context else None
    if name == "mp3" and container.format.name.startswith("mov"):
        with contextlib.suppress(av.FFmpegError, TooMuch):
            container.seek(0)
            packet = next(container.demux(track), None)
            if packet is not None and packet.size > 1:
                return _MPEG_LAYERS.get(bytes(packet)[1] >> 1 & 3, name)
    return name


def codec(context: CodecContext) -> str:
    """Return the name of a codec, not of the decoder that was chosen for it."""
    return context.codec.canonical_name[:32]
