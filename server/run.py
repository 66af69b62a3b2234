"""The server process: uvicorn with our own protocols, its start and its end."""

import asyncio
import contextlib
import gc
import resource
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, cast

import uvicorn
from asgiref.typing import ASGI3Application

from server.http import RequestProtocol
from server.websocket import MAX_FRAME_BYTES, RoomSocketProtocol

GRACEFUL_SHUTDOWN_S = 3
LAST_RESORT_S = 10
# The processes of one machine are asked to end at the same time, and get the signal within this.
SIBLINGS_S = 0.25
# How often the Date field of answers changes.
TICK_S = 1.0
# A thousand sockets are some hundred thousand objects. With Python's default of 700 the garbage
# collector would scan them again and again, for tens of milliseconds in which nobody is served,
# although reference counting frees nearly everything.
COLLECT_AFTER = (20_000, 20, 20)


class Server(uvicorn.Server):
    """A server that ends some seconds after it was asked to, whatever hangs.

    It wakes up once a second where uvicorn's does ten times, to see whether it shall end.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._wake: Callable[[], object] = lambda: None

    def end(self) -> None:
        """Let it end. For any thread, and for handlers of signals."""
        self.should_exit = True
        self._wake()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._wake()
        # Nobody handles SIGALRM, so the kernel ends the process.
        signal.alarm(LAST_RESORT_S)

    async def main_loop(self) -> None:
        """Keep the Date field up to date until the server shall end."""
        shall_end = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(shall_end.set)
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(shall_end.wait(), TICK_S)
        self._wake = lambda: None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, wait until the other processes have too, then close all connections.

        Otherwise clients would reconnect to a process that is about to end as well.
        """
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        await asyncio.sleep(SIBLINGS_S)
        await super().shutdown(sockets)


def configure(app: ASGI3Application | str) -> uvicorn.Config:
    """Return uvicorn's configuration; ``app`` may be given as ``module:name``."""
    return uvicorn.Config(
        cast("Any", app),
        interface="asgi3",
        loop="uvloop",
        http=RequestProtocol,
        ws=RoomSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn would trust the first hop, which clients can make up. Django reads the scheme
        # itself, and accounts.address reads the last hop, which our own proxy wrote.
        proxy_headers=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )


def serve(app: str, listener: socket.socket) -> None:
    """Serve ``app`` on ``listener`` until SIGTERM or SIGINT."""
    config = configure(app)
    config.load()
    make_ready()
    Server(config).run(sockets=[listener])


def make_ready() -> None:
    """Prepare this process for many connections, after everything has been imported."""
    # Each socket needs a file descriptor, and the usual soft limit is 1024.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Everything loaded by now stays, so the collector need not scan it again, which keeps its
    # pauses short. manage.py switched it off for the imports.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()
