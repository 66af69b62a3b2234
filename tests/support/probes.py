"""Probes that start fast, because they are forked from a process that has loaded the decoders.

Loading them is nine tenths of the time it takes to probe a test clip. Limits are set as in a new
process.
"""

import asyncio
import contextlib
import functools
import socket
from asyncio import StreamReader, StreamWriter
from typing import cast

import media.child
from tests.support.forking import Forked, connect, request_fork

# Starts a new process, as in production.
start_anew = media.child.start


@functools.cache
def orders() -> socket.socket:
    """Return the connection on which to order probes, from the parent that all processes share."""
    return connect("tests.support.probe_process", "probes")


class Probe(Forked):
    """A running probe, with the parts of asyncio's Process that ``media.child`` uses."""

    def __init__(self, pid: int, ending: int, out: StreamReader, into: StreamWriter) -> None:
        super().__init__(pid, ending)
        self.stdout, self.stdin = out, into

    async def communicate(self) -> None:
        self.stdin.close()
        await self.wait()


def fork() -> None:
    """Make this process fork its probes."""

    async def start(program: str, *arguments: str) -> asyncio.subprocess.Process:
        if program != "probe":
            return await start_anew(program, *arguments)
        starting = asyncio.ensure_future(_start(arguments))
        try:
            return cast("asyncio.subprocess.Process", await asyncio.shield(starting))
        except asyncio.CancelledError:
            probe = await starting
            with contextlib.suppress(ProcessLookupError):
                probe.kill()
            await probe.communicate()
            raise

    media.child.start = start


async def _start(arguments: tuple[str, ...]) -> Probe:
    ours, theirs = socket.socketpair()
    with theirs:
        order = {"arguments": arguments}
        pid, ending = await asyncio.to_thread(request_fork, orders(), order, [theirs.fileno()])
    return Probe(pid, ending, *await asyncio.open_unix_connection(sock=ours))
