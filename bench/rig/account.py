"""What a process has used, as counted by the operating system."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Account:
    """The processor time and memory used by one process so far."""

    cpu_s: float
    rss_bytes: int
    wall_s: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return the account of process ``pid``, including all its threads."""
        return cls(_cpu_s(pid), _rss_bytes(pid), time.perf_counter())

    def __add__(self, other: "Account") -> "Account":
        """Return the account of two processes that work together."""
        return Account(
            self.cpu_s + other.cpu_s,
            self.rss_bytes + other.rss_bytes,
            max(self.wall_s, other.wall_s),
        )

    def __sub__(self, earlier: "Account") -> "Account":
        return Account(
            self.cpu_s - earlier.cpu_s,
            self.rss_bytes - earlier.rss_bytes,
            self.wall_s - earlier.wall_s,
        )


def _cpu_s(pid: int) -> float:
    # clock_getcpuclockid(3), which Python lacks: the id of a process's clock is its inverted pid
    # above three bits that choose the clock. It counts nanoseconds, whereas /proc/PID/stat counts
    # hundredths of a second.
    return time.clock_gettime((~pid << 3) | 2)


def _rss_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)
