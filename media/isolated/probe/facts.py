"""Collects the facts about a file that are reported."""

from typing import Any

from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .boxes import is_in_fragments
from .dolby_vision import needs_dolby_vision
from .orientation import is_sideways
from .pixels import pixel_format
from .programs import teletext, tracks_of_same_program
from .remote_file import RemoteFile
from .times import duration_s, ends_sooner, length_of_all, start_s
from .tracks import MOST_TRACKS, codec, heard, is_switched_off, named, picture, sound_codec


def facts(
    container: InputContainer,
    stream: VideoStream,
    frame: VideoFrame | None,
    file: RemoteFile,
    *,
    checks_seeking: bool,
) -> dict[str, Any]:
    context = stream.codec_context
    width, height = _shown_size(stream, frame)
    sounds = container.streams.audio
    audio = heard(container)
    # A recording of a whole multiplex has several programmes.
    has_programs = container.format.name == "mpegts" and len(sounds) > 1
    own = tracks_of_same_program(file, stream.id) if has_programs else frozenset()
    # If no audio track belongs to the picture's programme, the listing is unusable.
    is_listed = any(track.id in own for track in sounds)
    length_s = duration_s(container)
    if start_s(container) > 0 and is_in_fragments(file):
        # The stated length may count from 0 or from the first frame.
        length_s = None
    is_matroska = container.format.name.startswith("matroska")
    if length_s and is_matroska and ends_sooner(stream, file, length_s):
        length_s = length_of_all(container, stream, file) or length_s
    return {
        "duration_s": length_s or length_of_all(container, stream, file),
        "start_s": start_s(container),
        "width": width,
        "height": height,
        "video_codec": "dvh1" if needs_dolby_vision(context, file) else codec(context),
        "audio_codec": sound_codec(container, audio) if audio else None,
        "pixel_format": pixel_format(context),
        "is_switched_off": is_switched_off(container, stream),
        "tracks": {
            "picture": picture(container, stream, frame, checks_seeking=checks_seeking),
            "sounds": [
                {
                    **named(track),
                    "codec": sound_codec(container, track),
                    "channels": track.codec_context.channels if track.codec_context else 0,
                    "samples_per_s": track.codec_context.sample_rate
                    if track.codec_context
                    else None,
                    "is_anothers": is_listed and track.id not in own,
                }
                for track in sounds[:MOST_TRACKS]
            ],
            "subtitles": _subtitles(container, file),
        },
    }


def _subtitles(container: InputContainer, file: RemoteFile) -> list[dict[str, Any]]:
    tracks = container.streams.subtitles[:MOST_TRACKS]
    described = [
        {**named(track), "is_forced": bool(track.disposition & Disposition.forced)}
        for track in tracks
    ]
    if container.format.name == "mpegts" and not all(track.codec_context for track in tracks):
        ids = teletext(file)
        for track, about in zip(tracks, described, strict=True):
            if not track.codec_context and track.id in ids:
                about["codec"] = "dvb_teletext"
    return described


def _shown_size(stream: VideoStream, frame: VideoFrame | None) -> tuple[int | None, int | None]:
    """Return the size as shown: pixels may not be square, and phones rotate the picture."""
    width, height = stream.codec_context.width, stream.codec_context.height
    ratio = stream.sample_aspect_ratio
    if ratio and ratio > 0:
        width = round(width * ratio)
    if not (width > 0 and height > 0):
        return None, None
    turned = frame is not None and is_sideways(frame)
    return (height, width) if turned else (width, height)
