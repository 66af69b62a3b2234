"""Keeps processes running: restarts them when they crash, and stops them in order."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType

# While something starts or ends.
TICK_S = 0.05
# While all run. What must be known sooner, an end or a wish to end, comes with a signal.
REST_S = 0.25
# A process that has run this long was healthy; its next crash does not continue a series.
WELL_AFTER_S = 30.0


def backoff_s(deaths: int) -> float:
    """Return the pause in seconds after the ``deaths``-th crash in a row: 0, then 0.2 to 5."""
    return 0.0 if deaths <= 1 else min(5.0, 0.1 * 2 ** (deaths - 1))


@dataclass(slots=True)
class Child:
    """A process to keep running: ``start`` starts it, ``died`` gets the id of one that ended."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_timeout_s: float
    died: Callable[[int], None] = lambda _pid: None
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0
    start_at: float = 0


@dataclass(slots=True)
class Supervisor:
    """Child processes, which start in order and end in the opposite order.

    ``report`` is called with an event, the child, and details. Call everything in the main thread:
    it handles the signals, and children are tied to the thread that started them.
    """

    report: Callable[[str, str, str], None]
    children: list[Child] = field(default_factory=list)
    each_tick: list[Callable[[], None]] = field(default_factory=list)
    stopping: bool = False
    impatient: bool = False

    def take_signals(self) -> None:
        """Handle SIGINT, SIGTERM and SIGHUP: they end ``run``; a second one ends it at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        # nohup(1) ignores SIGHUP; leave it ignored.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)
        # Only what is handled is told of (``_signals``).
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Children inherit this. They write to our terminal from other process groups, which would
        # stop them after stty tostop.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.impatient = self.stopping
        self.stopping = True

    def add(self, child: Child) -> None:
        """Start ``child`` and keep it running from now on."""
        self.children.append(child)
        self._start(child)

    def tend(self) -> None:
        """Restart children that have died, after their pause."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._reap(child, child.process)
            if child.process is None and time.monotonic() >= child.start_at and not self.stopping:
                self._start(child)

    def check_all(self) -> None:
        """Call everything that must run at each tick, also while something waits."""
        for check in self.each_tick:
            check()

    def run(self) -> None:
        """Tend the children until a signal asks to stop."""
        with _signals() as signals:
            while not self.stopping:
                self.tend()
                self.check_all()
                if select.select([signals], [], [], REST_S)[0]:
                    os.read(signals, 4096)

    def stop(self) -> None:
        """End all children: those with one name together, the last name first."""
        self.stopping = True
        names = list(dict.fromkeys(child.name for child in reversed(self.children)))
        for name in names:
            processes = [
                (child.process, child.stop_timeout_s)
                for child in self.children
                if child.name == name and child.process is not None
            ]
            for process, _ in processes:
                process.terminate()
            for process, timeout_s in processes:
                self._end(process, time.monotonic() + timeout_s)

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        try:
            child.process = child.start()
        except (OSError, SystemExit) as error:
            if not child.deaths:
                raise
            self._schedule_restart(child)
            self.report("cannot start", child.name, str(error))

    def _reap(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        self.report("process ended", child.name, f"exit code {process.returncode}")
        child.died(process.pid)
        child.process = None
        if time.monotonic() - child.started_at > WELL_AFTER_S:
            child.deaths = 0
        self._schedule_restart(child)

    def _schedule_restart(self, child: Child) -> None:
        child.deaths += 1
        child.start_at = time.monotonic() + backoff_s(child.deaths)

    def _end(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while process.poll() is None:
            if self.impatient or time.monotonic() > deadline:
                process.kill()
            time.sleep(TICK_S / 5)


@contextlib.contextmanager
def _signals() -> Iterator[int]:
    """Give a pipe that can be read when a signal has come that is handled."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)
