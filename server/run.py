"""The server process: uvicorn with our own protocols, and how it starts and ends."""

import asyncio
import gc
import resource
import signal
import socket
from types import FrameType
from typing import Any, cast

import uvicorn
from asgiref.typing import ASGI3Application

from server.http import RequestProtocol
from server.websocket import MAX_FRAME_BYTES, RoomSocketProtocol

GRACEFUL_SHUTDOWN_S = 3
LAST_RESORT_S = 10
# The processes of one machine are asked to end together, and hear of it so far apart.
SIBLINGS_S = 0.25
# A thousand sockets are some hundred thousand objects. Python's own 700 makes it look through
# them again and again, tens of milliseconds in which nobody is served, and a server that
# frees its sockets by count leaves little to find.
COLLECT_AFTER = (20_000, 20, 20)


class Server(uvicorn.Server):
    """Ends some seconds after it was asked to, whatever hangs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # Nobody handles SIGALRM, so the kernel ends the process.
        signal.alarm(LAST_RESORT_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, then send everybody away, when no process beside us listens either.

        Else whoever is sent away comes to one that is about to do the same.
        """
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        await asyncio.sleep(SIBLINGS_S)
        await super().shutdown(sockets)


def configure(app: ASGI3Application | str) -> uvicorn.Config:
    """Return how we run uvicorn; ``app`` may be given as ``module:name``."""
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
        # uvicorn would believe the first hop, which a client can make up. Django reads the
        # scheme itself, and accounts.address the last hop, which our own proxy wrote.
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
    """Prepare this process, when everything is imported, for many connections."""
    # Each socket takes a file descriptor, and the usual soft limit is 1024.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # What is loaded by now stays: the collector need not look at it again, which keeps its
    # pauses short. manage.py switched it off for the imports.
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()
