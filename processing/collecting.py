"""What was made elsewhere: which files that must be, and bringing them in.

They are fetched, checked and shown as if this worker had made them.
"""

from collections.abc import Mapping
from pathlib import Path

from core import disk
from core.errors import TooLarge
from library.renditions import FILE_NAME
from library.storage.base import Storage, StorageError, StorageUnavailable
from media.plan import Way
from processing.attempt import Attempt
from processing.errors import Failure, Hindered
from processing.steps import publish_film
from processing.storyboard import make_storyboard
from processing.subtitles import take_subtitles

# What is wrong with a file itself, not with where it goes.
_OF_CONTENT = {"incomplete", "unplayable"}


class NotUsable(Hindered):
    """What was made elsewhere is not what it should be, so it has to be made again."""


def wanted(attempt: Attempt) -> list[str]:
    """Return the names of the files to make of a film, whose facts are known."""
    return [] if attempt.way == Way.DIRECT else [FILE_NAME]


async def collect(attempt: Attempt, outputs: Mapping[str, str], storage: Storage) -> None:
    """Fetch ``outputs``, addresses by name, from ``storage``; check and show them.

    Raises NotUsable, and other Failures for what is not the processor's fault; LeaseLost.
    """
    names = wanted(attempt)
    if missing := [name for name in names if name not in outputs]:
        raise NotUsable("incomplete", f"{missing[0]} was not delivered.")
    for name in names:
        if name not in attempt.made:
            await _fetch(storage, outputs[name], attempt.folder / name)
    try:
        if FILE_NAME in names and FILE_NAME not in attempt.made:
            await publish_film(attempt)
    except Failure as failure:
        if failure.is_permanent or failure.code in _OF_CONTENT:
            raise NotUsable(failure.code, failure.words, detail=failure.detail) from failure
        raise
    await _add(attempt)


async def _add(attempt: Attempt) -> None:
    """Make what is quickly made here of the film and of the original."""
    if attempt.facts.tracks.subtitles:
        await attempt.fetch()
        await take_subtitles(attempt)
    await make_storyboard(attempt, FILE_NAME)


async def _fetch(storage: Storage, url: str, path: Path) -> None:
    try:
        stat = await storage.stat(url)
        if not disk.look(path.parent).has_room(stat.size_bytes):
            raise Hindered("disk_full", "The server has no room to work.")
        async with storage.open(url, 0, stat.size_bytes) as chunks:
            with path.open("wb") as file:
                async for chunk in chunks:
                    file.write(chunk)
    except StorageUnavailable as error:
        raise Hindered("outputs_unavailable", error.message, detail=path.name) from error
    except (StorageError, TooLarge) as error:
        raise NotUsable("outputs_refused", f"{path.name}: {error.message}") from error
    except OSError as error:
        raise Hindered("disk_full", f"There is no room to work: {error.strerror}.") from error
