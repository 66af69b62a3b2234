"""CHAT: a line for everyone in the room."""

from playback.clock import room_clock
from rooms import bus, protocol
from rooms.commands.sender import Handlers, Sender
from rooms.errors import ChatClosed, Muted
from rooms.stores import chat


async def say(sender: Sender, message: protocol.Chat) -> protocol.Model | None:
    """Add a line; one that was sent before is answered with itself.

    Raises Muted, ChatClosed, Invalid, DuplicateMessage and RateLimited.
    """
    snapshot = sender.room.snapshot
    if sender.person in snapshot.muted:
        raise Muted
    if not snapshot.chat_open and not sender.may_moderate():
        raise ChatClosed
    said, new = await chat.say(
        sender.code,
        member=sender.person,
        name=sender.connection.lease.name,
        text=message.text,
        now_ms=(await room_clock()).now_ms(),
        client_id=message.id,
    )
    if not new:
        return said
    await bus.publish(sender.code, "chat")
    return None


HANDLERS: Handlers = {protocol.Chat: say}
