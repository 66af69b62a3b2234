"""The body of a request, read by a raw ASGI app as it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus

from asgiref.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseBodyEvent,
)

from core.errors import TooLarge
from core.http import ErrorReply, start
from core.sizes import too_large

# How many unwanted bytes are read, so that the sender gets our answer.
DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_S = 10


class ClientGone(Exception):
    """The client has closed the connection, so there is nobody to answer."""


class RequestBody(AsyncIterator[bytes]):
    """Iterates over the body; raises ClientGone or TooLarge.

    It has no time limit of its own: server.http ends a body that does not come.
    """

    def __init__(self, receive: ASGIReceiveCallable, *, limit_bytes: int) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._beyond = too_large(limit_bytes)
        self._size_bytes = 0
        self._ended = False

    async def __anext__(self) -> bytes:
        while not self._ended:
            chunk = await self._next()
            if self._size_bytes > self._limit_bytes:
                raise self._beyond
            if chunk:
                return chunk
        raise StopAsyncIteration

    def limit(self, limit_bytes: int, beyond: TooLarge) -> None:
        """Set a lower limit, once the expected size is known; ``beyond`` is raised for more."""
        self._limit_bytes = limit_bytes
        self._beyond = beyond

    async def answer(self, send: ASGISendCallable, reply: ErrorReply) -> None:
        """Send ``reply``, even while the client is still sending.

        Closing a connection with unread data resets it, and the client may lose the answer.
        So the rest is read and dropped, up to a limit, before the answer is complete.
        """
        headers = dict(reply.headers)
        if reply.status != HTTPStatus.NO_CONTENT:  # RFC 9110 section 8.6
            headers["Content-Length"] = str(len(reply.body))
        if not self._ended:
            headers["Connection"] = "close"
        await start(send, reply.status, headers)
        await send(
            HTTPResponseBodyEvent(type="http.response.body", body=reply.body, more_body=True)
        )
        with suppress(ClientGone, TimeoutError):
            await self._drain()
        await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))

    async def _drain(self) -> None:
        stop_at = self._size_bytes + DRAIN_BYTES
        async with asyncio.timeout(DRAIN_S):
            while not self._ended and self._size_bytes < stop_at:
                await self._next()

    async def _next(self) -> bytes:
        event = await self._receive()
        if event["type"] != "http.request":
            raise ClientGone
        self._ended = not event["more_body"]
        self._size_bytes += len(event["body"])
        return event["body"]
