"""Assigns the load and the server to different cores, so that they do not slow each other down."""

import contextlib
import os
from collections.abc import Iterator

_usable = sorted(os.sched_getaffinity(0))
# The same core on a machine that has only one; the report says so.
SERVER = _usable[0]
LOAD = _usable[-1]
# For processes that may use every core, such as a worker.
ALL = tuple(_usable)


@contextlib.contextmanager
def on(*cores: int) -> Iterator[None]:
    """Run on ``cores``; processes and threads started inside stay there for good."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
