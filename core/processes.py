"""What child processes of ours have in common: they end with their parent, and tell it."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

# prctl(2): the kernel sends this signal to the child when the parent thread ends, even by
# kill -9, so that nothing outlives the supervisor it belongs to.
_PR_SET_PDEATHSIG = 1
# What a server tells who started it, by a pipe, before it serves: that it waits for a database or
# Redis elsewhere, and ends by itself when that does not come; that it changes the database, which
# may take as long as it takes; and that the database is as it should be.
WAITS = b"w"
MIGRATES = b"m"
IS_MIGRATED = b"."
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> Callable[[], None]:
    """Return a ``preexec_fn`` that ties the child to the calling process.

    Call it, and start the child, in the main thread: the tie is to the thread.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # The parent may have died between fork and prctl; then no signal would come.
        if os.getppid() != parent:
            os._exit(1)

    return tie
