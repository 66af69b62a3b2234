"""Files shared by all processes of a test run: clips, films, page bundles, a migrated database."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

# The environment variable with the shared folder.
SHARED_FILES = "TESTS_SHARED_FILES"


def shared(name: str, make: Callable[[Path], object]) -> Path:
    """Return what ``make`` makes at the path given to it, once per run. Do not change it."""
    return once(Path(os.environ[SHARED_FILES]) / name, make)


def once(path: Path, make: Callable[[Path], object]) -> Path:
    """Call ``make`` unless ``path`` exists; other callers wait meanwhile."""
    if path.exists():
        return path
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            # Left behind if the process is interrupted.
            half_done = path.with_name(f"half-done-{os.getpid()}-{path.name}")
            make(half_done)
            half_done.rename(path)
    return path
