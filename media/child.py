"""Runs programs that read untrusted files, in separate processes without secrets."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from core.errors import Unavailable

log = structlog.get_logger(__name__)

# How long to wait for a killed program. Only what it has started itself can keep its pipes open.
_ENDING_S = 5.0
_PROGRAMS = Path(__file__).with_name("isolated")


async def start(program: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start a program of ``isolated`` in a new process. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_PROGRAMS), program, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # Our environment has secrets.
        env={},
        cwd=os.sep,
    )


@contextlib.asynccontextmanager
async def running(program: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program of ``isolated``, with pipes for stdin and stdout, until the context ends.

    Raises Unavailable if it cannot be started.
    """
    try:
        child = await start(program, *arguments)
    except OSError as error:
        log.exception("a program cannot be started", program=program)
        raise Unavailable("The server cannot look into the file just now. Try again.") from error
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        # Its output is read to the end, because it counts as running while its pipe is full.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_S):
                await child.communicate()
