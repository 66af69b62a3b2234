"""A WebSocket connection that lets a room see what it writes.

A room writes one pre-built frame to hundreds of sockets. Going through ``await send()``
costs a coroutine a frame and blocks on a viewer who has stopped reading; the wire below
writes straight to the transport and tells how much of it is still unsent.
"""

from typing import Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

# Frames above this are refused before they are buffered; rooms allow far less (4 KiB) and
# answer 4413, which needs the frame to arrive.
MAX_FRAME_BYTES = 64 * 1024
CLOSE_HANDSHAKE_S = 5.0
WIRE = "streamit.wire"


class RoomSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection, reachable as ``scope["extensions"]["streamit.wire"]``."""

    _dropped = False

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[WIRE] = self

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            # uvicorn would close with 1007 and log a traceback for whoever likes to cause
            # one. As bytes it reaches the room, which refuses it with its own code.
            self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def write(self, frame: bytes) -> None:
        """Send one whole pre-built server frame; nothing happens on a closing socket.

        It never waits: the caller must watch ``buffered_bytes()``.
        """
        if self._is_open():
            self.transport.write(frame)

    def buffered_bytes(self) -> int:
        """Return how many bytes were written that the peer's system has not yet taken."""
        return 0 if self.transport.is_closing() else self.transport.get_write_buffer_size()

    def close(self, code: int, reason: str = "") -> None:
        """Close for good, however slowly the peer reads; the application sees a disconnect.

        The transport is aborted when the closing handshake is not done in time.
        """
        if not self._is_open():
            return
        self.stop_keepalive()
        self._dropped = self.close_sent = True
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            # The peer's answer to the close frame must be read.
            self.read_paused = False
            self.transport.resume_reading()
        self.writable.set()
        self.close_timer = self.loop.call_later(CLOSE_HANDSHAKE_S, self.transport.abort)

    async def send(self, message: Any) -> None:
        await self.writable.wait()
        if not self._dropped:
            await super().send(message)
        elif message["type"] != "websocket.close":
            raise ClientDisconnected

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # transport.close() waits for its buffer, which a dead peer never takes.
        self.loop.call_later(CLOSE_HANDSHAKE_S, self.transport.abort)

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
