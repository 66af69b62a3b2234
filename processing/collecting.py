"""The results of an external processor: the wanted files, and fetching them.

They are fetched, checked and published as if this worker had made them.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import TooLarge
from library.renditions import FILE_NAME
from library.storage.base import Storage, StorageError, StorageUnavailable, fetch
from media import hls, playlists
from media.plan import Way, ordered_sounds, size_of
from media.playlists import HEAD_BYTES
from processing import scratch
from processing.attempt import Attempt
from processing.errors import Away, Failure, Unexpected, failure_of
from processing.ladder import publish_sizes, sounds_of
from processing.steps import publish_film, run_quick_steps

# Errors about a file itself, not about the storage.
_OF_CONTENT = {"incomplete", "unplayable"}


class NotUsable(Unexpected):
    """A result is not what it should be, so it has to be made again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files that belong together: the film in one file, or a size or a language of HLS.

    ``facts`` has more: size and bits per second, or the track of the original.
    """

    kind: Literal["film", "picture", "sound"]
    names: tuple[str, ...]
    facts: dict[str, int] = field(default_factory=dict)


def wanted(attempt: Attempt) -> list[Wanted]:
    """Return the renditions that are still to be made of a film with known facts."""
    found: list[Wanted] = []
    if attempt.way in (Way.REMUX, Way.TRANSCODE):
        found.append(Wanted("film", (FILE_NAME,)))
    if attempt.wants_ladder:
        found += _ladder(attempt)
    return [each for each in found if each.names[0] not in attempt.made]


def _ladder(attempt: Attempt) -> Iterator[Wanted]:
    for rung in attempt.rungs:
        width, height = size_of((attempt.facts.width or 0, attempt.facts.height or 0), rung)
        facts = {"width": width, "height": height, "max_bits_per_s": rung.max_bitrate}
        yield Wanted("picture", _pair(f"v{rung.height}"), facts)
    for position, track in enumerate(ordered_sounds(attempt.facts.tracks)):
        yield Wanted("sound", _pair(f"a{position}"), {"track": track})


def _pair(name: str) -> tuple[str, str]:
    return f"{name}.m3u8", f"{name}.mp4"


async def collect(attempt: Attempt, outputs: Mapping[str, str], storage: Storage) -> None:
    """Fetch ``outputs``, addresses by name, from ``storage``; check and publish them.

    Raises NotUsable, other Failures if it is not the processor's fault, and LeaseLost.
    """
    names = [name for each in wanted(attempt) for name in each.names]
    if missing := [name for name in names if name not in outputs]:
        raise NotUsable("incomplete", f"The processing service did not deliver {missing[0]}.")
    for name in names:
        await _fetch(storage, outputs[name], attempt.folder / name)
    try:
        rungs = [rung for rung in attempt.rungs if f"v{rung.height}.m3u8" in names]
        spoken = sounds_of(attempt).items()
        sounds = {name: facts for name, facts in spoken if f"{name}.m3u8" in names}
        if rungs or sounds:
            await asyncio.to_thread(_rewrite, attempt.folder)
            await asyncio.to_thread(_check_codecs, attempt.folder)
            await publish_sizes(attempt, rungs, sounds)
        if FILE_NAME in names:
            await publish_film(attempt)
    except Failure as failure:
        if failure.is_permanent or failure.code in _OF_CONTENT:
            raise NotUsable(failure.code, failure.words, detail=failure.detail) from failure
        raise
    await run_quick_steps(attempt)


def _rewrite(folder: Path) -> None:
    """Rewrite every playlist so that it names only its own file; raise NotUsable."""
    for path in folder.glob("*.m3u8"):
        try:
            path.write_text(playlists.sanitized(path.read_text(), f"{path.stem}.mp4"))
        except ValueError as error:
            raise NotUsable(
                "incomplete", f"The processing service delivered {path.name}, which is no playlist."
            ) from error


def _check_codecs(folder: Path) -> None:
    """Raise NotUsable unless sizes are H.264 and languages AAC, as the master says."""
    for name, codec in (("v*.mp4", b"avcC"), ("a*.mp4", b"mp4a")):
        for path in folder.glob(name):
            with path.open("rb") as file:
                if codec not in file.read(HEAD_BYTES):
                    words = (
                        f"The processing service delivered {path.name}, whose codec does not play."
                    )
                    raise NotUsable("unplayable", words)


async def _fetch(storage: Storage, url: str, path: Path) -> None:
    try:
        # If the service replaces the file between two requests, it is a different file.
        file = await storage.one_version(url)
        stat = await file.stat(url)
        if path.suffix == ".m3u8" and stat.size_bytes > hls.MAX_BYTES:
            words = (
                f"The processing service delivered {path.name}, which is too long for a playlist."
            )
            raise NotUsable("incomplete", words)
        scratch.check_space(path.parent, stat.size_bytes)
        await fetch(file, url, stat.size_bytes, path)
    except StorageUnavailable as error:
        raise Away("outputs_unavailable", error.message, detail=path.name) from error
    except (StorageError, TooLarge) as error:
        words = f"The service's file {path.name} cannot be fetched: {error.message}"
        raise NotUsable("outputs_refused", words) from error
    except OSError as error:
        raise failure_of(error) from error
