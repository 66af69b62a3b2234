"""The room socket: opens, reads and closes. It holds no rule of its own.

One frame is dealt with before the next is read, so a member's messages keep their order.
What goes out goes through the seat's outbox, never through a waiting send.
"""

import contextlib
import time
import uuid
from typing import Any, cast
from urllib.parse import parse_qs

import structlog
from asgiref.typing import WebSocketDisconnectEvent, WebSocketReceiveEvent, WebSocketScope
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import Error as DatabaseFailure

from core import metrics
from core.errors import (
    NotAuthenticated,
    NotFound,
    RateLimited,
    StreamItError,
    Unavailable,
)
from rooms import admission, answering, caretaker, codec, protocol, tickets
from rooms.errors import RoomOver
from rooms.flood import Allowance
from rooms.hub import Hub, hub
from rooms.local import LocalRoom
from rooms.outbox import WIRE, AsgiOutbox, Frame, Outbox, Wire, WireOutbox
from rooms.protocol import CloseCode
from rooms.seats import Seat

log = structlog.get_logger(__name__)

BURST = 60
PER_SECOND = 20.0


class RoomConsumer(AsyncConsumer):  # type: ignore[misc]  # channels ships no types
    """One socket of one person in one room."""

    # The hub receives from the channel layer for all sockets of this process.
    channel_layer_alias = "none"

    scope: WebSocketScope
    _hub: Hub
    _outbox: Outbox
    _room: LocalRoom | None = None
    _seat: Seat | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one ASGI event; unlike the base, without a thread hop for each."""
        match message["type"]:
            case "websocket.connect":
                await self.websocket_connect()
            case "websocket.receive":
                await self.websocket_receive(cast("WebSocketReceiveEvent", message))
            case "websocket.disconnect":
                await self.websocket_disconnect(cast("WebSocketDisconnectEvent", message))

    async def websocket_connect(self) -> None:
        """Accept, so that a refusal can say why by its close code; then let in."""
        await self.base_send({"type": "websocket.accept"})
        wire = cast("Wire | None", (self.scope.get("extensions") or {}).get(WIRE))
        self._outbox = WireOutbox(wire) if wire else AsgiOutbox(self.base_send)
        self._allowance = Allowance(burst=BURST, per_second=PER_SECOND, now_s=time.monotonic())
        self._code = str(self.scope["url_route"]["kwargs"]["code"])  # type: ignore[typeddict-item]
        try:
            await self._enter()
        except StreamItError as error:
            self._close(_close_code(error), error.message)
        except Exception:
            log.exception("socket not opened", room=self._code)
            self._close(CloseCode.UNAVAILABLE, "internal error")

    async def _enter(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        token = (query.get("ticket") or [""])[0]
        self._hub = await hub()
        opened = await admission.open_socket(
            self._code,
            token,
            connection=uuid.uuid4().hex[:12],
            known=self._hub.known(self._code),
        )
        # A kick is dated a moment before everyone knows of it. Who came in by a ticket from
        # before that is put out by it all the same, and so is his resume token.
        seat = Seat(opened.lease, self._outbox, opened.since_s)
        room = None
        try:
            room = await self._hub.room(self._code)
            self._hub.seat(room, seat)
        except Exception:
            if room is not None:
                await self._hub.unseat(room, seat)
            with contextlib.suppress(StreamItError):
                await caretaker.leave(opened.lease, known=None, last=True)
            raise
        # From here to the WELCOME nothing waits: what it says is followed by every change.
        self._room, self._seat = room, seat
        resume = tickets.issue(
            code=self._code,
            user_id=seat.person,
            name=opened.lease.name,
            now_s=opened.now_s,
            ttl=tickets.RESUME_TTL,
            since_s=opened.since_s,
        )
        self._outbox.send(Frame(room.welcome(seat, resume=resume)))
        room.presence_word.poke()
        log.info("member connected", room=self._code, member=seat.person)

    async def websocket_receive(self, event: WebSocketReceiveEvent) -> None:
        """Read one frame and answer it."""
        if self._seat is None or self._room is None:
            return
        if settings.RATE_LIMITS and not self._allowance.take(time.monotonic()):
            self._close(CloseCode.FLOODING, "too many messages")
            return
        text = event.get("text")
        try:
            if text is None:
                raise codec.Malformed("A message is a text frame.")
            message = codec.decode(text)
        except codec.Malformed as error:
            metrics.commands.labels("MALFORMED", "refused").inc()
            self._close(error.close, error.message)
            return
        except codec.BadMessage as error:
            metrics.commands.labels("INVALID", "refused").inc()
            self._say(
                protocol.Error(code=protocol.ErrorCode.INVALID, message=error.message, id=error.id)
            )
            return
        await self._answer(self._room, self._seat, message)

    async def _answer(self, room: LocalRoom, seat: Seat, message: protocol.FromClient) -> None:
        try:
            reply = await answering.answer(self._hub, room, seat, message)
        except StreamItError as error:
            reply = answering.error_answer(error, message.id)
            metrics.commands.labels(message.type, error.code).inc()
        except Exception:
            log.exception("message failed", room=room.code, member=seat.person)
            reply = protocol.Error(
                code=protocol.ErrorCode.INTERNAL,
                message="Something went wrong on the server.",
                id=message.id,
            )
        if reply is not None:
            self._say(reply)

    async def websocket_disconnect(self, event: WebSocketDisconnectEvent) -> None:
        """Give the seat and the lease up."""
        if self._room is not None and self._seat is not None:
            await self._leave(self._room, self._seat, event.get("code"))
        raise StopConsumer

    async def _leave(self, room: LocalRoom, seat: Seat, code: int | None) -> None:
        await self._hub.unseat(room, seat)
        log.info("member disconnected", room=room.code, member=seat.person, close_code=code)
        if code == CloseCode.RESTARTING:
            # We are restarting and he comes back at once: his lease covers the gap, so
            # that a restart does not look like everybody leaving.
            return
        try:
            await caretaker.leave(seat.lease, known=room.state, last=not room.seats)
        except StreamItError as error:
            # The lease ends by itself, and the janitor does what was not done here.
            log.info("left without release", room=room.code, error=error.code)
        except DatabaseFailure:
            log.warning("left without settling the room, the database is away", room=room.code)

    def _say(self, message: protocol.Model) -> None:
        self._outbox.send(Frame(codec.encode(message)))

    def _close(self, code: CloseCode, reason: str) -> None:
        # RFC 6455 section 5.5: a control frame holds 125 bytes, two of them the code.
        self._outbox.close(code, reason.encode()[:123].decode(errors="ignore"))


def _close_code(error: StreamItError) -> CloseCode:
    match error:
        case NotAuthenticated():
            return CloseCode.NOT_AUTHENTICATED
        case NotFound():
            return CloseCode.NO_SUCH_ROOM
        case RoomOver():
            return CloseCode.ROOM_OVER
        case Unavailable():
            return CloseCode.UNAVAILABLE
        case RateLimited():
            return CloseCode.FLOODING
    return CloseCode.FORBIDDEN
