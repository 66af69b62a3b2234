"""Our uvicorn in a thread of the test process, with an application of the test's own."""

import socket
import threading
from typing import Any

from server import run


class Stage:
    """A server on a free port; subclasses say what its application does."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server = run.Server(run.configure(self._run))
        self.ended_well = False
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],))
        self.thread.start()

    async def _run(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            self.ended_well = True
        else:
            await self.application(scope, receive, send)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self.server.end()
        self.thread.join(10)
