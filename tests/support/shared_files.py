"""What all processes of a test run share: clips, films, bundles of pages, a migrated database."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

# The variable with the folder that they share.
SHARED_FILES = "TESTS_SHARED_FILES"


def shared(name: str, make: Callable[[Path], object]) -> Path:
    """Return what ``make`` makes at the path it is given, once in a run; nobody may change it."""
    return once(Path(os.environ[SHARED_FILES]) / name, make)


def once(path: Path, make: Callable[[Path], object]) -> Path:
    """Let ``make`` make ``path`` unless it is there; others who want it wait meanwhile."""
    if path.exists():
        return path
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            # Whoever was interrupted leaves one behind.
            half_done = path.with_name(f"half-done-{os.getpid()}-{path.name}")
            make(half_done)
            half_done.rename(path)
    return path
