"""The send queue of a socket. It never makes the writer wait.

A viewer who stops reading must not hold up the room. While they do not read, only the newest
playback state and a bounded backlog are kept for them; past a limit of bytes or seconds their
socket is closed with 4408.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from core import metrics
from core.close_codes import CloseCode
from server.wire import FastPath, Frame, NoFastPath, Wire

# A viewer is behind if the operating system has not yet taken this many bytes.
BEHIND_BYTES = 128 * 1024
BACKLOG_BYTES = 256 * 1024
BEHIND_SECONDS = 15.0


class SendQueue(Protocol):
    """Sends frames to one socket."""

    @property
    def fast_path(self) -> FastPath:
        """Where a room may write directly while nothing waits in the queue."""

    @property
    def is_closed(self) -> bool:
        """Whether the socket is closed, or will be once the close frame is taken."""

    def send(self, frame: Frame) -> None:
        """Send or queue ``frame``; returns at once."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close the socket; frames sent afterwards are dropped."""

    def tend(self) -> None:
        """Send queued frames if possible; close the socket of a viewer who is behind too long."""


class Backlog:
    """Frames that wait for a viewer who is behind, and since when."""

    __slots__ = ("_behind_since", "_bytes", "_frames", "_newest", "_now_s")

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._newest: Frame | None = None
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._behind_since = now_s()

    def __bool__(self) -> bool:
        return self._newest is not None or bool(self._frames)

    def keep(self, frame: Frame) -> None:
        """Add ``frame``; it replaces older ones if only the newest of its kind counts."""
        if frame.newest_only:
            if self._newest is not None:
                self._bytes -= len(self._newest.wire)
            self._newest = frame
        else:
            self._drop_older(frame.kind)
            self._frames.append(frame)
        self._bytes += len(frame.wire)

    def _drop_older(self, kind: str) -> None:
        older = next((frame for frame in self._frames if kind and frame.kind == kind), None)
        if older is not None:
            self._frames.remove(older)
            self._bytes -= len(older.wire)

    def first(self) -> Frame:
        """Return the next frame."""
        return self._newest or self._frames[0]

    def drop_first(self) -> None:
        """Remove the first frame, which is being sent."""
        dropped, self._newest = self._newest, None
        self._bytes -= len((dropped or self._frames.popleft()).wire)

    def is_too_long(self) -> bool:
        """Tell whether too many bytes wait, or have waited for too long."""
        return self._bytes > BACKLOG_BYTES or self._now_s() - self._behind_since > BEHIND_SECONDS


class WireSendQueue:
    """Writes pre-built frames directly to the transport and watches its buffer."""

    __slots__ = ("_backlog", "_closed", "_now_s", "_wire")

    def __init__(self, wire: Wire, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._wire = wire
        self._now_s = now_s
        self._backlog: Backlog | None = None
        self._closed = False

    @property
    def fast_path(self) -> FastPath:
        return self._wire.fast_path

    @property
    def is_closed(self) -> bool:
        return self._closed

    def send(self, frame: Frame) -> None:
        if self._closed:
            return
        if self._backlog is None:
            if self._wire.offer(frame.wire, most_bytes=BEHIND_BYTES):
                return
            self._backlog = Backlog(self._now_s)
        self._backlog.keep(frame)
        self.tend()

    def close(self, code: CloseCode, reason: str = "") -> None:
        if not self._closed:
            self._closed = True
            metrics.closes.labels(int(code)).inc()
            self._backlog = None
            self._wire.close(code, reason)

    def tend(self) -> None:
        waiting = self._backlog
        if waiting is None:
            return
        while waiting and self._wire.offer(waiting.first().wire, most_bytes=BEHIND_BYTES):
            waiting.drop_first()
        if not waiting:
            self._backlog = None
        elif waiting.is_too_long():
            self.close(CloseCode.TOO_SLOW, "too slow")


class AsgiSendQueue:
    """Sends through plain ASGI, for servers that do not expose their transport (Daphne).

    If ``send`` waits for a slow viewer, they are behind and their socket is closed in the end.
    Daphne's ``send`` does not wait: Daphne keeps unread frames in its own memory, and closes the
    connection if a ping is not answered.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fast_path = NoFastPath()
        self._send = send
        self._now_s = now_s
        # Frames that came since the task last ran are sent in order.
        self._fresh: deque[Frame] = deque()
        self._backlog: Backlog | None = None
        self._is_waiting = False
        self._task: asyncio.Task[None] | None = None
        self._last_words: dict[str, Any] | None = None

    def send(self, frame: Frame) -> None:
        if self.is_closed:
            return
        if self._is_waiting:
            self._backlog = self._backlog or Backlog(self._now_s)
            self._backlog.keep(frame)
            self.tend()
        else:
            self._fresh.append(frame)
            self._start_draining()

    def close(self, code: CloseCode, reason: str = "") -> None:
        if not self.is_closed:
            metrics.closes.labels(int(code)).inc()
            self._last_words = {"type": "websocket.close", "code": int(code), "reason": reason}
            self._start_draining()

    @property
    def is_closed(self) -> bool:
        return self._last_words is not None

    def tend(self) -> None:
        if not self.is_closed and self._backlog and self._backlog.is_too_long():
            self._backlog = None
            self.close(CloseCode.TOO_SLOW, "too slow")

    def _start_draining(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        # The socket may have gone while frames wait; each server raises a different error then.
        with contextlib.suppress(Exception):
            while frame := self._next():
                await self._pass_on({"type": "websocket.send", "text": frame.text})
            self._backlog = None
            if self._last_words is not None:
                await self._pass_on(self._last_words)

    def _next(self) -> Frame | None:
        if self._fresh:
            return self._fresh.popleft()
        if self._backlog:
            frame = self._backlog.first()
            self._backlog.drop_first()
            return frame
        return None

    async def _pass_on(self, message: dict[str, Any]) -> None:
        # Frames that come during ``send`` mean that the server waits for the viewer.
        self._is_waiting = True
        try:
            await self._send(message)
        finally:
            self._is_waiting = False
