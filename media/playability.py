"""Whether browsers play a file as it is, by its container and codecs. Pure.

A file must play in Chromium, Firefox and Safari on ordinary machines without plug-ins. So H.265
does not count, although some browsers play it on some machines.
"""

import re
from dataclasses import dataclass

from core.errors import Conflict
from media.kinds import AVI, FLV, HLS, MKV, MOV, MP4, MPG, TS, WEBM, WMV
from media.tracks import Picture


class NotPlayable(Conflict):
    """Browsers cannot play the file as it is; the message says why."""

    code = "not_playable"
    message = "This cannot be played as it is."


_VIDEO = {
    MP4.mime_type: {"h264", "av1", "vp9"},
    MOV.mime_type: {"h264"},
    WEBM.mime_type: {"vp8", "vp9", "av1"},
    HLS.mime_type: {"h264"},
}
_AUDIO = {
    MP4.mime_type: {"aac", "mp3", "opus", "flac"},
    MOV.mime_type: {"aac", "mp3"},
    WEBM.mime_type: {"opus", "vorbis"},
    HLS.mime_type: {"aac", "mp3"},
}
# Players disagree about positions in a film that starts after 0. Rooms tolerate this much.
MOST_START_S = 0.5
# Pixel formats that every browser plays. More bits or colour are for studios.
_PIXELS = {
    "h264": {"yuv420p", "yuvj420p"},
    "vp9": {"yuv420p", "yuvj420p", "yuva420p", "yuv420p10le"},
    "av1": {"yuv420p", "yuvj420p", "yuv420p10le", "gray", "gray10le"},
    "hevc": {"yuv420p"},
}
# Dolby Vision that ordinary players cannot show. This is the probe's name; ffmpeg says "hevc".
DOLBY_VISION = "dvh1"
_NAMES = {
    MKV.mime_type: "MKV",
    AVI.mime_type: "AVI",
    TS.mime_type: "MPEG-TS",
    MPG.mime_type: "MPG",
    WMV.mime_type: "WMV",
    FLV.mime_type: "FLV",
    MP4.mime_type: "MP4",
    MOV.mime_type: "MOV",
    WEBM.mime_type: "WebM",
    HLS.mime_type: "HLS",
    "h264": "H.264",
    "hevc": "H.265",
    "av1": "AV1",
    "mpeg4": "MPEG-4 Visual",
    "mpeg2video": "MPEG-2",
    "prores": "ProRes",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
}


def has_common_pixels(video_codec: str | None, pixel_format: str | None) -> bool:
    """Tell whether every browser that plays the codec also plays it with this pixel format.

    True for codecs that are not listed, and for None, an unknown format.
    """
    pixels = _PIXELS.get(video_codec or "")
    return pixels is None or pixel_format in pixels


def _is_uncommon(video_codec: str | None, pixel_format: str | None) -> bool:
    return bool(pixel_format) and not has_common_pixels(video_codec, pixel_format)


def is_oddly_turned(mime_type: str, picture: Picture) -> bool:
    """Tell whether some browsers show a picture rotated or mirrored wrongly.

    All apply quarter turns in an MP4. Firefox never mirrors, and never rotates a WebM.
    """
    return picture.is_mirrored or (picture.is_turned and mime_type == WEBM.mime_type)


def begins_elsewhere(start_s: float | None) -> bool:
    """Tell whether a film begins so far from 0 that players show different moments of it."""
    return abs(start_s or 0) > MOST_START_S


def problem_of(
    *,
    mime_type: str,
    video_codec: str | None,
    audio_codec: str | None,
    pixel_format: str | None,
    start_s: float | None = None,
    is_oddly_turned: bool = False,
    is_switched_off: bool = False,
    is_slow_to_open: bool = False,
) -> str | None:
    """Return why browsers cannot play a file; None if they can.

    A codec of None is unknown and assumed to play. An empty one means that there is no such track.
    """
    if video_codec == DOLBY_VISION:
        return (
            "This is Dolby Vision of profile 5, which has the right colours only on Dolby Vision "
            "screens. Look for the film in HDR10 or without HDR."
        )
    if mime_type not in _VIDEO:
        name = _NAMES.get(mime_type)
        if name is None:
            return "Browsers cannot play files of this kind."
        return f"Browsers cannot play {name} files."
    if video_codec is not None and video_codec not in _VIDEO[mime_type]:
        return f"Browsers cannot play {name_of(video_codec)} video in {name_of(mime_type)} files."
    if video_codec and _is_uncommon(video_codec, pixel_format):
        return f"Not all browsers play {name_of(video_codec)} video with {pixel_format} pixels."
    if audio_codec and audio_codec not in _AUDIO[mime_type]:
        return f"Browsers cannot play {name_of(audio_codec)} sound in {name_of(mime_type)} files."
    if is_switched_off:
        return "This file says not to show its picture, or not to play its sound."
    if is_slow_to_open:
        return "This recording has no index, so browsers look for what they play in all of it."
    if is_oddly_turned:
        return "This file's picture must be shown mirrored or rotated, which not all browsers do."
    if begins_elsewhere(start_s):
        return (
            f"The times in this file begin at {start_s:g} s instead of 0, and browsers would show "
            "different moments."
        )
    return None


# Codec strings (RFC 6381) to ask a browser about. A common profile stands for all others.
_ASKED_VIDEO = {
    "h264": "avc1.640028",
    "hevc": "hvc1.1.6.L120.90",
    DOLBY_VISION: "dvh1.05.06",
    "vp8": "vp8",
    "vp9": "vp09.00.10.08",
    "av1": "av01.0.08M.08",
}
_ASKED_AUDIO = {
    "aac": "mp4a.40.2",
    "mp3": "mp3",
    "opus": "opus",
    "vorbis": "vorbis",
    "flac": "flac",
    "ac3": "ac-3",
    "eac3": "ec-3",
}
# Chroma subsampling and bit depth in ffmpeg's names.
_PIXEL_FORMAT = re.compile(r"yuvj?(420|422|444)p(?:(10|12)le)?")
_RGB = {"gbrp": "yuv444p", "gbrp10le": "yuv444p10le", "gbrp12le": "yuv444p12le"}
_H264_PROFILES = {"420": "6E", "422": "7A", "444": "F4"}
_VP9_COLOURS = {"420": "01", "422": "02", "444": "03"}
_DOLBY = {"ac3", "eac3"}


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask a browser about a file that only some browsers play.

    ``media_type`` is for HTMLMediaElement.canPlayType; ``where`` names those browsers in words.
    """

    media_type: str
    where: str


def question_of(
    *,
    mime_type: str,
    video_codec: str | None,
    audio_codec: str | None,
    pixel_format: str | None,
    start_s: float | None = None,
    is_oddly_turned: bool = False,
    is_switched_off: bool = False,
    is_slow_to_open: bool = False,
) -> Question | None:
    """Return what to ask a browser about a file; None if all browsers play it, or none."""
    asked = media_type_of(
        mime_type=mime_type,
        video_codec=video_codec,
        audio_codec=audio_codec,
        pixel_format=pixel_format,
    )
    where = _where(mime_type, video_codec, audio_codec, pixel_format)
    if asked is None or where is None:
        return None
    # canPlayType does not tell whether the picture is shown, and the right way round.
    if is_switched_off or is_slow_to_open or is_oddly_turned or begins_elsewhere(start_s):
        return None
    return Question(asked, where)


def media_type_of(
    *,
    mime_type: str,
    video_codec: str | None,
    audio_codec: str | None,
    pixel_format: str | None,
) -> str | None:
    """Return the media type of a file with its codecs (RFC 6381), for canPlayType.

    None if a codec is unknown or has no codec string.
    """
    video = _ASKED_VIDEO.get(video_codec or "")
    audio = _ASKED_AUDIO.get(audio_codec or "")
    if pixel_format and _is_uncommon(video_codec, pixel_format):
        video = _word_for(video_codec, pixel_format)
    if video is None or (audio_codec and audio is None):
        return None
    # Browsers that play MP4 also play MOV with the same codecs, though some deny it.
    container = MP4.mime_type if mime_type == MOV.mime_type else mime_type
    return f'{container}; codecs="{", ".join(filter(None, (video, audio)))}"'


def _word_for(video_codec: str | None, pixel_format: str) -> str | None:
    """Return the codec string for an uncommon pixel format; None if there is none."""
    found = _PIXEL_FORMAT.fullmatch(_RGB.get(pixel_format, pixel_format))
    if found is None:
        return None
    colours, bits = found[1], int(found[2] or 8)
    match video_codec:
        case "h264":
            # Only the 4:4:4 profile allows more than ten bits.
            profile = _H264_PROFILES[colours if bits <= 10 else "444"]
            return f"avc1.{profile}0028"
        case "hevc":
            return "hvc1.2.4.L120.90" if (colours, bits) == ("420", 10) else None
        case "vp9":
            number = 2 * (bits > 8) + (colours != "420")
            return f"vp09.0{number}.10.{bits:02}.{_VP9_COLOURS[colours]}"
        case "av1":
            number = 2 if bits > 10 or colours == "422" else int(colours == "444")
            return f"av01.{number}.08M.{bits:02}"
    return None


def _where(
    mime_type: str, video_codec: str | None, audio_codec: str | None, pixel_format: str | None
) -> str | None:
    if video_codec != "hevc" and _is_uncommon(video_codec, pixel_format):
        return _where_uncommon(mime_type, video_codec, audio_codec)
    if mime_type == MKV.mime_type:
        common = video_codec != "hevc" and audio_codec not in _DOLBY
        return "Chrome, Edge and new versions of Firefox" if common else None
    if mime_type not in (MP4.mime_type, MOV.mime_type):
        return None
    if video_codec == DOLBY_VISION:
        return "Safari on devices with Dolby Vision"
    if video_codec == "hevc":
        return "Safari, and on many machines Chrome and Edge,"
    return "Safari" if video_codec == "h264" and audio_codec in _DOLBY else None


def _where_uncommon(mime_type: str, video_codec: str | None, audio_codec: str | None) -> str | None:
    """Name the browsers that play an uncommon pixel format."""
    if mime_type == MKV.mime_type:
        is_usual = audio_codec not in _DOLBY
    else:
        is_usual = video_codec in _VIDEO.get(mime_type, ()) and (
            not audio_codec or audio_codec in _AUDIO[mime_type]
        )
    if mime_type == HLS.mime_type or not is_usual:
        return None
    # For H.264, other browsers use the system's decoder, which knows only common profiles.
    return "Chrome and Edge" if video_codec == "h264" else "Chrome, Edge and Firefox"


def name_of(word: str) -> str:
    """Return the usual name of a codec or a media type."""
    return _NAMES.get(word, word.upper())
