"""The room socket: opening, reading and closing. It has no rules of its own.

Each frame is handled before the next one is read, so a member's messages keep their order.
Everything is sent through the connection's send queue, which never blocks.
"""

import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import parse_qs

import structlog
from asgiref.typing import (
    WebSocketDisconnectEvent,
    WebSocketReceiveEvent,
    WebSocketScope,
)
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import Error as DatabaseFailure

from accounts import refusal_log
from core import metrics, refusals
from core.close_codes import CloseCode
from core.database import DATABASE_AWAY, refusal
from core.errors import Internal, StreamItError
from playback.clock import room_clock
from rooms import codec, protocol, tickets
from rooms import state as live_states
from rooms.commands import dispatch
from rooms.commands.sender import Sender
from rooms.entry import admission
from rooms.live.connections import Connection
from rooms.live.hub import Hub, hub
from rooms.live.room import LiveRoom
from rooms.models import read_code
from rooms.upkeep import transitions
from server.send_queue import AsgiSendQueue, SendQueue, WireSendQueue
from server.token_bucket import TokenBucket
from server.wire import WIRE, Frame, Wire

log = structlog.get_logger(__name__)

BURST = 60
PER_SECOND = 20.0


Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RoomConsumer(AsyncConsumer):  # type: ignore[misc]  # channels ships no types
    """One socket of one person in one room."""

    scope: WebSocketScope
    base_send: Send
    _hub: Hub
    _send_queue: SendQueue
    _room: LiveRoom | None = None
    _connection: Connection | None = None

    async def __call__(self, scope: WebSocketScope, receive: Receive, send: Send) -> None:
        """Handle one event after the other.

        The base class also listens to the channel layer, with a task and a thread hop for each
        event. Here the hub does that for all sockets of this process.
        """
        self.scope, self.base_send = scope, send
        with contextlib.suppress(StopConsumer):
            while True:
                await self.dispatch(await receive())

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one ASGI event."""
        match message["type"]:
            case "websocket.connect":
                await self.websocket_connect()
            case "websocket.receive":
                await self.websocket_receive(cast("WebSocketReceiveEvent", message))
            case "websocket.disconnect":
                await self.websocket_disconnect(cast("WebSocketDisconnectEvent", message))

    async def websocket_connect(self) -> None:
        """Accept the socket, so that a refusal can say why by its close code; then let them in."""
        await self.base_send({"type": "websocket.accept"})
        wire = cast("Wire | None", (self.scope.get("extensions") or {}).get(WIRE))
        self._send_queue = WireSendQueue(wire) if wire else AsgiSendQueue(self.base_send)
        self._bucket = TokenBucket(burst=BURST, per_second=PER_SECOND, now_s=time.monotonic())
        self._code = read_code(self.scope["url_route"]["kwargs"]["code"])  # type: ignore[typeddict-item]
        try:
            await self._enter()
        except StreamItError as error:
            refusals.note(error)
            self._close(error.close_code, error.message)
        except DATABASE_AWAY as error:
            log.warning("socket not opened, the database is away", room=self._code)
            self._close(Internal.close_code, refusal(error).message)
        except Exception:
            log.exception("socket not opened", room=self._code)
            self._close(Internal.close_code, "internal error")

    async def _enter(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        token = (query.get("ticket") or [""])[0]
        self._hub = await hub()
        # A standstill closes this socket: whatever came by it before is late afterwards.
        self._hub.pulse.receive()
        clock = await room_clock()
        opened = await admission.open_socket(
            self._code,
            token,
            connection=uuid.uuid4().hex[:12],
            known=self._hub.known(self._code),
        )
        refusal_log.set_account(opened.lease.person)
        # A member kicked after this ticket was issued is disconnected, and the resume token
        # stops working: both carry the ticket's date.
        connection = Connection(opened.lease, self._send_queue, opened.since_s, opened.grant)
        room = None
        try:
            room = await self._hub.room(self._code)
            self._hub.connect(room, connection)
        except Exception:
            if room is not None:
                await self._hub.disconnect(room, connection)
            with contextlib.suppress(StreamItError):
                await transitions.leave(opened.lease, last=True)
            raise
        # No await from here to the WELCOME, so every later change reaches this socket.
        self._room, self._connection = room, connection
        resume = tickets.issue(
            code=self._code,
            user_id=connection.person,
            name=opened.lease.name,
            grant=opened.grant,
            now_s=opened.now_s,
            ttl=tickets.RESUME_TTL,
            since_s=opened.since_s,
        )
        self._send_queue.send(Frame(room.welcome(connection, resume=resume, now_ms=clock.now_ms())))
        room.presence_notice.request()
        log.info("member connected", room=self._code, member=connection.person)

    async def websocket_receive(self, event: WebSocketReceiveEvent) -> None:
        """Read one frame and answer it."""
        if self._connection is None or self._room is None:
            return
        self._hub.pulse.check()
        if self._send_queue.is_closed:
            return
        if settings.RATE_LIMITS and not self._bucket.take(time.monotonic()):
            self._close(CloseCode.FLOODING, "too many messages")
            return
        text = event.get("text")
        try:
            if text is None:
                raise codec.Malformed("A message is a text frame.")
            message = codec.decode(text)
        except codec.Malformed as error:
            metrics.commands.labels("MALFORMED", "refused").inc()
            self._close(error.close_code, error.message)
            return
        except codec.BadMessage as error:
            metrics.commands.labels("INVALID", "refused").inc()
            self._send(dispatch.error_answer(error, error.id))
            return
        await self._answer(self._room, self._connection, message)

    async def _answer(
        self, room: LiveRoom, connection: Connection, message: protocol.FromClient
    ) -> None:
        try:
            reply = await dispatch.answer(Sender(self._hub, room, connection), message)
        except StreamItError as error:
            refusals.note(error)
            reply = dispatch.error_answer(error, message.id)
            metrics.commands.labels(message.type, error.code).inc()
        except DATABASE_AWAY as error:
            log.warning("message failed, the database is away", room=room.code, why=str(error))
            reply = dispatch.error_answer(refusal(error), message.id)
            metrics.commands.labels(message.type, refusal(error).code).inc()
        except Exception:
            log.exception("message failed", room=room.code, member=connection.person)
            reply = dispatch.error_answer(Internal(), message.id)
        if reply is not None:
            self._send(reply)

    async def websocket_disconnect(self, event: WebSocketDisconnectEvent) -> None:
        """Give up the connection and the lease."""
        if self._room is not None and self._connection is not None:
            await self._leave(self._room, self._connection, event.get("code"))
        raise StopConsumer

    async def _leave(self, room: LiveRoom, connection: Connection, code: int | None) -> None:
        # Keep what this process knows of the room until the leave is handled.
        with live_states.held(room.code):
            await self._give_up(room, connection, code)

    async def _give_up(self, room: LiveRoom, connection: Connection, code: int | None) -> None:
        await self._hub.disconnect(room, connection)
        log.info("member disconnected", room=room.code, member=connection.person, close_code=code)
        if code == CloseCode.RESTARTING:
            # We restart, and the client comes back at once. The lease covers the gap, so a
            # restart does not look like everybody leaving.
            return
        try:
            await transitions.leave(connection.lease, last=not room.connections)
        except StreamItError as error:
            # The lease expires by itself, and the scheduler does the rest then.
            log.info("left without release", room=room.code, error=error.code)
        except DatabaseFailure:
            log.warning("left without settling the room, the database is away", room=room.code)

    def _send(self, message: protocol.Model) -> None:
        self._send_queue.send(Frame(codec.encode(message)))

    def _close(self, code: CloseCode, reason: str) -> None:
        # RFC 6455 section 5.5: a control frame holds 125 bytes, two of them the code.
        self._send_queue.close(code, reason.encode()[:123].decode(errors="ignore"))
