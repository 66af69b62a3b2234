"""Rotates the log files of our processes."""

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

EVERY_S = 5.0
MOST_BYTES = 10 * 1024**2
# Including the one that is being written.
KEPT = 5


class Rotation:
    """Rotates ``files``, whose writers notice when a file was renamed. Call ``check`` often."""

    def __init__(self, files: Iterable[Path], *, most_bytes: int = MOST_BYTES) -> None:
        self._files = list(files)
        self._most_bytes = most_bytes
        self._looked_at_s = -EVERY_S

    def check(self) -> None:
        """Rotate files that are full; does something only every few seconds."""
        if time.monotonic() - self._looked_at_s < EVERY_S:
            return
        self._looked_at_s = time.monotonic()
        for file in self._files:
            with contextlib.suppress(OSError):
                if file.stat().st_size >= self._most_bytes:
                    rotate_file(file)


def rotate_file(file: Path) -> None:
    """Rename ``file`` to ``NAME.1``, and older ones to ``NAME.2`` and so on; raise OSError."""
    names = [file, *(file.with_name(f"{file.name}.{number}") for number in range(1, KEPT))]
    for older, newer in reversed(list(zip(names[1:], names, strict=False))):
        if newer.exists():
            newer.replace(older)
