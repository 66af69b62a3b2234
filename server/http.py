"""An HTTP connection with time limits and small buffers for slow peers.

uvicorn waits without limit for the head and the body of a request, and accepts a head of any size.
A slow peer costs a connection and its memory, so every wait here has an end:

- the head must be complete HEAD_TIMEOUT_S after the connection or its first byte;
- a body must bring MIN_BODY_BYTES in each BODY_WINDOW_S, not counting time in which we do not
  read; fields after it (trailers) are limited and dropped;
- few pipelined requests are parsed before an earlier one is answered;
- at most MAX_HEADLESS connections may be without a complete head; the oldest is closed first;
- a peer that takes nothing of our answer for UNTAKEN_S is cut off. A paused film may take that
  long; its player asks for the rest again.

A request that comes too slowly is answered with 408.
"""

from asyncio import TimerHandle
from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from core.errors import BadRequest, StreamItError, TooLarge
from core.http import error_reply
from core.per_loop import PerLoop
from server.breaking_off import BREAK_OFF

HEAD_TIMEOUT_S = 10.0
MAX_HEAD_BYTES = 32 * 1024
# Bytes parsed at a time: the smallest requests take forty times their size in memory.
SLICE_BYTES = 8 * 1024
BODY_WINDOW_S = 30.0
MIN_BODY_BYTES = 8 * 1024
UNTAKEN_S = 3600.0
# All connections that may come in one turn of the loop (the listen backlog, 2048) must fit: they
# are accepted before anything is read from them.
MAX_HEADLESS = 4096

Headless = dict["RequestProtocol", None]
# The connections of one server without a complete head, the oldest first.
_headless: PerLoop[Headless] = PerLoop(dict)


class _TooSlow(BadRequest):
    code = "timeout"
    status = HTTPStatus.REQUEST_TIMEOUT
    retriable = True
    message = "The request took too long to arrive."


class _HeadTooLarge(TooLarge):
    code = "head_too_large"
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    message = f"The head of a request may have at most {MAX_HEAD_BYTES // 1024} KiB."


class RequestProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection with a limit for each wait."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._headless = _headless.get()
        self._head_bytes = 0
        # What the parser has just got.
        self._slice = memoryview(b"")
        self._body_bytes = 0
        self._in_body = False
        # Bytes since the last part of the body: its framing, or trailers.
        self._between_bytes = 0
        # Received, but waits until earlier requests are answered.
        self._unread = b""
        # Whether we have paused reading in this window.
        self._held_up = False
        self._timer: TimerHandle | None = None
        self._over = False
        # Since when the peer has taken nothing, and the timer that checks it.
        self._untaken_since_s: float | None = None
        self._untaken_timer: TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Any unsent byte makes the sender wait: a viewer who stops reading holds only the one
        # piece that is being sent, not two.
        transport.set_write_buffer_limits(high=0)
        self._await_head()
        if len(self._headless) > MAX_HEADLESS:
            next(iter(self._headless)).refuse(_TooSlow())

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()
        self._stop_watching()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._untaken_since_s = self.loop.time()
        # It keeps running when the peer takes something: sending a film pauses many times a second.
        if self._untaken_timer is None:
            self._untaken_timer = self.loop.call_later(UNTAKEN_S, self._judge_taking)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._untaken_since_s = None

    def data_received(self, data: bytes) -> None:
        rest = memoryview(self._unread + data)
        while rest and not self.pipeline and not self._is_over():
            size = self._most_at_a_time()
            self._take(rest[:size])
            rest = rest[size:]
        self._unread = bytes(rest)
        if self._unread:
            self.flow.pause_reading()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._unread and not self.pipeline:
            self.data_received(b"")

    def _most_at_a_time(self) -> int:
        """Return how much the parser may get at once: of a head, no more than it may have."""
        if self in self._headless:
            return min(SLICE_BYTES, MAX_HEAD_BYTES - self._head_bytes)
        return SLICE_BYTES

    def _take(self, data: memoryview) -> None:
        """Pass data to the parser, and update the limits."""
        self._slice = data
        self._head_bytes += len(data)
        self._between_bytes += len(data)
        super().data_received(data)  # type: ignore[arg-type] # the parser takes any buffer
        if self._is_over():
            return
        if self._in_body:
            if self._timer is None:
                self._await_body()
        elif self._timer is None and not self._is_answering():
            # Only blank lines have come, which end uvicorn's keep-alive timer.
            self._head_bytes = len(data)
            self._await_head()
        if self in self._headless:
            is_too_large = self._head_bytes >= MAX_HEAD_BYTES
        else:
            # Counted from the end of a slice, so it may be one more.
            is_too_large = self._in_body and self._between_bytes >= MAX_HEAD_BYTES - SLICE_BYTES
        if is_too_large:
            self.refuse(_HeadTooLarge())

    # --- called by the parser --------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self not in self._headless:
            # Of these bytes, those before a blank line belong to an earlier request.
            *_, begun = bytes(self._slice).rpartition(b"\r\n\r\n")
            self._head_bytes = len(begun)
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        # uvicorn would add trailers to the header fields, which RFC 9110 section 6.5.1
        # forbids.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._in_body = True
        self._between_bytes = 0
        self._body_bytes = 0
        self._held_up = False
        super().on_headers_complete()
        if self.cycle is not None and self.cycle.scope is self.scope:
            offers: dict[str, Any] = {BREAK_OFF: partial(self._break_off, self.cycle)}
            self.scope["extensions"] = offers

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._body_bytes += len(body)
        self._between_bytes = 0
        self._held_up = self._held_up or self.flow.read_paused

    def on_message_complete(self) -> None:
        self._in_body = False
        self._stop_waiting()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._stop_waiting()
        self._stop_watching()
        self._over = True
        self.transport.set_write_buffer_limits()
        super().handle_websocket_upgrade()

    # --- waiting ----------------------------------------------------------------------

    def _await_head(self) -> None:
        self._headless[self] = None
        self._timer = self.loop.call_later(HEAD_TIMEOUT_S, self._head_is_late)

    def _await_body(self) -> None:
        self._timer = self.loop.call_later(BODY_WINDOW_S, self._judge_body)

    def _stop_waiting(self) -> None:
        self._headless.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        if self._is_answering():
            # The next request has begun to come; its time begins after this answer.
            self._stop_waiting()
            self._await_head()
        else:
            self.refuse(_TooSlow())

    def _judge_body(self) -> None:
        self._timer = None
        self._held_up = self._held_up or self.flow.read_paused
        waits_for_us = self._held_up or self.cycle.waiting_for_100_continue
        if waits_for_us or self._body_bytes >= MIN_BODY_BYTES:
            self._body_bytes = 0
            self._held_up = self.flow.read_paused
            self._await_body()
        else:
            self.refuse(_TooSlow())

    def _judge_taking(self) -> None:
        self._untaken_timer = None
        if self._untaken_since_s is None:
            return
        left_s = self._untaken_since_s + UNTAKEN_S - self.loop.time()
        if left_s > 0:
            self._untaken_timer = self.loop.call_later(left_s, self._judge_taking)
        else:
            # Closing would wait until the peer has taken everything.
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._untaken_timer is not None:
            self._untaken_timer.cancel()
            self._untaken_timer = None

    def _break_off(self, cycle: RequestResponseCycle) -> None:
        if not cycle.response_complete:
            self._tell_that_the_peer_is_gone(cycle)
            self.transport.close()

    def _tell_that_the_peer_is_gone(self, cycle: RequestResponseCycle) -> None:
        cycle.disconnected = True
        cycle.message_event.set()

    def _is_over(self) -> bool:
        return self._over or self.transport.is_closing()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def send_400_response(self, msg: str) -> None:
        self.refuse(BadRequest())

    def refuse(self, error: StreamItError) -> None:
        """Answer with ``error`` if that is still possible, and close the connection."""
        self._stop_waiting()
        self._over = True
        if self.transport.is_closing():
            return
        began = self._is_answering() and self.cycle.response_started
        answered_early = self._in_body and not self._is_answering()
        if not began and not answered_early:
            reply = error_reply(error)
            lines = {**reply.headers, "Content-Length": str(len(reply.body)), "Connection": "close"}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            self.transport.write(
                STATUS_LINE[reply.status] + head.encode("latin-1") + b"\r\n" + reply.body
            )
        if self._is_answering():
            # The application waits for the body.
            self._tell_that_the_peer_is_gone(self.cycle)
        self.transport.close()
