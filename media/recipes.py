"""Builds ffmpeg command lines, one function for each output. Pure.

Each returns the arguments without the program's name. https://ffmpeg.org/ffmpeg.html
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from media.kinds import FLV, MP4, MPG, TS
from media.plan import MOST_PIXELS, Rung, is_copied, is_hdr, ordered_sounds, size_of
from media.subtitles import MAX_BYTES
from media.tracks import Sound, Tracks

# Speech is in the centre channel, which ffmpeg's default downmix lowers by 11 dB. This mix lowers
# nothing; the limiter prevents clipping.
_DOWNMIX = "aresample=ochl=stereo:clev=1:slev=0.5:rematrix_maxval=100,alimiter=limit=0.9:level=0"


# Fills gaps with silence, so that the audio stays in sync with the picture.
_STEADY_SOUND = "aresample=async=1:first_pts=0"
# Tone-maps HDR for ordinary screens.
_TO_SDR = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
)
# ITU-T H.273 table 4: unspecified, BT.2020 with constant luminance, and SMPTE ST 2085.
_UNKNOWN_MATRICES = {None, 10, 11}
MOST_FRAMES_PER_S = 60
# The rates of nearly all films. The average rate of a phone's recording is close to one of them.
_COMMON_RATES = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(MOST_FRAMES_PER_S)),
)
_NEAR = 0.005
# Slide shows get this many frames too, so that players find one wherever they seek.
_FEWEST_FRAMES_PER_S = 10
# Subtitle codecs that are copied, and the file format for each.
_COPIED_SUBTITLES = {"subrip": "srt", "text": "srt", "ass": "ass"}
_LONGEST_GAP_S = 4 * 3600
# The sound of a broadcast may pause this long. Longer jumps are faults: timestamps may begin anew
# there at any moment, and ffmpeg then shifts what follows so that it continues without a gap.
_LONGEST_PAUSE_S = 600
# On a DVD it does not pause, but of two titles in one file the sound of the second may come before
# the last pictures of the first.
_LONGEST_PAUSE_OF_DVD_S = 10
# In these ffmpeg expects that times jump (AVFMT_TS_DISCONT).
_WITH_JUMPS = {TS.demuxer, MPG.demuxer, FLV.demuxer}
# How far ffmpeg reads in these to find out how their tracks are coded. Same as in the probe.
_LATE_TRACKS_IN = {TS.demuxer, MPG.demuxer}
_LATE_TRACKS = ("-probesize", "32M", "-analyzeduration", "600M")
_LAST_S = 2
PACKETS_MISSING = "corrupt input packet"
_SQUARE = "scale=iw*if(gt(sar\\,0)\\,sar\\,1):ih"
_FIT_IN_TILE = "scale=160:90:force_original_aspect_ratio=decrease:force_divisible_by=2"
# A storyboard has about this many pictures, and one for at most this many seconds of film.
_SHORT_S, _LONGEST_STEP_S = 100, 10.0
TILES = 10


def reading(source: Path, demuxer: str) -> list[str]:
    """Return the start of every command: quiet, and allowed to read only this file.

    A timestamp that jumps by more than the longest slide is ignored: otherwise pictures and silence
    would fill the whole gap.
    """
    longest_pause_s = _LONGEST_PAUSE_OF_DVD_S if demuxer == MPG.demuxer else _LONGEST_PAUSE_S
    return [
        *("-nostdin", "-hide_banner", "-v", "warning", "-y", "-progress", "pipe:1"),
        *("-dts_error_threshold", str(_LONGEST_GAP_S)),
        *("-dts_delta_threshold", str(longest_pause_s)),
        *_input(source, demuxer),
    ]


def _input(source: Path, demuxer: str) -> list[str]:
    """Return the input options of a file.

    No picture may be larger than the probe allows, whatever the file's header says. Cropping by the
    container is not applied, as in the probe and in browsers.
    """
    return [
        *("-max_pixels", str(MOST_PIXELS), "-apply_cropping", "codec"),
        *(_LATE_TRACKS if demuxer in _LATE_TRACKS_IN else ()),
        *("-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", str(source)),
    ]


def remux(
    source: Path,
    demuxer: str,
    tracks: Tracks,
    output: Path,
    room_bytes: int,
    *,
    pictures: int | None = None,
) -> list[str]:
    """Copy the video into an MP4, with AAC audio; ``room_bytes`` at the front are for its index.

    Of the video, only so many ``pictures`` are copied.

    The timeline starts at 0: ffmpeg subtracts the start time, and an edit list hides what decoders
    need before the first frame.
    """
    return [
        *reading(source, demuxer),
        *("-map", _film_in(tracks), "-c:v", "copy"),
        *(("-frames:v", str(pictures)) if pictures else ()),
        *_sounds_of_file(tracks),
        *("-sn", "-dn", "-map_chapters", "-1"),
        *_indexed(output, room_bytes),
    ]


def _film_in(tracks: Tracks) -> str:
    """Return the stream specifier of the film's video track, which may not be the first one."""
    return f"0:v:{tracks.picture.number}"


def _sounds_of_file(tracks: Tracks) -> list[str]:
    arguments: list[str] = []
    for position, number in enumerate(ordered_sounds(tracks)):
        sound = tracks.sounds[number]
        arguments += ["-map", f"0:a:{number}"]
        if is_copied(sound):
            arguments += [f"-c:a:{position}", "copy"]
            continue
        arguments += [f"-c:a:{position}", "aac", f"-b:a:{position}", "160k"]
        arguments += [f"-ac:a:{position}", "2", f"-filter:a:{position}", _mix(sound)]
    return arguments


def _mix(sound: Sound, *first: str) -> str:
    filters: Sequence[str] = [*first, *([_DOWNMIX] if sound.channels > 2 else [])]
    return ",".join(filters) or "anull"


def sounds(source: Path, demuxer: str, tracks: Tracks, length_s: float) -> list[str]:
    """Encode every audio track, as ``pictures`` does; each lasts at least ``length_s``."""
    together = _picture_read(tracks, 0) if demuxer in _WITH_JUMPS else []
    return [*reading(source, demuxer), *_all_sounds(tracks, 0, length_s), *together]


def _all_sounds(tracks: Tracks, of_input: int, length_s: float | None) -> list[str]:
    """Return the outputs of all audio tracks that are kept, one rendition each: a0, a1, …

    Each is padded with silence, because HLS players stop where the shorter of video and audio ends.
    """
    lasting = f",apad=whole_dur={length_s:.3f}" if length_s else ""
    arguments = []
    for position, number in enumerate(ordered_sounds(tracks)):
        arguments += [
            *("-map", f"{of_input}:a:{number}"),
            *("-af", _mix(tracks.sounds[number], _STEADY_SOUND) + lasting),
            *("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"),
            *("-map_metadata", "-1", "-map_chapters", "-1", "-vn", "-sn", "-dn"),
            *_hls(f"a{position}"),
        ]
    return arguments


def sound_alone(source: Path, demuxer: str, tracks: Tracks, number: int) -> list[str]:
    """Encode one audio track without keeping it; fails if the track cannot be encoded."""
    made = ("-map", f"0:a:{number}", "-af", _mix(tracks.sounds[number], _STEADY_SOUND))
    return [*reading(source, demuxer), *made, "-c:a", "aac", "-ac", "2", "-f", "null", "-"]


def picture_alone(source: Path, demuxer: str, tracks: Tracks) -> list[str]:
    """Decode the video without keeping it; fails if most of it cannot be decoded."""
    return [*reading(source, demuxer), "-map", _film_in(tracks), "-f", "null", "-"]


def last_pictures(film: Path) -> list[str]:
    """Decode the last seconds of an MP4 without keeping them; fails if they are damaged."""
    start = reading(film, MP4.demuxer)
    at = start.index("-protocol_whitelist")
    strictly = ("-xerror", "-err_detect", "explode", "-sseof", str(-_LAST_S))
    return [*start[:at], *strictly, *start[at:], "-map", "0:v:0", "-f", "null", "-"]


def whole_picture(source: Path, demuxer: str, tracks: Tracks) -> list[str]:
    """Read the video; fails with PACKETS_MISSING where a broadcast lacks packets of it."""
    return ["-xerror", *reading(source, demuxer), *_picture_read(tracks, 0)]


def _picture_read(tracks: Tracks, of_input: int) -> list[str]:
    """Return a null output of the video, so that the audio gets the same timestamps as with it."""
    return ["-map", f"{of_input}:v:{tracks.picture.number}", "-c", "copy", "-f", "null", "-"]


def _all_sounds_read(tracks: Tracks) -> list[str]:
    """Return a null output of the audio, so that the video gets the same timestamps as with it.

    Where times may jump, ffmpeg counts from the first track that is used, and at a jump continues
    with the track that jumps first.
    """
    maps = [each for number in ordered_sounds(tracks) for each in ("-map", f"0:a:{number}")]
    return [*maps, "-c", "copy", "-f", "null", "-"] if maps else []


def pictures(
    source: Path,
    demuxer: str,
    tracks: Tracks,
    size: tuple[int, int],
    rungs: Sequence[Rung],
    *,
    sounds: bool = False,
    length_s: float | None = None,
    until_s: float | None = None,
) -> list[str]:
    """Encode the video in these sizes, decoding it once: v360, v720, …

    Key frames are at the same times in all sizes, whatever the frame rate, so that segments line
    up. ``size`` is the film's own, as shown. ``sounds`` also encodes every audio track, so that
    both become available together; each lasts at least ``length_s``. The audio is a separate input:
    if it shared one with the video, ffmpeg would notice only at the end of the file, or when it
    resumes, that an audio track has stopped. The last picture is held until ``until_s``.
    """
    arguments = [*_in_one_go(tracks), *reading(source, demuxer)]
    is_heard = sounds and bool(ordered_sounds(tracks))
    if is_heard:
        arguments += [*_input(source, demuxer), *_all_sounds(tracks, 1, length_s)]
    if demuxer in _WITH_JUMPS or not is_heard:
        arguments += _all_sounds_read(tracks)
    if demuxer in _WITH_JUMPS and is_heard:
        arguments += _picture_read(tracks, 1)
    for rung in rungs:
        arguments += [
            *("-map", _film_in(tracks), "-vf", _filters(tracks, size, rung, until_s)),
            *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "23"),
            *("-maxrate", str(rung.max_bitrate), "-bufsize", str(2 * rung.max_bitrate)),
            *("-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0"),
            *("-flags", "+cgop", "-fps_mode", "vfr"),
            *("-map_metadata", "-1", "-map_chapters", "-1", "-an", "-sn", "-dn"),
            *_hls(f"v{rung.height}"),
        ]
    return arguments


def _in_one_go(tracks: Tracks) -> list[str]:
    """Return the option that keeps the filters running when the size or colours change.

    By default ffmpeg restarts the filters, and ``_steady`` would count from 0 again: every picture
    would come one frame late. The first filter must accept any size, as ``scale`` does. The filters
    by which ffmpeg rotates a picture do not.
    """
    return [] if tracks.picture.is_turned else ["-noautorotate", "-reinit_filter:v", "0"]


def film(picture: Path, sound: Path | None, output: Path, room_bytes: int) -> list[str]:
    """Join one size and one language into an MP4, for downloads and browsers without HLS.

    ``room_bytes`` at the front are for its index.
    """
    inputs = [*reading(picture, MP4.demuxer)]
    maps = ["-map", "0:v:0"]
    if sound is not None:
        inputs += ["-protocol_whitelist", "file,pipe", "-f", MP4.demuxer, "-i", str(sound)]
        maps += ["-map", "1:a:0"]
    return [*inputs, *maps, "-c", "copy", *_indexed(output, room_bytes)]


def _indexed(output: Path, room_bytes: int) -> list[str]:
    """Return the output options of an MP4 whose index comes first; see ``media.index``."""
    return ["-moov_size", str(room_bytes), "-f", "mp4", str(output)]


def subtitles(
    source: Path, demuxer: str, tracks: Tracks, numbers: Iterable[int], folder: Path
) -> list[str]:
    """Extract text subtitles, reading the file once for all of them.

    They are copied if possible, because converting drops lines that are not in UTF-8. ffmpeg stops
    writing a track that is too long to be kept.
    """
    arguments = reading(source, demuxer)
    for number in numbers:
        form = _COPIED_SUBTITLES.get(tracks.subtitles[number].codec or "")
        arguments += [
            *("-map", f"0:s:{number}", "-c:s", "copy" if form else "webvtt", "-vn", "-an", "-dn"),
            *("-fs", str(MAX_BYTES + 1), "-f", form or "webvtt"),
            str(subtitles_in(folder, number)),
        ]
    return arguments


def subtitles_in(folder: Path, number: int) -> Path:
    """Return the path to which ``subtitles`` writes a track."""
    return folder / f"s{number}.subtitles"


def storyboard(
    source: Path, demuxer: str, tracks: Tracks, step_s: float, pictures: int
) -> list[str]:
    """Make sheets of small pictures, one for every ``step_s`` seconds: s001.jpg, s002.jpg, …

    Only key frames are decoded. The last one is used until the end; a short film may have only one.
    """
    small = ",".join([*([_TO_SDR] if is_hdr(tracks) else []), _SQUARE, _FIT_IN_TILE])
    each = f"fps=1/{step_s:g}:start_time=0:round=up,trim=end_frame={pictures}"
    start = reading(source, demuxer)
    at = start.index("-protocol_whitelist")
    return [
        *start[:at],
        *("-skip_frame", "nokey"),
        *start[at:],
        *("-map", _film_in(tracks), "-an", "-sn", "-dn"),
        "-vf",
        ",".join(
            [*_colours(tracks), f"tpad=stop=-1:stop_mode=clone,{each},{small},tile={TILES}x{TILES}"]
        ),
        *("-q:v", "5", "-f", "image2", "s%03d.jpg"),
    ]


def storyboard_step_s(duration_s: float) -> float:
    """Return how many seconds of the film one picture of the storyboard covers."""
    return min(_LONGEST_STEP_S, max(1.0, duration_s / _SHORT_S))


def frames_per_s(tracks: Tracks) -> Fraction:
    """Return the frame rate to encode a film with.

    Each field of an interlaced picture becomes a frame. A variable rate, as in a screen recording,
    becomes the common rate close to its average, or that of its shortest frames.
    """
    halves = 2 if tracks.picture.is_interlaced else 1
    if average := (tracks.picture.frame_rate or 0) * halves:
        common = min(_COMMON_RATES, key=lambda rate: abs(rate / average - 1))
        if abs(common / average - 1) < _NEAR:
            return common
    ticks = Fraction((tracks.picture.tick_rate or 0) * halves).limit_denominator(1001)
    if not ticks:
        return Fraction(MOST_FRAMES_PER_S)
    return min(Fraction(MOST_FRAMES_PER_S), ticks * math.ceil(_FEWEST_FRAMES_PER_S / ticks))


def _filters(
    tracks: Tracks, size: tuple[int, int], rung: Rung, until_s: float | None = None
) -> str:
    picture = tracks.picture
    width, height = size_of(size, rung)
    rate = frames_per_s(tracks)
    is_fast = (picture.frame_rate or 0) > MOST_FRAMES_PER_S + 0.5
    return ",".join(
        [
            *_colours(tracks),
            # If the size changes in the film, scale brings it back, each field separately.
            *(["scale=iw:ih:interl=-1,bwdif=deint=interlaced"] if picture.is_interlaced else []),
            # Drop surplus frames before scaling them.
            *([f"fps={rate}"] if is_fast else []),
            f"scale={width}:{height}:flags=lanczos,setsar=1",
            *([_TO_SDR] if is_hdr(tracks) else []),
            "format=yuv420p",
            _steady(rate),
            *([f"tpad=stop=-1:stop_mode=clone,trim=end={until_s:.3f}"] if until_s else []),
        ]
    )


def _colours(tracks: Tracks) -> list[str]:
    """Return the filter that sets BT.2020 where an HDR film does not state its colours.

    Matrices that the filters do not support count as not stated.
    """
    parameters = [
        *(["color_primaries=bt2020"] if tracks.picture.primaries is None else []),
        *(["colorspace=bt2020nc"] if tracks.picture.matrix in _UNKNOWN_MATRICES else []),
    ]
    return [f"setparams={':'.join(parameters)}"] if parameters and is_hdr(tracks) else []


def _steady(rate: Fraction) -> str:
    """Return the filters that make the frame rate constant, starting at 0.

    HLS players ignore that a track starts late, and ffmpeg assumes the usual duration for a frame
    that is held. So held frames are repeated. To keep jittering timestamps from causing drops and
    repeats, a frame directly follows the one before unless it is more than 0.6 frames away from
    there. Rounding is explicit, because ffmpeg truncates to the time base: in AVI, whose unit is
    one frame, 10.99 would become 10.
    """
    after = f"if(gt(N\\,0)*lte(abs(T*{rate}-ld(0)-1)\\,0.6)\\,ld(0)+1\\,round(T*{rate}))"
    return f"setpts=round(st(0\\,{after})/({rate})/TB),fps={rate}:start_time=0"


def _hls(name: str) -> list[str]:
    """Return the output options of one rendition: a playlist, and one file with its segments.

    Both grow while it is encoded; a playlist of type VOD would be written only at the end. Without
    negative_cts_offsets the video would be two frames late against its audio, and against the same
    film as an MP4.
    """
    return [
        *("-f", "hls", "-hls_playlist_type", "event", "-hls_time", "4"),
        *("-hls_segment_type", "fmp4", "-hls_flags", "single_file+independent_segments"),
        *("-hls_segment_options", "movflags=+negative_cts_offsets"),
        *("-hls_segment_filename", f"{name}.mp4", f"{name}.m3u8"),
    ]
