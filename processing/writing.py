"""Syncs ffmpeg's files to disk while it runs, not only at its end."""

import asyncio
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from processing.attempt import Attempt
from processing.publishing import storage_of

# How often to check, and how many unsynced bytes to allow: a remux writes them at once, an encoder
# within seconds.
_BETWEEN_LOOKS_S = 0.2
_WORTH_BYTES = 8 << 20


async def write(attempt: Attempt, arguments: Sequence[str], outputs: Collection[Path]) -> None:
    """Run ffmpeg, and meanwhile sync what it has written to ``outputs``.

    Syncing only at the end would take as long as copying the film. Raises Failure and OSError.
    """
    on_disk = dict.fromkeys(outputs, -_WORTH_BYTES)
    writing = asyncio.ensure_future(attempt.run(arguments))
    try:
        while not (await asyncio.wait({writing}, timeout=_BETWEEN_LOOKS_S))[0]:
            for path, before_bytes in on_disk.items():
                size_bytes = await asyncio.to_thread(_size_bytes, path)
                if size_bytes >= before_bytes + _WORTH_BYTES:
                    await put_on_disk(attempt, path)
                    on_disk[path] = size_bytes
    finally:
        writing.cancel()
        await asyncio.wait({writing})
    writing.result()


async def put_on_disk(attempt: Attempt, path: Path) -> None:
    """Sync a file to disk, if a local storage will take it by hard link."""

    def sync() -> None:
        with path.open("rb") as file:
            os.fsync(file.fileno())

    if storage_of(attempt.video).is_near:
        await asyncio.to_thread(sync)


def _size_bytes(path: Path) -> int:
    """Return the size of the file, or -1 if it does not exist yet."""
    return path.stat().st_size if path.exists() else -2 * _WORTH_BYTES
