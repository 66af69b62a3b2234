"""Probes that start soon: forked from a process that has loaded their decoders.

That is nine tenths of what looking into a tests' clip costs. Limits are set as in a new one.
"""

import asyncio
import functools
import os
import signal
import socket
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import cast

import media.child
from tests.support.forking import ordered

ROOT = Path(__file__).resolve().parents[2]
# What users get: a new process.
start_anew = media.child.start


def orders() -> socket.socket:
    """Return where probes are ordered; what they are forked from ends when nobody has it."""
    return _parent()[0]


@functools.cache
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.probe_process", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return ours, process


class Probe:
    """A running probe, with what ``media.probe`` uses of a process of asyncio."""

    def __init__(self, pid: int, ending: int, out: StreamReader, into: StreamWriter) -> None:
        self.stdout, self.stdin = out, into
        self._pid, self._ending = pid, ending

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    async def wait(self) -> None:
        self.stdin.close()
        await asyncio.to_thread(os.read, self._ending, 16)
        os.close(self._ending)


def fork_from(socket: socket.socket | None = None) -> None:
    """Let this process start its probes so; None for the process of ``orders``."""

    async def start(program: str, *arguments: str) -> asyncio.subprocess.Process:
        if program != "probe":
            return await start_anew(program, *arguments)
        return await _start(socket or orders(), arguments)

    media.child.start = start


async def _start(orders: socket.socket, arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
    ours, theirs = socket.socketpair()
    with theirs:
        order = {"arguments": arguments}
        pid, ending = await asyncio.to_thread(ordered, orders, order, [theirs.fileno()])
    probe = Probe(pid, ending, *await asyncio.open_unix_connection(sock=ours))
    return cast("asyncio.subprocess.Process", probe)
