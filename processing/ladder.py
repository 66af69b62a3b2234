"""The film in several sizes: HLS, the sound once for each language, the lowest size first."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from library.models import Rendition
from library.renditions import MASTER
from media import plan, playlists, recipes
from media.kinds import HLS, MP4
from media.languages import language_tag
from media.plan import Rung, Way
from media.playlists import PicturePlaylist, Segments, SoundPlaylist
from media.tracks import Sound
from processing.attempt import Attempt
from processing.errors import Hindered
from processing.publishing import Made, publish, published

SOUND_MIME_TYPE = "audio/mp4"


async def make_sounds(attempt: Attempt) -> None:
    """Make the sound of every language; nothing plays by it alone."""
    tracks = attempt.facts.tracks
    await attempt.run(recipes.sounds(attempt.source, attempt.demuxer, tracks))
    files: list[Made] = []
    for position, number in enumerate(plan.ordered_sounds(tracks)):
        sound = tracks.sounds[number]
        facts = {
            "language": language_tag(sound.language),
            "label": _label(sound, position),
            "is_default": position == 0,
        }
        segments = await _segments(attempt, f"a{position}")
        files += _files(attempt, f"a{position}", segments, SOUND_MIME_TYPE, facts)
    await publish(attempt.job, files, plays=False)


async def make_pictures(attempt: Attempt, rungs: Sequence[Rung]) -> None:
    """Make these sizes, and the master playlist of all there are now."""
    facts = attempt.facts
    size = facts.width or 0, facts.height or 0
    command = recipes.pictures(attempt.source, attempt.demuxer, facts.tracks, size, rungs)
    await attempt.run(command)
    files: list[Made] = []
    longest_s = 0.0
    for rung in rungs:
        name = f"v{rung.height}"
        segments = await _segments(attempt, name)
        attempt.check_length(segments.duration_s, f"the size {rung.height}")
        longest_s = max(longest_s, segments.duration_s)
        width, height = plan.size_of(size, rung)
        about = {
            "width": width,
            "height": height,
            "codecs": await _codec(attempt.folder / f"{name}.mp4"),
            "frames_per_s": _frames_per_s(attempt),
        }
        files += _files(attempt, name, segments, MP4.mime_type, about)
    rows = await published(attempt.job)
    files.append(await asyncio.to_thread(_master, attempt.folder, list(rows.values()), files))
    # The made one's: of files that say nothing of their length, or something wrong, too.
    facts_of_video: dict[str, Any] = {} if attempt.way == Way.DIRECT else {"duration_s": longest_s}
    await publish(attempt.job, files, **facts_of_video)


def _files(
    attempt: Attempt, name: str, segments: Segments, mime_type: str, facts: dict[str, Any]
) -> list[Made]:
    """Return the two files of a rendition; its playlist has all that is known of it."""
    bits = {"peak_bits_per_s": segments.peak_bits_per_s, "bits_per_s": segments.bits_per_s}
    return [
        Made(attempt.folder / f"{name}.mp4", Rendition.Kind.HLS, mime_type),
        Made(attempt.folder / f"{name}.m3u8", Rendition.Kind.HLS, HLS.mime_type, {**facts, **bits}),
    ]


async def _segments(attempt: Attempt, name: str) -> Segments:
    """Read and check what ffmpeg has written; raise Hindered when something is missing."""

    def read() -> tuple[Segments, int]:
        text = (attempt.folder / f"{name}.m3u8").read_text()
        return playlists.read_segments(text), (attempt.folder / f"{name}.mp4").stat().st_size

    try:
        segments, size_bytes = await asyncio.to_thread(read)
    except (OSError, ValueError) as error:
        raise Hindered("incomplete", "Not all was made.", detail=str(error)) from error
    if segments.size_bytes > size_bytes:
        raise Hindered("incomplete", "Not all was made.", detail=f"{name}.mp4 is cut")
    return segments


async def _codec(path: Path) -> str:
    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(playlists.HEAD_BYTES)

    return playlists.avc_codec(await asyncio.to_thread(read))


def _master(folder: Path, rows: Sequence[Rendition], files: Sequence[Made]) -> Made:
    """Write the master playlist of what is shown already and of ``files``."""
    about = [
        {"name": row.name, **{field: getattr(row, field) for field in _OF_MASTER}}
        for row in rows
        if row.mime_type == HLS.mime_type and not row.name.startswith(MASTER)
    ]
    about += [
        {"name": made.path.name, **made.facts} for made in files if made.path.suffix == ".m3u8"
    ]
    pictures = sorted(
        (_picture(each) for each in about if each.get("width")), key=lambda each: each.width
    )
    sounds = [_sound(each) for each in about if not each.get("width")]
    path = folder / f"{MASTER}{len(pictures)}.m3u8"
    path.write_text(playlists.master(pictures, sounds))
    return Made(path, Rendition.Kind.HLS, HLS.mime_type)


_OF_MASTER = (
    *("width", "height", "codecs", "frames_per_s", "peak_bits_per_s", "bits_per_s"),
    *("language", "label", "is_default"),
)


def _picture(about: dict[str, Any]) -> PicturePlaylist:
    fields = ("name", *_OF_MASTER[:6])
    return PicturePlaylist(**{field: about[field] for field in fields})


def _sound(about: dict[str, Any]) -> SoundPlaylist:
    fields = ("name", "language", "label", "is_default", "peak_bits_per_s", "bits_per_s")
    return SoundPlaylist(**{field: about[field] for field in fields})


def _frames_per_s(attempt: Attempt) -> float | None:
    rate = recipes.frames_per_s(attempt.facts.tracks)
    return min(rate, float(recipes.MOST_FRAMES_PER_S)) if rate else None


def _label(sound: Sound, position: int) -> str:
    """Return what a language is called; no two tracks of a film are called the same."""
    return f"{sound.title or sound.language or 'Sound'}"[:60] + (
        f" {position + 1}" if position else ""
    )
