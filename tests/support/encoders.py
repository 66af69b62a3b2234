"""ffmpeg that starts fast, because it is forked from a small process.

A test process is so large that a fork of it takes longer than encoding many a film of a test.
"""

import asyncio
import functools
import os
import signal
import socket
from asyncio import StreamReader
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import media.ffmpeg
from tests.support.forking import connect, request_fork

# Starts ffmpeg from this process, as in production.
start_anew = media.ffmpeg.start


# The process ids of what was forked for this process and has not ended.
_running: set[int] = set()


@functools.cache
def _orders() -> socket.socket:
    return connect("tests.support.encoder_process", "encoders")


class Encoder:
    """A running ffmpeg, with the parts of asyncio's Process that ``media.ffmpeg`` uses."""

    def __init__(self, pid: int, ending: int, stdout: StreamReader, stderr: StreamReader) -> None:
        self.stdout, self.stderr = stdout, stderr
        self._pid, self._ending = pid, ending
        _running.add(pid)
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._code.get_loop().add_reader(ending, self._ended)

    def kill(self) -> None:
        if self._code.done():
            raise ProcessLookupError
        os.kill(self._pid, signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._code)

    def _ended(self) -> None:
        _running.discard(self._pid)
        told = os.read(self._ending, 16)
        self._code.get_loop().remove_reader(self._ending)
        os.close(self._ending)
        assert told, "the process that ffmpeg is forked from has ended"
        self._code.set_result(int(told))


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
    stdout, stderr = [await _reader(fd) for fd in reading]
    return cast("asyncio.subprocess.Process", Encoder(*forked, stdout, stderr))


async def _reader(fd: int) -> StreamReader:
    """Return what reads a pipe, and closes it at its end."""
    loop, stream = asyncio.get_running_loop(), StreamReader()
    protocol = asyncio.StreamReaderProtocol(stream)
    await loop.connect_read_pipe(lambda: protocol, os.fdopen(fd, "rb", buffering=0))
    return stream
