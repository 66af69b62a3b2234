"""Which core measures and which is measured, so that neither takes time from the other."""

import contextlib
import os
from collections.abc import Iterator

_usable = sorted(os.sched_getaffinity(0))
# On a machine with one core they are the same, and the report says so.
SERVER = _usable[0]
LOAD = _usable[-1]
# For what is not kept from either: a worker takes what time there is.
ALL = tuple(_usable)


@contextlib.contextmanager
def on(*cores: int) -> Iterator[None]:
    """Stay on ``cores``; processes and threads started meanwhile stay there for good."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
