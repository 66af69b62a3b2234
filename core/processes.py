"""Child processes that end with their parent, and what servers report to it."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

# prctl(2): the kernel sends this signal to the child when the parent thread ends, even by kill -9,
# so that nothing outlives its supervisor.
_PR_SET_PDEATHSIG = 1
# What a server reports to its parent through a pipe before it serves: that it waits for an external
# database or Redis (and ends by itself if that does not come); that it migrates the database, which
# may take any time; and that the database is ready.
WAITS = b"w"
MIGRATES = b"m"
IS_MIGRATED = b"."
# For Popen(process_group=...): Ctrl-C reaches only the supervisor, which ends all in order. A
# session of its own would do that too, but Linux shares processor time among sessions first
# (sched(7), autogroup): ffmpeg would get as much as the servers, however low its priority.
OWN_GROUP = 0
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> Callable[[], None]:
    """Return a ``preexec_fn`` that ties the child to the calling process.

    Call it, and start the child, in the main thread: the child is tied to the thread.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # The parent may have died between fork and prctl; then no signal comes.
        if os.getppid() != parent:
            os._exit(1)

    return tie
