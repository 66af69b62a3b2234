"""The responder alone on a real server, in a thread: what any storage gives, by raw sockets."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import uvicorn
import uvloop
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from core.http import error_reply
from library.serve.responder import send_file, send_reply
from library.storage.base import Storage, StorageError
from server.run import configure

START_TIMEOUT_S = 120

Making = Callable[[], AbstractAsyncContextManager[Storage]]


@dataclass(frozen=True, slots=True)
class Streaming:
    """A server that streams whatever key stands in the path."""

    storage: Storage

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        assert scope["type"] == "http"
        try:
            await send_file(
                scope,
                receive,
                send,
                storage=self.storage,
                key=scope["path"].removeprefix("/"),
                size_bytes=None,
                mime_type="video/mp4",
                headers={},
                content_headers={},
                ended=asyncio.Event(),
            )
        except StorageError as error:
            await send_reply(scope, send, error_reply(error), {})


@contextlib.contextmanager
def streaming(making: Making) -> Iterator[int]:
    """Serve what ``making`` makes, in the loop that serves it; give the port."""
    running: list[uvicorn.Server] = []
    failures: list[BaseException] = []
    ready = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def serve() -> None:
            async with making() as storage:
                config = configure(Streaming(storage))
                config.lifespan = "off"
                running.append(uvicorn.Server(config))
                ready.set()
                await running[0].serve(sockets=[listener])

        def work() -> None:
            try:
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    runner.run(serve())
            except BaseException as failure:
                failures.append(failure)
            finally:
                ready.set()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            assert ready.wait(START_TIMEOUT_S)
            if not failures:
                yield listener.getsockname()[1]
        finally:
            for server in running:
                server.should_exit = True
            thread.join()
        if failures:
            raise failures[0]


async def in_chunks(content: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]
