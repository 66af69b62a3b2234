"""A server that responds with exactly the bytes that a test gives it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Asked:
    """One received request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Raw:
    """A running raw server."""

    host: str = "127.0.0.1"
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    # Set when a client disconnects before it has the whole response.
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


# The bytes are sent as they are, then the server closes; so an empty reply just closes the
# connection. None sends nothing, and leaves the connection open until the client closes it.
Answer = Callable[[Asked], "bytes | AsyncIterator[bytes] | None"]


@contextlib.asynccontextmanager
async def raw_server(answer: Answer, host: str = "127.0.0.1") -> AsyncIterator[Raw]:
    """Run a server on loopback that responds to each request with what ``answer`` returns."""
    raw = Raw(host)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw.connected.set()
        try:
            asked = await _read(reader)
            raw.asked.append(asked)
            reply = answer(asked)
            if isinstance(reply, bytes):
                writer.write(reply)
                await writer.drain()
            else:
                sending = asyncio.ensure_future(_send(reply, writer))
                tasks.add(sending)
                await reader.read()
                raw.disconnected.set()
                sending.cancel()
        except (OSError, asyncio.IncompleteReadError):
            raw.disconnected.set()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        for task in tasks:
            task.cancel()


async def _send(reply: AsyncIterator[bytes] | None, writer: asyncio.StreamWriter) -> None:
    if reply is not None:
        with contextlib.suppress(OSError):
            async for data in reply:
                writer.write(data)
                await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in headers.items()}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)
