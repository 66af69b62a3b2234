"""The sender of a message, which every socket handler gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playback.rules import Context
from rooms import protocol, server_messages
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from rooms.live.room import LiveRoom


@dataclass(frozen=True, slots=True)
class Sender:
    """One connection in one room of one process."""

    hub: Hub
    room: LiveRoom
    connection: Connection

    @property
    def code(self) -> str:
        return self.room.code

    @property
    def person(self) -> str:
        return self.connection.person

    def context_of(self, message: protocol.ClientMessage) -> Context:
        """Return the context of a command: a start waits for the people in the room."""
        return Context(self.person, message.id, lead_ms=self.room.lead_ms(), hold=self.room.hold())

    def may_control(self) -> bool:
        """Tell whether the sender may control playback, by the newest state known here."""
        return self.room.state.may_control(self.person)

    def may_moderate(self) -> bool:
        """Tell whether the sender is host or co-host, by the newest state known here."""
        return self.room.state.may_moderate(self.person)


# Returns what only the sender is sent, if anything.
Handler = Callable[[Sender, Any], Awaitable[protocol.Model | None]]
Handlers = dict[type[protocol.ClientMessage], Handler]


def done(message: protocol.ClientMessage) -> server_messages.Ack | None:
    """Return ACK, the answer to a message that has no other answer."""
    return server_messages.Ack(id=message.id) if message.id else None
