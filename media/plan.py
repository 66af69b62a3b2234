"""Decides how to convert a file so that browsers play it. Pure.

There are three ways, the cheapest first: the file plays as it is; the video is copied to another
container, with audio that browsers play; or everything is transcoded.
"""

from dataclasses import dataclass
from enum import StrEnum

from media.kinds import AVI, MPG
from media.playability import DOLBY_VISION, has_common_pixels
from media.tracks import Sound, Tracks

# A file may have hundreds of tracks; more than these are not converted.
MOST_SOUNDS = 8
HEIGHTS = (360, 720, 1080)
# The film's own height becomes a rung if it exceeds the last one by this factor.
WORTH_A_RUNG = 1.2

# The largest picture of HEVC level 6.2 and AV1 level 6.3. Larger ones only cost memory.
MOST_PIXELS = 8192 * 4352
# Limits for each side. H.264 has colour for every second line only, and encoders accept no more
# lines than this.
FEWEST_LINES, MOST_LINES = 2, 16384

# Video codecs that browsers play from an MP4.
_COPIED_PICTURES = {"h264", "av1", "vp9"}
_COPIED_SOUNDS = {"aac", "mp3"}
_FEWEST_SAMPLES_OF_MP3 = 16_000
_TEXT_SUBTITLES = {"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"}
MOST_SUBTITLES = 32
_PQ, _HLG = 16, 18
_BITS_OF_RUNG = {360: 800_000, 720: 3_000_000, 1080: 6_000_000}


# Smaller films need no ladder: every connection is fast enough for them.
LADDER_ABOVE_SIDE = 480
LADDER_ABOVE_BITRATE = 2_500_000

# Shorter films do not need pictures at the seek bar.
STORYBOARD_FROM_S = 10.0


class Way(StrEnum):
    """What to do with a film, from the least work to the most."""

    # It plays; only the pictures of the seek bar are made.
    STORYBOARD = "storyboard"
    DIRECT = "direct"
    REMUX = "remux"
    TRANSCODE = "transcode"


@dataclass(frozen=True, slots=True)
class Rung:
    """One size of the picture; ``height`` counts the shorter side, as people name sizes."""

    height: int
    max_bitrate: int


def way_of(
    *,
    mime_type: str,
    video_codec: str | None,
    pixel_format: str | None,
    is_interlaced: bool,
    is_mirrored: bool = False,
    is_open_gop: bool = False,
) -> Way | None:
    """Return how to convert a file that browsers do not play; None if it cannot be converted.

    ffmpeg cannot convert Dolby Vision of profile 5 to ordinary colours.
    """
    if video_codec == DOLBY_VISION:
        return None
    # AVI does not say when a picture is shown, only when it is decoded, and MPG not of each.
    if video_codec not in _COPIED_PICTURES or mime_type in (AVI.mime_type, MPG.mime_type):
        return Way.TRANSCODE
    if not has_common_pixels(video_codec, pixel_format):
        return Way.TRANSCODE
    # Browsers show both fields of an interlaced picture at once, which combs movements. Copying
    # keeps that, and keeps a mirrored picture mirrored. Chromium fails after a seek where pictures
    # refer across key frames.
    if is_interlaced or is_mirrored or is_open_gop:
        return Way.TRANSCODE
    return Way.REMUX


def wants_ladder(
    *,
    width: int | None,
    height: int | None,
    bitrate: float | None,
    sounds: int,
    is_interlaced: bool,
    is_open_gop: bool = False,
) -> bool:
    """Tell whether a film that plays should also be made in several sizes.

    True also for several languages, which browsers offer only in HLS, for interlaced films, to
    remove combing, and for films in which Chromium cannot seek.
    """
    if sounds > 1 or is_interlaced or is_open_gop:
        return True
    if width and height and min(width, height) > LADDER_ABOVE_SIDE:
        return True
    return bitrate is not None and bitrate > LADDER_ABOVE_BITRATE


def wants_storyboard(duration_s: float | None) -> bool:
    """Tell whether a film that plays is long enough for pictures at the seek bar."""
    return (duration_s or 0) >= STORYBOARD_FROM_S


def size_of(size: tuple[int, int], rung: Rung) -> tuple[int, int]:
    """Return width and height of ``rung`` for a film of ``size``, both even."""
    width, height = size
    other = max(2, 2 * round(max(size) * rung.height / min(size) / 2))
    return (other, rung.height) if width >= height else (rung.height, other)


def is_copied(sound: Sound) -> bool:
    """Tell whether an audio track is copied as it is.

    MP3 with a lower sample rate (MPEG 2.5) is not a standard, and not allowed in an MP4.
    """
    if sound.codec == "mp3" and (sound.samples_per_s or _FEWEST_SAMPLES_OF_MP3) < (
        _FEWEST_SAMPLES_OF_MP3
    ):
        return False
    return sound.codec in _COPIED_SOUNDS and sound.channels <= 2


def text_subtitles(tracks: Tracks) -> list[int]:
    """Return the numbers of the text subtitles; the others are pictures, which we cannot show."""
    texts = [n for n, track in enumerate(tracks.subtitles) if track.codec in _TEXT_SUBTITLES]
    return texts[:MOST_SUBTITLES]


def ordered_sounds(tracks: Tracks) -> list[int]:
    """Return the numbers of the audio tracks to keep, the default one first.

    Leaves out undecodable and empty tracks, which would make the others fail, and tracks of other
    programmes of a broadcast.
    """
    numbers = [
        number
        for number, sound in enumerate(tracks.sounds)
        if sound.codec and sound.channels and not sound.is_anothers
    ]
    numbers.sort(key=lambda number: not tracks.sounds[number].is_default)
    return numbers[:MOST_SOUNDS]


def rungs_of(width: int, height: int) -> list[Rung]:
    """Return the sizes to make of a picture, the smallest first, none larger than itself."""
    side = min(width, height)
    own = side - side % 2
    heights = [each for each in HEIGHTS if each <= side]
    if own < HEIGHTS[-1] and (not heights or own > WORTH_A_RUNG * heights[-1]):
        heights.append(own)
    return [Rung(each, _bitrate_of(each)) for each in heights]


def is_hdr(tracks: Tracks) -> bool:
    """Tell whether the picture must be tone-mapped for ordinary screens."""
    return tracks.picture.transfer in (_PQ, _HLG)


def _bitrate_of(height: int) -> int:
    """Return the maximum bit rate for a height: that of the next larger rung."""
    return next(bits for rung, bits in _BITS_OF_RUNG.items() if height <= rung)
