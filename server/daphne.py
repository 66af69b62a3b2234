"""Serving with Daphne instead of uvicorn, for operators who use Twisted.

Daphne has no lifespan events, so they are run here around it. It does not expose its transport:
rooms write through plain ASGI, and cannot see who has stopped reading.
"""

import asyncio
import socket

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveEvent,
    ASGISendEvent,
    LifespanScope,
)
from daphne.server import Server, twisted_loop

from server.run import make_ready
from server.websocket import MAX_FRAME_BYTES


class StartupFailed(SystemExit):
    """The application did not start, and has logged why."""


class Lifespan:
    """The lifespan events of an application, in the event loop that Daphne uses."""

    def __init__(self, app: ASGI3Application) -> None:
        self._app = app
        self._told: asyncio.Queue[ASGIReceiveEvent] = asyncio.Queue()
        self._heard: asyncio.Queue[ASGISendEvent] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Let the application start; raise StartupFailed."""
        scope: LifespanScope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
        }
        work = self._app(scope, self._told.get, self._heard.put)
        self._task = asyncio.ensure_future(work)
        await self._told.put({"type": "lifespan.startup"})
        if (await self._heard.get())["type"] != "lifespan.startup.complete":
            raise StartupFailed(3)

    async def stop(self) -> None:
        """Let the application shut down."""
        await self._told.put({"type": "lifespan.shutdown"})
        await self._heard.get()


def serve(app: ASGI3Application, listener: socket.socket) -> None:
    """Serve ``app`` on ``listener`` until SIGTERM or SIGINT; raise StartupFailed."""
    make_ready()
    lifespan = Lifespan(app)
    twisted_loop.run_until_complete(lifespan.start())
    Server(
        app,
        endpoints=[f"fd:fileno={listener.fileno()}"],
        # Its request log would contain tickets and tokens.
        action_logger=None,
        verbosity=0,
        server_name="",
        websocket_max_message_size=MAX_FRAME_BYTES,
        websocket_max_frame_size=MAX_FRAME_BYTES,
        ping_interval=20,
        ping_timeout=20,
    ).run()
    twisted_loop.run_until_complete(lifespan.stop())
