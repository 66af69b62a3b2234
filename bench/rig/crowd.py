"""Thousands of cheap sockets: the protocol runs in C, and only the counting in Python."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from socket import socket

import httpx2
from picows import WSFrame, WSListener, WSMsgType, WSParsedURL, WSTransport, ws_connect

from bench.rig.people import Somebody
from bench.rig.system import PATIENCE_S

# How many handshakes run at once, unless a bench measures the rush itself.
DOORS = 32
ASKING_AT_ONCE = 24


class Lost(Exception):
    """The server closed sockets that the bench needs."""


class Viewer(WSListener):
    """One socket. Subclasses override ``heard``."""

    transport: WSTransport
    close_code: int | None = None
    messages = 0
    received_bytes = 0
    gone = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.messages += 1
            self.received_bytes += frame.payload_size
            self.heard(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.close_code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone = True

    def heard(self, payload: bytes) -> None:
        """Handle one received message."""

    def say(self, text: str) -> None:
        """Send one message."""
        self.transport.send(WSMsgType.TEXT, text.encode())


class Audience:
    """Records when each of ``size`` listeners received the result of a host's commands.

    The result is a message that begins with the first field of ``PLAYBACK_STATE``, with which no
    other message begins.
    """

    def __init__(self, size: int, beginning: bytes = b'{"revision":') -> None:
        self.size = size
        self._beginning = beginning
        self.latencies_s: list[float] = []
        self.until_all_s: list[float] = []
        self.last = b""
        self._sent_s = 0.0
        self._left = 0
        self._failed = ""
        self._all = asyncio.Event()

    def forget(self) -> None:
        """Clear the record."""
        self.latencies_s.clear()
        self.until_all_s.clear()

    def hear(self, payload: bytes) -> None:
        """Record a message of one listener."""
        if self._left and payload.startswith(self._beginning):
            self.latencies_s.append(time.perf_counter() - self._sent_s)
            self._left -= 1
            if not self._left:
                self.last = payload
                self.until_all_s.append(self.latencies_s[-1])
                self._all.set()
        elif payload.startswith(b'{"type":"ERROR"'):
            self._failed = payload.decode()
            self._all.set()

    async def command(self, host: Viewer, command: str) -> None:
        """Send ``command`` from ``host``, and wait until everyone has received the result.

        Raises Lost if the answer is an ERROR.
        """
        self._all.clear()
        self._left = self.size
        self._sent_s = time.perf_counter()
        host.say(command)
        await asyncio.wait_for(self._all.wait(), PATIENCE_S)
        if self._failed:
            raise Lost(self._failed)


class Listener(Viewer):
    """A viewer in an audience."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience

    def heard(self, payload: bytes) -> None:
        self._audience.hear(payload)


class SocketIoListener(Listener):
    """A viewer in an audience that speaks socket.io 4 (over engine.io 4)."""

    SAID = b'42["said",'
    PATH = "socket.io/?EIO=4&transport=websocket"

    def heard(self, payload: bytes) -> None:
        if payload.startswith(b"0{"):
            self.say("40")
        elif payload == b"2":
            self.say("3")
        else:
            super().heard(payload)


async def connect(
    url: str, viewer: Viewer, *, line: Callable[[WSParsedURL], Awaitable[socket]] | None = None
) -> None:
    """Open one socket for ``viewer``, over a connection made by ``line`` if given."""
    await ws_connect(
        lambda: viewer, url, websocket_handshake_timeout=PATIENCE_S, socket_factory=line
    )


async def connect_all(
    urls: Iterable[str], viewers: Sequence[Viewer], *, at_once: int = DOORS
) -> None:
    """Open a socket for each viewer, a limited number at once."""
    doors = asyncio.Semaphore(at_once)

    async def enter(url: str, viewer: Viewer) -> None:
        async with doors:
            await connect(url, viewer)

    await asyncio.gather(*(enter(*pair) for pair in zip(urls, viewers, strict=True)))


async def settled(viewers: Sequence[Viewer], *, quiet_s: float = 0.6) -> None:
    """Wait until nobody has received anything for ``quiet_s``; raise Lost if a socket closed."""
    before = -1
    while (now := sum(viewer.messages for viewer in viewers)) != before:
        before = now
        await asyncio.sleep(quiet_s)
    if gone := [viewer.close_code for viewer in viewers if viewer.gone]:
        raise Lost(f"{len(gone)} sockets were closed, with {Counter(gone)}")


@asynccontextmanager
async def leaving(viewers: Sequence[Viewer]) -> AsyncIterator[None]:
    """Close the viewers' sockets at the end."""
    try:
        yield
    finally:
        for viewer in viewers:
            viewer.transport.disconnect()


FILM = "https://youtu.be/aqz-KE-bpKQ"


async def create_room(rest: httpx2.AsyncClient, host: Somebody, **facts: object) -> str:
    """Create an open room hosted by ``host``; return its code."""
    facts = {"name": "Bench", "capacity": 100_000, "url": FILM, **facts}
    reply = await rest.post("/rooms", json=facts, headers=_as(host))
    reply.raise_for_status()
    return str(reply.json()["code"])


async def tickets(rest: httpx2.AsyncClient, code: str, people: Sequence[Somebody]) -> list[str]:
    """Join over REST; return each person's socket address with its ticket."""
    asking = asyncio.Semaphore(ASKING_AT_ONCE)

    async def ask(somebody: Somebody) -> str:
        async with asking:
            reply = await rest.post(f"/rooms/{code}/join", json={}, headers=_as(somebody))
        reply.raise_for_status()
        joined = reply.json()
        return f"{joined['ws_url']}?ticket={joined['ticket']}"

    return list(await asyncio.gather(*map(ask, people)))


def _as(somebody: Somebody) -> dict[str, str]:
    return {"Authorization": f"Bearer {somebody.token}"}
