"""Probes that start fast, because they are forked from a process that has loaded the decoders.

Loading them is nine tenths of the time it takes to probe a test clip. Limits are set as in a new
process.
"""

import asyncio
import functools
import os
import signal
import socket
from asyncio import StreamReader, StreamWriter
from typing import cast

import media.child
from tests.support.forking import connect, request_fork

# Starts a new process, as in production.
start_anew = media.child.start


@functools.cache
def orders() -> socket.socket:
    """Return the connection on which to order probes, from the parent that all processes share."""
    return connect("tests.support.probe_process", "probes")


class Probe:
    """A running probe, with the parts of asyncio's Process that ``media.probe`` uses."""

    def __init__(self, pid: int, ending: int, out: StreamReader, into: StreamWriter) -> None:
        self.stdout, self.stdin = out, into
        self._pid, self._ending = pid, ending

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    async def wait(self) -> None:
        self.stdin.close()
        await asyncio.to_thread(os.read, self._ending, 16)
        os.close(self._ending)


def fork() -> None:
    """Make this process fork its probes."""

    async def start(program: str, *arguments: str) -> asyncio.subprocess.Process:
        if program != "probe":
            return await start_anew(program, *arguments)
        return await _start(arguments)

    media.child.start = start


async def _start(arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
    ours, theirs = socket.socketpair()
    with theirs:
        order = {"arguments": arguments}
        pid, ending = await asyncio.to_thread(request_fork, orders(), order, [theirs.fileno()])
    probe = Probe(pid, ending, *await asyncio.open_unix_connection(sock=ours))
    return cast("asyncio.subprocess.Process", probe)
