"""A WebSocket connection that rooms can write to directly, and that limits what it reads.

A room writes one pre-built frame to hundreds of sockets. ``await send()`` would cost a coroutine
for each frame and block on a viewer who has stopped reading; this connection writes directly to the
transport and tells how many bytes are still unsent.

Applications do not see frames that are too large, pings, pongs and fragments, so these are limited
here, with the rooms' close codes.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

from core import metrics
from core.close_codes import CloseCode
from server.token_bucket import TokenBucket
from server.wire import WIRE

# Messages above this are refused by their announced length, before they are buffered. Rooms allow
# far less (4 KiB).
MAX_FRAME_BYTES = 64 * 1024
# Limits on pings, pongs and fragments. Browsers send none for short messages; libraries send a ping
# or pong every few seconds.
PING_BURST = 20
PINGS_PER_SECOND = 2.0
MAX_FRAGMENTS = 64
CLOSE_HANDSHAKE_S = 5.0
# The same when the server ends, which waits no longer than server.GRACEFUL_SHUTDOWN_S.
LEAVING_S = 2.0
# Bytes parsed at a time: one read of uvloop can bring 40,000 of the smallest frames, and parsing
# them takes half a second in which nothing else happens.
SLICE_BYTES = 4 * 1024
# Bytes read from a peer that keeps sending after we closed: parsed at first, to find its close
# frame, and then dropped, so that the peer gets our close code. (Closing a connection with unread
# data resets it, and the peer may lose our close frame.)
LATE_PARSED_BYTES = 16 * 1024
LATE_BYTES = 4 * 1024 * 1024
# The system's send buffer of a viewer who does not read is memory of the machine, and is sent
# before anything newer. By default it grows to megabytes. Linux doubles the value for its own
# bookkeeping (socket(7)): 128 KiB.
SEND_BUFFER_BYTES = 64 * 1024


class WatchedTransport:
    """A transport that can be bypassed while its buffer is empty.

    ``descriptor`` is that of the socket, or -1 if bytes may wait in the transport or it is closing;
    then everything must go through the transport. Writing to it or closing it sets -1; the
    protocol sets the descriptor again when everything has been sent.
    """

    __slots__ = ("_transport", "descriptor")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.descriptor = -1

    def write(self, data: bytes) -> None:
        self.descriptor = -1
        self._transport.write(data)

    def write_eof(self) -> None:
        self.descriptor = -1
        self._transport.write_eof()

    def close(self) -> None:
        self.descriptor = -1
        self._transport.close()

    def abort(self) -> None:
        self.descriptor = -1
        self._transport.abort()

    # Called for every message, and ``__getattr__`` is slow.

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class RoomSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket connection; applications get it as ``scope["extensions"]["streamit.wire"]``."""

    fast_path: WatchedTransport
    _descriptor: int
    _dropped = False
    # Frames can no longer be parsed; everything that comes is dropped.
    _deaf = False
    _late_bytes = 0
    # Received, but waits until the application has taken earlier messages.
    _unread = b""
    _pings: TokenBucket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.fast_path = WatchedTransport(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", self.fast_path))

    def connection_lost(self, exc: Exception | None) -> None:
        # From now on the descriptor may belong to another connection.
        self.fast_path.descriptor = -1
        super().connection_lost(exc)

    def eof_received(self) -> None:
        # The transport closes itself afterwards.
        self.fast_path.descriptor = -1

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[WIRE] = self
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            self._descriptor = connection.fileno()

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._count_late(data)
        self._feed(self._unread + data)

    def _feed(self, data: bytes) -> None:
        """Parse until a message waits for the application, and keep the rest."""
        while data and not self.read_paused and not self._deaf:
            part, data = data[:SLICE_BYTES], data[SLICE_BYTES:]
            super().data_received(part)
            if self.close_sent:
                self._count_late(part)
        self._unread = b"" if self._deaf else data

    def _count_late(self, data: bytes) -> None:
        self._late_bytes += len(data)
        self._deaf = self._deaf or self._late_bytes > LATE_PARSED_BYTES
        if self._late_bytes > LATE_BYTES:
            self.transport.abort()

    async def receive(self) -> Any:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._feed(self._unread)
            if not self.read_paused:
                self.transport.resume_reading()
        return message

    def shutdown(self) -> None:
        if not self.handshake_complete or self.close_sent or self._may_speak():
            super().shutdown()
        else:
            # The peer has sent a close frame, and was answered.
            self.stop_keepalive()
            self.transport.close()
        self._cut_after(LEAVING_S)

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._cut_after(CLOSE_HANDSHAKE_S)

    def handle_parser_exception(self) -> None:
        if isinstance(self.conn.parser_exc, PayloadTooBig) and self._is_open():
            # The websockets library would close with 1009 and end the connection at once.
            self.conn.data_to_send()
            self._deaf = True
            metrics.closes.labels(int(CloseCode.TOO_LARGE)).inc()
            frame = Frame(Opcode.CLOSE, Close(CloseCode.TOO_LARGE, "too large").serialize())
            self._drop(CloseCode.TOO_LARGE, "too large", frame.serialize(mask=False))
            # The peer's close frame can no longer be parsed, but the end of the connection is seen.
            self.transport.write_eof()
        else:
            super().handle_parser_exception()

    def handle_ping(self) -> None:
        if self._may_ping():
            self._aside(super().handle_ping)
        else:
            self.refuse(CloseCode.FLOODING, "too many pings")

    def handle_pong(self, event: Frame) -> None:
        if bytes(event.data) == self.pending_ping_payload:
            super().handle_pong(event)
        # An unsolicited pong is a sign of life (RFC 6455 section 5.5.3).
        elif not self._may_ping():
            self.refuse(CloseCode.FLOODING, "too many pongs")

    def _may_ping(self) -> bool:
        """Count a ping or pong; False if there are too many."""
        now_s = self.loop.time()
        if self._pings is None:
            self._pings = TokenBucket(burst=PING_BURST, per_second=PINGS_PER_SECOND, now_s=now_s)
        return self._pings.take(now_s)

    def handle_cont(self, event: Frame) -> None:
        # The websockets library counts the bytes of fragments, and empty ones have none.
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
        else:
            self.frames = []
            self.refuse(CloseCode.MALFORMED, "too many fragments")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            # uvicorn would close with 1007 and log a traceback, which anybody could cause. As
            # bytes it reaches the room, which refuses it with its own code.
            self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def offer(self, frame: bytes, *, most_bytes: int) -> bool:
        """Send a complete pre-built frame; False if ``most_bytes`` wait already.

        Never waits. On a closing socket it does nothing and returns True.
        """
        fast_path = self.fast_path
        if self.close_sent or fast_path.is_closing():
            return True
        waiting_bytes = fast_path.get_write_buffer_size()
        if waiting_bytes >= most_bytes:
            return False
        fast_path.write(frame)
        self._open_fast_path()
        return True

    def close(self, code: int, reason: str = "") -> None:
        """Close the connection, however slowly the peer reads; the application sees a disconnect.

        The transport is aborted if the closing handshake is not done in time.
        """
        if self._may_speak():
            self.conn.send_close(code, reason)
            self._drop(code, reason, b"".join(self.conn.data_to_send()))

    def refuse(self, code: CloseCode, reason: str) -> None:
        """Close the connection because of something the peer sent."""
        if self._may_speak():
            metrics.closes.labels(int(code)).inc()
            self.close(code, reason)
        elif not self.handshake_complete:
            # A peer that sends before the handshake is answered gets no answer.
            self._deaf = True
            self.transport.abort()

    def _drop(self, code: int, reason: str, last_words: bytes) -> None:
        self.stop_keepalive()
        self._dropped = self.close_sent = True
        self.transport.write(last_words)
        # Drop everything that was received before.
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            # The peer's close frame must be read.
            self.read_paused = False
            self.transport.resume_reading()
        self.writable.set()
        self._cut_after(CLOSE_HANDSHAKE_S)

    async def send(self, message: Any) -> None:
        await self.writable.wait()
        if not self._dropped:
            await super().send(message)
        elif message["type"] != "websocket.close":
            raise ClientDisconnected

    def send_keepalive_ping(self) -> None:
        self._aside(super().send_keepalive_ping)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._cut_after(CLOSE_HANDSHAKE_S)

    def _cut_after(self, seconds: float) -> None:
        """Abort the connection after ``seconds`` unless it has ended by itself.

        ``transport.close()`` waits for its buffer, which a dead peer, or one that no longer
        reads, never takes.
        """
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(seconds, self.transport.abort)

    def _aside(self, write: Callable[[], None]) -> None:
        """Let the protocol write a control frame, and open the fast path again if it was open.

        If it was closed it stays closed: a room may have queued frames that come first.
        """
        was_open = self.fast_path.descriptor >= 0
        write()
        if was_open:
            self._open_fast_path()

    def _open_fast_path(self) -> None:
        """Open the fast path if the transport's buffer is empty and the connection is open."""
        if self._may_speak() and not self.fast_path.get_write_buffer_size():
            self.fast_path.descriptor = self._descriptor

    def _may_speak(self) -> bool:
        """Tell whether neither side has sent a close frame.

        The websockets library answers a close frame as soon as it has parsed it, before we know.
        """
        return self._is_open() and self.conn.state is State.OPEN

    def _is_open(self) -> bool:
        return (
            self.handshake_complete
            and not self.close_sent
            and not self.disconnected
            and not self.transport.is_closing()
        )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
