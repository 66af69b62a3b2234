"""The command lines of ffmpeg: one function for each thing that is made. Pure.

Each gives the arguments behind the program's name. https://ffmpeg.org/ffmpeg.html
"""

from collections.abc import Sequence
from pathlib import Path

from media.plan import is_copied, ordered_sounds
from media.tracks import Sound, Tracks

# The words by which ffmpeg is told what it reads: never left to guess, because a file that
# looks like a playlist would make it open other files.
MOV, MATROSKA = "mov", "matroska"

# Speech is in the centre, and ffmpeg's own mix puts it 11 dB down. Nothing is lowered to make
# room; the limiter takes what would clip.
_DOWNMIX = "aresample=ochl=stereo:clev=1:slev=0.5:rematrix_maxval=100,alimiter=limit=0.9:level=0"


def reading(source: Path, demuxer: str) -> list[str]:
    """Return how every command begins: quiet, and reading nothing but this one file."""
    return [
        *("-nostdin", "-hide_banner", "-v", "warning", "-y", "-progress", "pipe:1"),
        *("-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", str(source)),
    ]


def remux(source: Path, demuxer: str, tracks: Tracks, output: Path) -> list[str]:
    """Copy the picture into an MP4 that can be played while it loads, its sound as AAC.

    ``0:V`` leaves cover pictures out. The timeline begins at 0.
    """
    return [
        *reading(source, demuxer),
        *("-map", "0:V:0", "-c:v", "copy"),
        *_sounds_of_file(tracks),
        *("-sn", "-dn", "-map_chapters", "-1"),
        *("-avoid_negative_ts", "make_zero", "-movflags", "+faststart", "-f", "mp4", str(output)),
    ]


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
