"""A film that is watched while it is made, and an ffmpeg that takes its time for it."""

from pathlib import Path

import imageio_ffmpeg

from tests.support.films import Film

# Few pictures, so that they are soon encoded.
_INPUTS = (
    *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10"),
    *("-f", "lavfi", "-i", "sine=440:r=48000"),
)
# Small, with sound, and long enough to be watched while it is made.
GROWING = Film(
    "mkv",
    ("-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3"),
    inputs=_INPUTS,
    duration_s=40,
)

# Its default language, and its only one, that nobody can hear: in which nothing is, and garbage.
_SOUNDS = ("-map", "0:v", "-map", "1:a", "-map", "1:a", "-disposition:a:0", "default")
GROWING_BESIDE_SILENCE = Film(
    "mkv",
    (*_SOUNDS, "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3", "-bsf:a:0", "noise=drop=1"),
    inputs=_INPUTS,
    duration_s=40,
)
GROWING_WITH_GARBAGE = Film(
    "mkv",
    (*_SOUNDS[:4], "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3", "-bsf:a:0", "noise=amount=1"),
    inputs=_INPUTS,
    duration_s=40,
)
# A sound that breaks off in the middle.
GROWING_TO_SILENCE = Film(
    "mkv",
    (*GROWING.outputs, "-bsf:a:0", "noise=drop='gt(pts*tb,20)'"),
    inputs=_INPUTS,
    duration_s=40,
)

# As iPhones record: Safari plays it as it is, and other browsers wait for a copy.
GROWING_HEVC = Film(
    "mp4",
    (
        *("-map", "0:v", "-map", "1:a", "-c:v", "libx265", "-preset", "ultrafast"),
        *("-x265-params", "log-level=none", "-pix_fmt", "yuv420p", "-tag:v", "hvc1"),
        *("-c:a", "aac", "-movflags", "+faststart"),
    ),
    inputs=_INPUTS,
    duration_s=40,
)


def slow_ffmpeg(folder: Path, rate: int) -> Path:
    """Return a program in ``folder`` that is ffmpeg, and encodes ``rate`` seconds in one."""
    path = folder / "slow-ffmpeg"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *libx264*) set -- -readrate {rate} "$@";; esac\n'
        f'exec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n'
    )
    path.chmod(0o755)
    return path
