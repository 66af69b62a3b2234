"""ffmpeg that starts fast, because it is forked from a small process.

A test process is so large that a fork of it takes longer than encoding many a film of a test.
"""

import asyncio
import contextlib
import functools
import os
import socket
from asyncio import StreamReader
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import media.ffmpeg
from tests.support.forking import Forked, connect, request_fork

# Starts ffmpeg from this process, as in production.
start_anew = media.ffmpeg.start


# The process ids of what was forked for this process and has not ended.
_running: set[int] = set()


@functools.cache
def _orders() -> socket.socket:
    return connect("tests.support.encoder_process", "encoders")


class _Output(asyncio.StreamReaderProtocol):
    """Reads a pipe, and closes it at its end."""

    def __init__(self) -> None:
        self.stream = StreamReader()
        super().__init__(self.stream)
        self.closed = asyncio.get_running_loop().create_future()

    async def read(self, fd: int) -> None:
        pipe = os.fdopen(fd, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: self, pipe)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.closed.set_result(None)


class Encoder(Forked):
    """A running ffmpeg, with the parts of asyncio's Process that ``media.ffmpeg`` uses."""

    def __init__(self, pid: int, ending: int) -> None:
        super().__init__(pid, ending)
        self._outputs = [_Output(), _Output()]
        self.stdout, self.stderr = [output.stream for output in self._outputs]
        _running.add(pid)
        self._code.add_done_callback(lambda _: _running.discard(pid))

    async def connect(self, outputs: Sequence[int]) -> None:
        """Read from these pipes, even if we are cancelled before it begins."""
        await asyncio.shield(asyncio.gather(*map(_Output.read, self._outputs, outputs)))

    async def wait(self) -> int:
        """Return the exit code, once the pipes are closed, as asyncio does."""
        await asyncio.wait([self._code, *(output.closed for output in self._outputs)])
        return self._code.result()


def fork() -> None:
    """Make this process fork its ffmpeg from a small process."""
    media.ffmpeg.start = start


def running() -> list[int]:
    """Return the process ids of what was forked for this process and has not ended."""
    return list(_running)


async def start(
    command: Sequence[str], folder: Path, *, is_idle: bool
) -> asyncio.subprocess.Process:
    if not os.access(command[0], os.X_OK):
        # It says why it cannot.
        return await start_anew(command, folder, is_idle=is_idle)
    order = {"command": list(command), "folder": str(folder), "is_idle": is_idle}
    reading, writing = map(list, zip(os.pipe(), os.pipe(), strict=True))
    try:
        forked = request_fork(_orders(), order, writing)
    finally:
        for fd in writing:
            os.close(fd)
    encoder = Encoder(*forked)
    try:
        await encoder.connect(reading)
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            encoder.kill()
        await encoder.wait()
        raise
    return cast("asyncio.subprocess.Process", encoder)
