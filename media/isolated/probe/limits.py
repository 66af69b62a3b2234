"""Limits what the program may use, before it reads anything."""

import os
import resource
import signal

MEMORY_BYTES = 1 << 30
CPU_S = 20
WALL_S = 30


def drop_privileges() -> None:
    """Set the limits, which cannot be lifted again. The last one forbids opening files."""
    signal.alarm(WALL_S)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    # SIGXCPU at the first limit, because SIGKILL would not say why it ended.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    for limit, value in [
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, lowest_free),
    ]:
        resource.setrlimit(limit, (value, value))
