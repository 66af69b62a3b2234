"""Viewers who reconnect by themselves, by the rules of the page (web/src/net/socket.ts)."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from picows import WSCloseCode, WSError, WSFrame, WSMsgType, WSTransport, ws_connect

from bench.rig.crowd import Viewer

# web/src/net/reconnect.ts and socket.ts
FIRST_S = 0.3
CAP_S = 8.0
WELCOME_S = 8.0
STABLE_S = 5.0
RESUMES_BEFORE_JOIN = 3
TICKET_SPENT = 4401
UNAVAILABLE = 4503
LOST = 1006

Message = dict[str, Any]


def backoff_s(attempt: int, code: int) -> float:
    """Return how long to wait before an attempt; 0 is the first one after a loss."""
    ceiling_s = min(CAP_S, FIRST_S * 2.0 ** min(attempt, 16))
    if code == UNAVAILABLE:
        return 0.5 + random.random() * min(CAP_S, 2 * ceiling_s)
    return random.random() * ceiling_s


class _Line(Viewer):
    """One connection of a returning viewer."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self._hear = hear
        self.welcome: asyncio.Future[Message] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        super().on_ws_frame(transport, frame)
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        super().on_ws_disconnected(transport)
        if not self.closed.done():
            self.closed.set_result(self.close_code or LOST)

    async def is_welcomed(self) -> bool:
        """Wait for WELCOME; return False if it does not come in time or the socket closes."""
        first: set[asyncio.Future[Any]] = {self.welcome, self.closed}
        await asyncio.wait(first, timeout=WELCOME_S, return_when=asyncio.FIRST_COMPLETED)
        return self.welcome.done()

    def heard(self, payload: bytes) -> None:
        if not self.welcome.done() and payload.startswith(b'{"type":"WELCOME"'):
            self.welcome.set_result(json.loads(payload))
        self._hear(payload)


async def is_let_in(address: str) -> bool:
    """Try an address once; tell whether WELCOME came."""
    line = _Line(lambda _payload: None)
    await ws_connect(lambda: line, address, websocket_handshake_timeout=WELCOME_S)
    try:
        return await line.is_welcomed()
    finally:
        line.transport.disconnect()


class Returning:
    """A viewer who stays in a room, whatever happens to the connection.

    ``join`` returns a socket address with a new ticket, over REST.
    """

    def __init__(self, join: Callable[[], Awaitable[str]]) -> None:
        self._join = join
        self.line: _Line | None = None
        # The last WELCOME, and when each came; None marks times without a connection.
        self.welcome: Message = {}
        self.welcomed_s: list[float] = []
        self.spent: list[str] = []
        self.attempts = self.joins = self.refusals = 0

    async def stay(self) -> None:
        """Connect, and reconnect each time; runs until cancelled."""
        address, attempt, resumes = await self._join(), 0, 0
        while True:
            live_since_s, code = await self._visit(address)
            if live_since_s is not None:
                address = f"{address.partition('?')[0]}?ticket={self.welcome['resume']}"
                resumes = 0
                if time.perf_counter() - live_since_s >= STABLE_S:
                    attempt = 0
            if code == TICKET_SPENT:
                self.refusals += 1
                resumes = RESUMES_BEFORE_JOIN
            await asyncio.sleep(backoff_s(attempt, code))
            attempt += 1
            if resumes >= RESUMES_BEFORE_JOIN:
                self.joins += 1
                address, resumes = await self._join(), 0
            else:
                resumes += 1

    async def _visit(self, address: str) -> tuple[float | None, int]:
        """Connect and stay until the socket closes; return when WELCOME came and the close code."""
        self.attempts += 1
        line = _Line(self.heard)
        try:
            await ws_connect(lambda: line, address, websocket_handshake_timeout=WELCOME_S)
        except (OSError, WSError, TimeoutError):
            return None, LOST
        try:
            if not await line.is_welcomed():
                return None, line.closed.result() if line.closed.done() else LOST
            self.spent.append(address)
            self.line, self.welcome = line, line.welcome.result()
            self.welcomed_s.append(time.perf_counter())
            self.welcomed()
            return self.welcomed_s[-1], await line.closed
        finally:
            self.line = None
            line.transport.disconnect()

    def welcomed(self) -> None:
        """Handle the WELCOME of a new connection."""

    def heard(self, payload: bytes) -> None:
        """Handle one message."""


class Commander(Returning):
    """The host: gives one command after another, and resends each until it is answered."""

    def __init__(self, join: Callable[[], Awaitable[str]]) -> None:
        super().__init__(join)
        self.given = 0
        self.revisions: list[int] = []
        self._unanswered: Message | None = None
        self._answered = asyncio.Event()

    async def command(self) -> None:
        """Give a command, and return once it is answered."""
        self.given += 1
        self._unanswered = {"type": "SEEK", "position": self.given, "id": f"c{self.given}"}
        self._answered.clear()
        self._ask()
        await self._answered.wait()

    def welcomed(self) -> None:
        self._ask()

    def _ask(self) -> None:
        if self.line is not None and self._unanswered is not None:
            self.line.say(json.dumps(self._unanswered))

    def heard(self, payload: bytes) -> None:
        if self._unanswered is None:
            return
        message = json.loads(payload)
        if message.get("id") == self._unanswered["id"] and "revision" in message:
            self.revisions.append(message["revision"])
            self._unanswered = None
            self._answered.set()
