"""Rotates the log files of our processes."""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

EVERY_S = 5.0
MOST_BYTES = 10 * 1024**2
# With the one that is written to.
KEPT = 5


class Rotation:
    """Looks after ``files``, whose writers notice that one was renamed. Call ``look`` often."""

    def __init__(self, files: Iterable[Path], *, most_bytes: int = MOST_BYTES) -> None:
        self._files = list(files)
        self._most_bytes = most_bytes
        self._looked_at_s = -EVERY_S

    def look(self) -> None:
        """Put aside what is full, every few seconds."""
        if time.monotonic() - self._looked_at_s < EVERY_S:
            return
        self._looked_at_s = time.monotonic()
        for file in self._files:
            with contextlib.suppress(OSError):
                if file.stat().st_size >= self._most_bytes:
                    put_aside(file)


def put_aside(file: Path) -> None:
    """Rename ``file`` to ``NAME.1``, and so on; raise OSError."""
    names = [file, *(file.with_name(f"{file.name}.{number}") for number in range(1, KEPT))]
    for older, newer in reversed(list(zip(names[1:], names, strict=False))):
        if newer.exists():
            newer.replace(older)
