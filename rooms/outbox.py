"""The way out to one socket: it never makes the writer wait.

A viewer who stops reading must not hold up the room. While he does not read, only the
newest playback state and a bounded backlog are kept for him; past a bound of bytes or
seconds he is dropped with 4408.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from core import metrics
from rooms.protocol import CloseCode

# A viewer is behind when this much is not yet taken by the operating system.
BEHIND_BYTES = 128 * 1024
BACKLOG_BYTES = 256 * 1024
BEHIND_SECONDS = 15.0

WIRE = "streamit.wire"


class Frame:
    """One message, encoded once for every socket it goes to.

    ``wire`` is the complete, unmasked WebSocket text frame (RFC 6455 section 5.2). A
    ``newest_only`` frame replaces an older one of its kind that still waits, and goes
    before whatever else waits: chat must not delay playback.
    """

    __slots__ = ("newest_only", "text", "wire")

    def __init__(self, text: str, *, newest_only: bool = False) -> None:
        self.text = text
        self.newest_only = newest_only
        self.wire = WebSocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Wire(Protocol):
    """What our uvicorn protocol lets a consumer do with its transport."""

    def offer(self, frame: bytes, *, most_bytes: int) -> bool: ...
    def close(self, code: int, reason: str) -> None: ...


class Outbox(Protocol):
    """Where frames for one socket go."""

    def send(self, frame: Frame) -> None:
        """Send or keep ``frame``; returns at once."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close the socket; what is sent afterwards is dropped."""

    def tend(self) -> None:
        """Send what waits if it can go now; drop a viewer who has been behind too long."""


class WireOutbox:
    """Writes pre-built frames straight to the transport and watches its buffer."""

    def __init__(self, wire: Wire, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._wire = wire
        self._now_s = now_s
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._behind_since: float | None = None
        self._closed = False

    def send(self, frame: Frame) -> None:
        if self._closed:
            return
        if not self._waiting and self._wire.offer(frame.wire, most_bytes=BEHIND_BYTES):
            return
        self._keep(frame)
        self.tend()

    def close(self, code: CloseCode, reason: str = "") -> None:
        if not self._closed:
            self._closed = True
            metrics.closes.labels(int(code)).inc()
            self._waiting.clear()
            self._wire.close(code, reason)

    def tend(self) -> None:
        if self._closed or not self._waiting:
            return
        while self._waiting and self._wire.offer(self._waiting[0].wire, most_bytes=BEHIND_BYTES):
            self._waiting_bytes -= len(self._waiting.popleft().wire)
        if not self._waiting:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = self._now_s()
        elif (
            self._waiting_bytes > BACKLOG_BYTES
            or self._now_s() - self._behind_since > BEHIND_SECONDS
        ):
            self.close(CloseCode.TOO_SLOW, "too slow")

    def _keep(self, frame: Frame) -> None:
        if frame.newest_only:
            for old in [waiting for waiting in self._waiting if waiting.newest_only]:
                self._waiting.remove(old)
                self._waiting_bytes -= len(old.wire)
            self._waiting.appendleft(frame)
        else:
            self._waiting.append(frame)
        self._waiting_bytes += len(frame.wire)


class AsgiOutbox:
    """Sends through plain ASGI, for servers that do not show their transport (Daphne)."""

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: deque[dict[str, Any]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def send(self, frame: Frame) -> None:
        if not self._closed:
            self._queue({"type": "websocket.send", "text": frame.text})

    def close(self, code: CloseCode, reason: str = "") -> None:
        if not self._closed:
            self._closed = True
            metrics.closes.labels(int(code)).inc()
            self._queue({"type": "websocket.close", "code": int(code), "reason": reason})

    def tend(self) -> None:
        """Nothing to do: the server's own buffer is out of sight."""

    def _queue(self, message: dict[str, Any]) -> None:
        self._waiting.append(message)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        # The socket may be gone while frames for it wait; each server says so in its own way.
        with contextlib.suppress(Exception):
            while self._waiting:
                await self._send(self._waiting.popleft())
