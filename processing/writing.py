"""Writes ffmpeg's files to disk while it runs, not all at its end."""

import asyncio
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from processing.attempt import Attempt
from processing.publishing import storage_of

# How often it is looked, and for how much that is not on the disk: a copy writes so much at once,
# an encoder in seconds.
_BETWEEN_LOOKS_S = 0.2
_WORTH_BYTES = 8 << 20


async def write(attempt: Attempt, arguments: Sequence[str], outputs: Collection[Path]) -> None:
    """Run ffmpeg, and put on the disk meanwhile what it has written to ``outputs``.

    At its end that would take as long again as to copy a film. Raises Failure, and OSError.
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
    """Have all bytes of a file on the disk, where a storage of this machine takes it as it lies."""

    def sync() -> None:
        with path.open("rb") as file:
            os.fsync(file.fileno())

    if storage_of(attempt.video).is_near:
        await asyncio.to_thread(sync)


def _size_bytes(path: Path) -> int:
    """Return how much has been written, less than nothing where there is no file yet."""
    return path.stat().st_size if path.exists() else -2 * _WORTH_BYTES
