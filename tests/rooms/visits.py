"""Sockets of a room in this process, without a server: what is said is dispatched for real."""

import json
from dataclasses import dataclass, field
from typing import Any

from accounts.principal import Principal
from core.close_codes import CloseCode
from playback.clock import room_clock
from rooms import codec
from rooms.commands import dispatch
from rooms.commands.sender import Sender
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from server.wire import FastPath, Frame, NoFastPath
from tests.rooms.made import HostedRoom

Message = dict[str, Any]


@dataclass(eq=False)
class RecordingQueue:
    """A send queue that keeps what it is given."""

    heard: list[Message] = field(default_factory=list)
    closed: CloseCode | None = None
    fast_path: FastPath = field(default_factory=NoFastPath)
    tended: int = 0

    @property
    def is_closed(self) -> bool:
        return self.closed is not None

    def send(self, frame: Frame) -> None:
        if self.closed is None:
            self.heard.append(json.loads(frame.text))

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.closed = self.closed or code

    def tend(self) -> None:
        self.tended += 1

    def types(self) -> list[str]:
        return [message["type"] for message in self.heard]

    def states(self) -> list[Message]:
        return [message for message in self.heard if message["type"] == "PLAYBACK_STATE"]


class Visit:
    """One connection, and what it hears."""

    def __init__(self, sender: Sender, hears: RecordingQueue) -> None:
        self.sender, self.hears = sender, hears

    async def say(self, type_: str, **fields: Any) -> Message:
        """Say something; return its answer, whether told to the sender alone or to all."""
        message = codec.decode(json.dumps({"type": type_, **fields}))
        heard = len(self.hears.heard)
        reply = await dispatch.answer(self.sender, message)
        if reply:
            return dict(json.loads(codec.encode(reply)))
        await self.sender.room.refresh_chat()
        mine = (fields["id"],)
        return next(
            m for m in self.hears.heard[heard:] if m.get("id") in mine or m.get("client_id") in mine
        )


class Place:
    def __init__(self, hub: Hub, hosted: HostedRoom) -> None:
        self.hub, self.hosted = hub, hosted

    async def visit(self, person: Principal, *, connection: str = "c1") -> Visit:
        lease = await self.hosted.enter(person, connection=connection)
        room = await self.hub.room(self.hosted.code)
        hears = RecordingQueue()
        one = Connection(lease, hears, (await room_clock()).now_ms() / 1000)
        self.hub.connect(room, one)
        return Visit(Sender(self.hub, room, one), hears)

    async def queue(self) -> list[str]:
        room = self.hub.rooms[self.hosted.code]
        await room.refresh_queue()
        return [entry.source.external_id for entry in room.queue.entries]
