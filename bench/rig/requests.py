"""Sends one REST call over a new connection, as cheaply as Python allows."""

import asyncio
import json
from typing import Any

from bench.rig.system import PATIENCE_S

_END_OF_HEAD = b"\r\n\r\n"


class Refused(Exception):
    """The server responded with an error, or not at all."""


class _Call(asyncio.Protocol):
    """Collects what it receives until the server closes."""

    def __init__(self) -> None:
        self._received = bytearray()
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._received += data

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_result(bytes(self._received))


async def post(
    port: int, path: str, body: object, *, address: str, token: str | None = None
) -> dict[str, Any]:
    """Send ``body`` to this machine's ``port`` as if from ``address``; raise Refused.

    A server that trusts a proxy here believes ``address``; one that trusts none ignores it.
    """
    content = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"X-Forwarded-For: {address}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    request = "\r\n".join(lines).encode() + _END_OF_HEAD + content
    loop = asyncio.get_running_loop()
    transport, call = await loop.create_connection(_Call, "127.0.0.1", port)
    transport.write(request)
    answer = await asyncio.wait_for(call.answer, PATIENCE_S)
    head, _, text = answer.partition(_END_OF_HEAD)
    if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")):
        raise Refused(answer.decode("latin-1"))
    return dict(json.loads(text))
