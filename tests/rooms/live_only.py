"""A room of which the database knows nothing, and people in it who are known by their names."""

import json
from datetime import timedelta
from typing import Any

from accounts.principal import UNBOUND
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import MediaType, SourceKey
from rooms import codec, tickets
from rooms.commands import dispatch
from rooms.commands.sender import Sender
from rooms.entry import admission
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from rooms.live.room import LiveRoom
from tests.rooms.visits import RecordingQueue

CODE = "bcdfgh2345"
FILM = registry.describe(SourceKey("youtube", MediaType.MOVIE, "aqz-KE-bpKQ"))


class Visit:
    """A connection of one person, and the answers they get."""

    def __init__(
        self, hub: Hub, room: LiveRoom, connection: Connection, recording: RecordingQueue
    ) -> None:
        self.sender = Sender(hub, room, connection)
        self.room, self.recording = room, recording

    async def say(self, type_: str, **fields: Any) -> dict[str, Any] | None:
        message = codec.decode(json.dumps({"type": type_, **fields}))
        reply = await dispatch.answer(self.sender, message)
        return json.loads(codec.encode(reply)) if reply else None


async def visit(hub: Hub, person: str) -> Visit:
    now_s = (await room_clock()).now_ms() / 1000
    ticket = tickets.issue(
        code=CODE,
        user_id=person,
        name=person.title(),
        grant=UNBOUND,
        now_s=now_s,
        ttl=timedelta(seconds=60),
    )
    opened = await admission.open_socket(CODE, ticket, connection="c1")
    room = await hub.room(CODE)
    recording = RecordingQueue()
    connection = Connection(opened.lease, recording, opened.since_s)
    hub.connect(room, connection)
    return Visit(hub, room, connection, recording)
