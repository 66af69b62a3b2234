"""The command lines of ffmpeg: one function for each output. Pure.

Each gives the arguments behind the program's name. https://ffmpeg.org/ffmpeg.html
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from media.kinds import MP4, TS
from media.plan import MOST_PIXELS, Rung, is_copied, is_hdr, ordered_sounds, size_of
from media.subtitles import MAX_BYTES
from media.tracks import Sound, Tracks

# Speech is in the centre, and ffmpeg's own mix puts it 11 dB down. Nothing is lowered to make
# room; the limiter takes what would clip.
_DOWNMIX = "aresample=ochl=stereo:clev=1:slev=0.5:rematrix_maxval=100,alimiter=limit=0.9:level=0"


# Gaps become silence, so that the sound stays where the picture is.
_STEADY_SOUND = "aresample=async=1:first_pts=0"
# Brings the brightness and colours of HDR to what ordinary screens have.
_TO_SDR = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
)
# ITU-T H.273 table 4: nothing said, BT.2020 of constant luminance, and SMPTE ST 2085.
_UNKNOWN_MATRICES = {None, 10, 11}
MOST_FRAMES_PER_S = 60
# What nearly every film has, and what the average of one from a phone is near to.
_COMMON_RATES = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(MOST_FRAMES_PER_S)),
)
_NEAR = 0.005
# Of slides too there is a picture at every moment, so that players find one wherever they seek.
_FEWEST_FRAMES_PER_S = 10
# The forms of files for tracks that are copied, by their codecs.
_COPIED_SUBTITLES = {"subrip": "srt", "text": "srt", "ass": "ass"}
_LONGEST_GAP_S = 4 * 3600
# How far it is read for what the tracks of a broadcast are, which it says in each; the probe is
# told the same.
_LATE_TRACKS = ("-probesize", "32M", "-analyzeduration", "600M")
_SQUARE = "scale=iw*if(gt(sar\\,0)\\,sar\\,1):ih"
_FIT_IN_TILE = "scale=160:90:force_original_aspect_ratio=decrease:force_divisible_by=2"
# One picture of the seek bar for so many seconds; of long films not more than one in ten.
_SHORT_S, _LONGEST_STEP_S = 100, 10.0
TILES = 10


def reading(source: Path, demuxer: str) -> list[str]:
    """Return how every command begins: quiet, and reading nothing but this one file.

    A time that jumps by more than a slide may stand is none: pictures and silence would fill
    whatever it says.
    """
    return [
        *("-nostdin", "-hide_banner", "-v", "warning", "-y", "-progress", "pipe:1"),
        *("-dts_error_threshold", str(_LONGEST_GAP_S)),
        *_input(source, demuxer),
    ]


def _input(source: Path, demuxer: str) -> list[str]:
    """Return how a file is read.

    No picture may be larger than the probe lets pass, whatever the file says at its head. What a
    container says of its edges is left alone, as the probe and browsers do.
    """
    return [
        *("-max_pixels", str(MOST_PIXELS), "-apply_cropping", "codec"),
        *(_LATE_TRACKS if demuxer == TS.demuxer else ()),
        *("-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", str(source)),
    ]


def remux(source: Path, demuxer: str, tracks: Tracks, output: Path, room_bytes: int) -> list[str]:
    """Copy the picture into an MP4, its sound as AAC; ``room_bytes`` in front are for its index.

    The timeline begins at 0: ffmpeg takes off where the file begins, and an edit list what
    decoders need before the first picture.
    """
    return [
        *reading(source, demuxer),
        *("-map", _film_in(tracks), "-c:v", "copy"),
        *_sounds_of_file(tracks),
        *("-sn", "-dn", "-map_chapters", "-1"),
        *_indexed(output, room_bytes),
    ]


def _film_in(tracks: Tracks) -> str:
    """Return how ffmpeg is told which track is the film, and no cover picture."""
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
    """Make every track of sound, as ``pictures`` does it; each lasts ``length_s`` at least."""
    together = _picture_read(tracks, 0) if demuxer == TS.demuxer else []
    return [*reading(source, demuxer), *_all_sounds(tracks, 0, length_s), *together]


def _all_sounds(tracks: Tracks, of_input: int, length_s: float | None) -> list[str]:
    """Return the outputs of every track of sound that is kept, one rendition each: a0, a1, …

    Behind its end is silence: players of HLS stop where one of picture and sound is over before
    the other.
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
    """Make one track of sound and keep nothing of it: it fails if the track cannot be made."""
    made = ("-map", f"0:a:{number}", "-af", _mix(tracks.sounds[number], _STEADY_SOUND))
    return [*reading(source, demuxer), *made, "-c:a", "aac", "-ac", "2", "-f", "null", "-"]


def picture_alone(source: Path, demuxer: str, tracks: Tracks) -> list[str]:
    """Decode the picture and keep nothing of it: it fails if most of it cannot be decoded."""
    return [*reading(source, demuxer), "-map", _film_in(tracks), "-f", "null", "-"]


def _picture_read(tracks: Tracks, of_input: int) -> list[str]:
    """Return an output of nothing, so that sounds have the times that they have beside it."""
    return ["-map", f"{of_input}:v:{tracks.picture.number}", "-c", "copy", "-f", "null", "-"]


def _all_sounds_read(tracks: Tracks) -> list[str]:
    """Return an output of nothing, so that a picture has the times that it has beside its sound.

    In a transport stream ffmpeg begins to count with the first track that is used, and where
    times jump it goes on with the first that does.
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
    """Encode the picture in these sizes, from one decoding: v360, v720, …

    Key frames lie at the same times in all of them, whatever the frame rate, so that segments
    line up. ``size`` is the film's own, as shown. ``sounds`` has every track of sound made
    too, so that picture and sound come to be together; it lasts ``length_s`` at least. It is read
    by itself: beside a picture that goes on, ffmpeg would find only at the end of the file that a
    sound is over, or when it goes on again. The last picture stays ``until_s``.
    """
    arguments = [*_in_one_go(tracks), *reading(source, demuxer)]
    is_heard = sounds and bool(ordered_sounds(tracks))
    if is_heard:
        arguments += [*_input(source, demuxer), *_all_sounds(tracks, 1, length_s)]
    if demuxer == TS.demuxer or not is_heard:
        arguments += _all_sounds_read(tracks)
    if demuxer == TS.demuxer and is_heard:
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
    """Return what keeps the filters of a picture going where its size or colours change.

    ffmpeg would begin them anew, and they count from the beginning: from there every picture came
    one too late. They get it as it is then, so the first that looks into it must be one that takes
    any size, which ``scale`` is; the filters that ffmpeg turns a picture with are not.
    """
    return [] if tracks.picture.is_turned else ["-noautorotate", "-reinit_filter:v", "0"]


def film(picture: Path, sound: Path | None, output: Path, room_bytes: int) -> list[str]:
    """Join a size and a language into an MP4, for downloads and browsers without HLS.

    ``room_bytes`` in front are for its index.
    """
    inputs = [*reading(picture, MP4.demuxer)]
    maps = ["-map", "0:v:0"]
    if sound is not None:
        inputs += ["-protocol_whitelist", "file,pipe", "-f", MP4.demuxer, "-i", str(sound)]
        maps += ["-map", "1:a:0"]
    return [*inputs, *maps, "-c", "copy", *_indexed(output, room_bytes)]


def _indexed(output: Path, room_bytes: int) -> list[str]:
    """Return the output of an MP4 whose index comes first; see ``media.index``."""
    return ["-moov_size", str(room_bytes), "-f", "mp4", str(output)]


def subtitles(
    source: Path, demuxer: str, tracks: Tracks, numbers: Iterable[int], folder: Path
) -> list[str]:
    """Take tracks of text subtitles out of the file, which is read once for all of them.

    They are copied where they can be: ffmpeg leaves out lines that are not in UTF-8. What is too
    long to be kept is not written to its end either.
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
    """Return where ``subtitles`` puts a track."""
    return folder / f"s{number}.subtitles"


def storyboard(
    source: Path, demuxer: str, tracks: Tracks, step_s: float, pictures: int
) -> list[str]:
    """Make sheets of so many small pictures, one for every ``step_s``: s001.jpg, s002.jpg, …

    Only key frames are decoded; the last stays to the end. Of a short film it may be the only one.
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
    """Return how many seconds of a film one picture of its storyboard stands for."""
    return min(_LONGEST_STEP_S, max(1.0, duration_s / _SHORT_S))


def frames_per_s(tracks: Tracks) -> Fraction:
    """Return how many pictures a second are made of a film.

    Each half of an interlaced picture becomes one of its own. What comes unevenly, as from the
    recording of a screen, gets the rate of its shortest distances, or what is near to any.
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
            # The first brings to one size what changes it, each half by itself.
            *(["scale=iw:ih:interl=-1,bwdif=deint=interlaced"] if picture.is_interlaced else []),
            # What is too much is not brought to size first.
            *([f"fps={rate}"] if is_fast else []),
            f"scale={width}:{height}:flags=lanczos,setsar=1",
            *([_TO_SDR] if is_hdr(tracks) else []),
            "format=yuv420p",
            _steady(rate),
            *([f"tpad=stop=-1:stop_mode=clone,trim=end={until_s:.3f}"] if until_s else []),
        ]
    )


def _colours(tracks: Tracks) -> list[str]:
    """Return the filter that says of a film in HDR what it does not say: it is in BT.2020 then.

    What filters make nothing of is as little known.
    """
    told = [
        *(["color_primaries=bt2020"] if tracks.picture.primaries is None else []),
        *(["colorspace=bt2020nc"] if tracks.picture.matrix in _UNKNOWN_MATRICES else []),
    ]
    return [f"setparams={':'.join(told)}"] if told and is_hdr(tracks) else []


def _steady(rate: Fraction) -> str:
    """Return the filters that give every moment its picture, from 0 on.

    Players of HLS take no account of where a track begins later, and ffmpeg counts on from the
    usual length of a picture where one is held. So pictures are repeated, as far as they stand.
    Times that waver, or lie between two of the rate, stay on one side of what they are near to:
    a picture comes right after the one before unless it is more than 0.6 away from there.
    ffmpeg cuts what it counts to whole units; in AVI a unit is a picture, and 10.99 would be 10.
    """
    after = f"if(gt(N\\,0)*lte(abs(T*{rate}-ld(0)-1)\\,0.6)\\,ld(0)+1\\,round(T*{rate}))"
    return f"setpts=round(st(0\\,{after})/({rate})/TB),fps={rate}:start_time=0"


def _hls(name: str) -> list[str]:
    """Return the output of one rendition: a playlist, and one file with its segments.

    Both are appended to as it is made; one of the type VOD would be written at the end.
    Without negative_cts_offsets its picture is two frames late against the same film as an
    MP4, and against its own sound.
    """
    return [
        *("-f", "hls", "-hls_playlist_type", "event", "-hls_time", "4"),
        *("-hls_segment_type", "fmp4", "-hls_flags", "single_file+independent_segments"),
        *("-hls_segment_options", "movflags=+negative_cts_offsets"),
        *("-hls_segment_filename", f"{name}.mp4", f"{name}.m3u8"),
    ]
