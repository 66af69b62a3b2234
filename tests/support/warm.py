"""Programs that start fast, because they are forked from a process with everything imported.

Imports are four fifths of a server's start, and the suite starts hundreds of servers. Each program
reads its own settings. Benches start the programs that they measure without forking.
"""

import contextlib
import functools
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from core.processes import die_with_parent
from tests.support.forking import connect, request_fork
from tests.support.warm_process import FD

ROOT = Path(__file__).resolve().parents[2]
RUN_TIMEOUT_S = 120
# These need a new process: preloaded libraries, coverage, which starts with the interpreter, and
# metrics, which are created at import.
_NEEDS_EXEC = (
    "LD_PRELOAD",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
    "PROMETHEUS_MULTIPROC_DIR",
)


class Program:
    """A running program, with the parts of ``subprocess.Popen`` that tests use."""

    def __init__(self, pid: int, ending: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        # The pipe to which its exit code is written.
        self._ending = ending

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code and return it; raise subprocess.TimeoutExpired."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout_s: float | None) -> int | None:
        if self.returncode is None and self._is_told(timeout_s):
            told = os.read(self._ending, 16)
            os.close(self._ending)
            assert told, "the process that programs are forked from has ended"
            self.returncode = int(told)
        return self.returncode

    def _is_told(self, timeout_s: float | None) -> bool:
        # Not select(), which fails with descriptors above 1,023, as a test with a crowd has.
        ending = select.poll()
        ending.register(self._ending, select.POLLIN)
        return bool(ending.poll(None if timeout_s is None else timeout_s * 1000))


@functools.cache
def _orders() -> socket.socket:
    """Return the connection to the process from which all test processes fork programs."""
    return connect("tests.support.warm_process", "warm")


def _fork(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    output: IO[bytes],
    errors: IO[bytes],
    fds: Sequence[int],
) -> Program:
    """See ``start``."""
    order = {"command": [str(word) for word in command], "env": dict(env)}
    sent = [output.fileno(), errors.fileno(), *fds]
    return Program(*request_fork(_orders(), order, sent))


Process = Program | subprocess.Popen[bytes]
# Starts a Python program: the command, its environment, its output, and descriptors to pass to it.
Starter = Callable[[Sequence[str | Path], Mapping[str, str], IO[bytes], Sequence[int]], Process]


def start(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    output: IO[bytes],
    fds: Sequence[int] = (),
) -> Process:
    """Start a Python program. In its arguments, FD stands for the first of ``fds``.

    It is forked if that makes no difference to starting a new process.
    """
    if any(name in env for name in _NEEDS_EXEC):
        return start_anew(command, env, output, fds)
    return _fork(command, env, output, output, fds)


def start_anew(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    output: IO[bytes],
    fds: Sequence[int] = (),
) -> Process:
    """Do the same as ``start``, but always in a new process, as in production."""
    return subprocess.Popen(
        [sys.executable, *(str(fds[0]) if word == FD else str(word) for word in command)],
        cwd=ROOT,
        env=env,
        pass_fds=fds,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        preexec_fn=die_with_parent(),
    )


def run(command: Sequence[str | Path], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a Python program to its end, as ``subprocess.run`` does, and return its output."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        program = _fork(command, env, output, errors, [])
        try:
            code = program.wait(RUN_TIMEOUT_S)
        finally:
            program.kill()
        said = [_read(each) for each in (output, errors)]
    return subprocess.CompletedProcess(list(map(str, command)), code, *said)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
