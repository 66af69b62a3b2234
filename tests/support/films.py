"""Short films in the formats that people have, each encoded once per test run.

All show ``testsrc2`` in 320 x 180 pixels for 3 s, with a tone; ``Film`` describes the differences.
"""

import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import imageio_ffmpeg

from tests.support import boxes
from tests.support.shared_files import shared


@dataclass(frozen=True, slots=True)
class Film:
    """``inputs`` and ``outputs`` are arguments of ffmpeg; ``ending`` is the file extension.

    ``of`` is another film to use as input; ``is_piped`` keeps ffmpeg from seeking back to write
    lengths.
    """

    ending: str
    outputs: Sequence[str]
    inputs: Sequence[str] = (
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
    )
    duration_s: float = 3
    of: "Film | None" = None
    is_piped: bool = False
    is_dolby_vision: bool = False


_BOTH = ("-map", "0:v", "-map", "1:a")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60")
# By default it takes twenty times as long, and with a speed above 0 it looks at the clock.
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "-16")
_MPEG4 = ("-c:v", "mpeg4", "-q:v", "5")
_AAC = ("-c:a", "aac")
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30")
# Silence, then a tone after one second, from which a delay can be measured.
BEEP_AT_S = 1.0
_BEEP = ("-f", "lavfi", "-i", f"sine=440:r=48000,volume=enable='lt(t,{BEEP_AT_S})':volume=0")

# The most common film that browsers do not play, because of its audio.
AC3_IN_MKV = Film("mkv", (*_BOTH, *_H264, "-c:a", "ac3"))

# A broadcast that lists an audio track from the start, but whose audio starts late.
LATE_SOUND = Film(
    "ts",
    ("-map", "0:v", "-map", "1:a", *_H264, "-c:a", "ac3"),
    inputs=(
        *("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=5"),
        *("-itsoffset", "11", "-f", "lavfi", "-i", "sine=440:r=48000:d=2"),
    ),
    duration_s=14,
)

# Neither codec plays in browsers. Two languages in 5.1, more than 480 lines, and rotated.
TWO_LANGUAGES = Film(
    "mkv",
    (
        *("-map", "0:v", "-map", "1:a", "-map", "1:a"),
        *(*_MPEG4, "-c:a", "ac3", "-ac", "6", "-b:a", "384k"),
        *("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default"),
    ),
    inputs=(
        *("-f", "lavfi", "-i", "testsrc2=size=960x540:rate=10"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
    ),
    duration_s=5,
)
_SRT = b64encode(b"1\n00:00:00,500 --> 00:00:01,500\nGuten Abend.\n").decode()
_SAID = ("-f", "srt", "-i", f"data:text/plain;base64,{_SRT}")
# Subtitles in two languages, the first with a code that the web does not use.
SUBTITLED = Film(
    "mkv",
    (
        *(*_BOTH, "-map", "2:s", "-map", "2:s", *_H264, *_AAC),
        *("-c:s:0", "srt", "-c:s:1", "ass", "-disposition:s:0", "default"),
        *("-metadata:s:s:0", "language=ger", "-metadata:s:s:1", "language=eng"),
        *("-metadata:s:s:1", "title=For the deaf"),
    ),
    inputs=(*_PICTURE, "-f", "lavfi", "-i", "sine=440:r=48000", *_SAID),
)
# Plays as it is; only its subtitles must be extracted.
SUBTITLED_MP4 = Film(
    "mp4",
    (*_BOTH, "-map", "2:s", *_H264, *_AAC, "-c:s", "mov_text", "-metadata:s:s:0", "language=ger"),
    inputs=(*_PICTURE, "-f", "lavfi", "-i", "sine=440:r=48000", *_SAID),
)
# Odd width and height, a pixel format that browsers do not play, and no audio.
ODD_AND_SILENT = Film(
    "mp4",
    ("-map", "0:v", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv444p"),
    inputs=("-f", "lavfi", "-i", "testsrc2=size=321x181:rate=30"),
)

_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
_PQ = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
HEVC_HDR = Film(
    "mkv",
    (
        *("-map", "0:v", "-map", "1:a", "-map", "1:a", "-map", "2:s"),
        *(*_HEVC, "-x265-params", _PQ, "-c:a", "ac3", "-ac", "6", "-b:a", "384k", "-c:s", "srt"),
        *("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=eng"),
    ),
    inputs=(*_PICTURE, *_BEEP, *_SAID),
)
# As recorded by a phone held upright.
TURNED = Film(
    "mov",
    ("-map", "0:v", "-map", "0:a", "-c", "copy"),
    of=Film("mov", (*_BOTH, *_MPEG4, *_AAC)),
    inputs=("-display_rotation", "90"),
)
UNEVEN_RATE = Film(
    "mkv",
    (
        *(*_BOTH, *_MPEG4, *_AAC),
        *("-vf", "select='not(mod(n,3))+not(mod(n,7))'", "-fps_mode", "vfr"),
    ),
    duration_s=5,
)
# One frame a second, as in a talk with slides.
SLIDES = Film(
    "mkv",
    (*_BOTH, *_MPEG4, *_AAC, "-vf", "select='not(mod(n,30))'", "-fps_mode", "vfr"),
    duration_s=7,
)
BEGINS_AT_10_S = Film("mkv", (*_BOTH, *_H264, *_AAC, "-output_ts_offset", "10"))
WITHOUT_LENGTH = Film(
    "webm",
    (*_BOTH, *VP8, "-c:a", "libopus"),
    is_piped=True,
)
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
# Hardly any browser other than Chrome and Firefox plays this.
VP9_OF_ALL_COLOURS = Film("webm", (*_BOTH, *_VP9, "-pix_fmt", "yuv444p", "-c:a", "libopus"))
OPEN_GOP = Film(
    "mkv",
    (*_BOTH, *_H264, "-x264-params", "open-gop=1:keyint=40:scenecut=0", *_AAC),
    inputs=(*_PICTURE, *_BEEP),
    duration_s=5,
)
OPEN_GOP_MP4 = Film("mp4", OPEN_GOP.outputs, inputs=OPEN_GOP.inputs, duration_s=5)
# As television sends it.
OPEN_GOP_BROADCAST = Film("ts", OPEN_GOP.outputs, inputs=OPEN_GOP.inputs, duration_s=5)
# No picture refers across a key frame, but none of these says so.
_WITHOUT_IDR = (
    *(*_BOTH, *_H264, "-x264-params"),
    "open-gop=1:keyint=40:scenecut=0:b-adapt=0:bframes=2",
    *_AAC,
)
WITHOUT_IDR = Film("ts", _WITHOUT_IDR, duration_s=5)
WITHOUT_IDR_MP4 = Film("mp4", _WITHOUT_IDR, duration_s=5)
# Without whole pictures: each refreshes a part.
REFRESHED = Film("mkv", (*_BOTH, *_H264, "-x264-params", "intra-refresh=1:keyint=40", *_AAC))
COVER_FIRST = Film(
    "mkv",
    (
        *("-map", "2:v", "-map", "0:v", "-map", "1:a"),
        *("-c:v:0", "mjpeg", "-c:v:1", "mpeg4", "-q:v", "5", *_AAC),
    ),
    inputs=(
        *(*_PICTURE, "-f", "lavfi", "-i", "sine=440:r=48000"),
        *("-f", "lavfi", "-i", "color=red:size=600x600:rate=1:duration=1"),
    ),
)
FAST = Film(
    "mkv",
    (*_BOTH, *_MPEG4, *_AAC),
    inputs=(
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=61"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
    ),
)
MORE_COLOUR = Film(
    "mp4", (*_BOTH, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv422p", *_AAC)
)
INDEX_BEHIND = Film("mp4", (*_BOTH, *_H264, *_AAC))
DTS = Film("mkv", (*_BOTH, *_H264, "-c:a", "dca", "-ac", "6", "-strict", "-2"))
XVID_IN_AVI = Film("avi", (*_BOTH, *_MPEG4, "-bf", "2", "-vtag", "XVID", "-c:a", "libmp3lame"))
H264_IN_AVI = Film("avi", (*_BOTH, *_H264, "-bf", "2", "-c:a", "libmp3lame"))
BROADCAST = Film("ts", (*_BOTH, *_H264, "-c:a", "ac3"), inputs=(*_PICTURE, *_BEEP))
# A recording of a whole multiplex with two channels.
TWO_PROGRAMS = Film(
    "ts",
    (
        *("-map", "0:v", "-map", "1:a", "-map", "0:v", "-map", "1:a", "-map", "1:a"),
        *("-program", "program_num=1:st=0:st=1", "-program", "program_num=2:st=2:st=3:st=4"),
        *(*_H264, "-c:a", "mp2", "-metadata:s:a:0", "language=fra"),
        *("-metadata:s:a:1", "language=deu", "-metadata:s:a:2", "language=eng"),
    ),
    inputs=(*_PICTURE, *_BEEP),
)


def broadcast(sounds: Sequence[str], *programs: str, duration_s: float = 2) -> Film:
    """Return a recording with a video track and an audio track for each language in ``sounds``.

    ``programs`` list the tracks of each programme by their numbers, such as "01"; by default all
    are in one. A language always has the same packet id.
    """
    ids = ["256", *(str(257 + sum(language.encode())) for language in sounds)]
    return Film(
        "ts",
        (
            *("-map", "0:v", *("-map", "1:a") * len(sounds), *_H264, "-c:a", "ac3"),
            *(
                word
                for number, language in enumerate(sounds)
                for word in (f"-metadata:s:a:{number}", f"language={language}")
            ),
            *(word for n, pid in enumerate(ids) for word in ("-streamid", f"{n}:{pid}")),
            *(
                word
                for number, tracks in enumerate(programs, 1)
                for word in (
                    "-program",
                    f"program_num={number}:" + ":".join(f"st={track}" for track in tracks),
                )
            ),
        ),
        inputs=(*_PICTURE, *_BEEP),
        duration_s=duration_s,
    )


_HALVES = (*_BOTH, "-vf", "tinterlace=interleave_top,fieldorder=tff", "-flags", "+ildct+ilme")
_50_HALVES = (
    *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=50"),
    *("-f", "lavfi", "-i", "sine=440:r=48000"),
)
INTERLACED = Film(
    "ts",
    (*_HALVES, "-c:v", "mpeg2video", "-q:v", "5", "-c:a", "mp2"),
    inputs=_50_HALVES,
)
INTERLACED_H264 = Film("ts", (*_HALVES, *_H264, "-c:a", "ac3"), inputs=_50_HALVES)
INTERLACED_MP4 = Film("mp4", (*_HALVES, *_H264, *_AAC), inputs=_50_HALVES)
CAMERA = Film("m2ts", (*_BOTH, *_H264, "-c:a", "ac3", "-f", "mpegts", "-mpegts_m2ts_mode", "1"))
# A single frame with more pixels than any screen has.
ENORMOUS = Film(
    "avi",
    ("-map", "0:v", "-frames:v", "1", "-c:v", "mjpeg"),
    inputs=("-f", "lavfi", "-i", "color=size=12000x9000"),
)
DOLBY_VISION = Film(
    "mp4",
    (*_BOTH, *_HEVC, "-x265-params", "log-level=none", "-tag:v", "hvc1", *_AAC),
    is_dolby_vision=True,
)
_SUP = b64encode(boxes.picture_subtitles()).decode()
PICTURE_SUBTITLES = Film(
    "mkv",
    (*_BOTH, "-map", "2:s", *_H264, "-c:a", "ac3", "-c:s", "copy"),
    inputs=(
        *(*_PICTURE, "-f", "lavfi", "-i", "sine=440:r=48000"),
        *("-f", "sup", "-i", f"data:application/octet-stream;base64,{_SUP}"),
    ),
)
# As broadcast: picture subtitles, and two audio tracks.
DVB_SUBTITLES = Film(
    "ts",
    (
        *(*_BOTH, "-map", "1:a", "-map", "2:s", *_H264, "-c:a", "mp2", "-c:s", "dvbsub"),
        *("-metadata:s:s:0", "language=deu"),
    ),
    inputs=PICTURE_SUBTITLES.inputs,
)


def make_film(film: Film) -> Path:
    """Return the file of ``film``. It is shared, so do not change it."""
    name = sha256(repr(film).encode()).hexdigest()[:16]
    return shared(
        f"film-{name}.{film.ending}", lambda path: path.write_bytes(_bytes_of(film, path))
    )


def _bytes_of(film: Film, path: Path) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *film.inputs]
    command += ["-i", str(make_film(film.of))] if film.of else []
    command += ["-t", str(film.duration_s), *film.outputs]
    command += ["-f", film.ending, "-"] if film.is_piped else [str(path)]
    piped = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    content = piped if film.is_piped else path.read_bytes()
    return boxes.call_dolby_vision(content) if film.is_dolby_vision else content
