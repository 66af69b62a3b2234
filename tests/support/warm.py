"""Programs that start soon: forked from a process that has imported what they are made of.

That is four fifths of what a server's start costs, and the suite starts hundreds. Each program
reads its own settings, and benches start what they measure anew.
"""

import contextlib
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
from tests.support import probes
from tests.support.forking import ordered
from tests.support.warm_process import FD

ROOT = Path(__file__).resolve().parents[2]
RUN_TIMEOUT_S = 120
# What works only in a process of its own: libraries that are loaded before all others, coverage,
# which begins with the interpreter, and metrics, which are made when they are imported.
_NEEDS_EXEC = (
    "LD_PRELOAD",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
    "PROMETHEUS_MULTIPROC_DIR",
)


class Program:
    """A running program, with what tests use of ``subprocess.Popen``."""

    def __init__(self, pid: int, ending: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        # Its exit code comes here.
        self._ending = ending

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when it has ended; raise subprocess.TimeoutExpired."""
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
        if self.returncode is None and select.select([self._ending], [], [], timeout_s)[0]:
            told = os.read(self._ending, 16)
            os.close(self._ending)
            assert told, "the process that programs are forked from has ended"
            self.returncode = int(told)
        return self.returncode


class Warm:
    """The process that programs are forked from; it ends with ours."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            given = [theirs.fileno(), probes.orders().fileno()]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm_process", *map(str, given)],
                cwd=ROOT,
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),
            )

    def start(
        self,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        output: IO[bytes],
        errors: IO[bytes],
        fds: Sequence[int],
    ) -> Program:
        """See ``start`` of the module."""
        order = {"command": [str(word) for word in command], "env": dict(env)}
        sent = [output.fileno(), errors.fileno(), *fds]
        return Program(*ordered(self._ours, order, sent))


Process = Program | subprocess.Popen[bytes]
# Runs a Python program: the command, its environment, where its output goes, and what it is given.
Starter = Callable[[Sequence[str | Path], Mapping[str, str], IO[bytes], Sequence[int]], Process]

_warm: list[Warm] = []


def _the_warm() -> Warm:
    if not _warm:
        _warm.append(Warm())
    return _warm[0]


def start(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    output: IO[bytes],
    fds: Sequence[int] = (),
) -> Process:
    """Run a Python program with its arguments, among them FD for the first of ``fds``.

    It is forked where that is the same as starting it anew.
    """
    if any(name in env for name in _NEEDS_EXEC):
        return start_anew(command, env, output, fds)
    return _the_warm().start(command, env, output, output, fds)


def start_anew(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    output: IO[bytes],
    fds: Sequence[int] = (),
) -> Process:
    """Do what ``start`` does with a new process, as users do, whose cost can be measured."""
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
    """Run a Python program to its end, as ``subprocess.run`` does, and return what it said."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        program = _the_warm().start(command, env, output, errors, [])
        try:
            code = program.wait(RUN_TIMEOUT_S)
        finally:
            program.kill()
        said = [_read(each) for each in (output, errors)]
    return subprocess.CompletedProcess(list(map(str, command)), code, *said)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
