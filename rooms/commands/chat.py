"""CHAT and DELETE_CHAT: send a line to everyone in the room, and delete one."""

import contextlib

from playback.clock import room_clock
from rooms import bus, codec, protocol, server_messages
from rooms import state as live_states
from rooms.commands.once import once
from rooms.commands.sender import Handlers, Sender
from rooms.errors import ChatClosed, Muted
from rooms.snapshot import role_of
from rooms.stores import chat
from server.wire import Frame

# Every one that fails means that the room has changed once more.
ATTEMPTS = 5


async def say(sender: Sender, message: protocol.Chat) -> protocol.Model | None:
    """Add a line. One that was sent before is answered with itself, or with its deletion.

    Raises Muted, ChatClosed, Invalid, DuplicateMessage and RateLimited, and what
    ``LiveRoom.check`` raises.
    """
    for _ in range(ATTEMPTS):
        with contextlib.suppress(chat.Outdated):
            return await _say(sender, message)
        # The sender may have been muted or put out, and the notice of it is still on its way.
        await sender.room.refresh_snapshot()
        sender.room.check(sender.connection)
    raise chat.Outdated


async def _say(sender: Sender, message: protocol.Chat) -> protocol.Model | None:
    snapshot = sender.room.snapshot
    refusal = _refusal(sender)
    if refusal and not (message.id and await chat.was_sent(sender.code, sender.person, message.id)):
        raise refusal
    said, new = await chat.add(
        sender.code,
        member=sender.person,
        name=sender.room.shown_name(sender.connection),
        role=role_of(sender.person, sender.room.state),
        text=message.text,
        now_ms=(await room_clock()).now_ms(),
        client_id=message.id,
        slow_mode_s=snapshot.slow_mode_s,
        allowed_by=snapshot.version,
    )
    if not new:
        if await chat.exists(sender.code, said.id):
            return said
        # Its deletion was sent before, so sending it again would show it again to its author.
        sender.connection.send_queue.send(Frame(codec.encode(said)))
        return server_messages.ChatDeleted(id=said.id)
    await bus.publish(sender.code, "chat")
    return None


def _refusal(sender: Sender) -> Muted | ChatClosed | None:
    snapshot = sender.room.snapshot
    if sender.person in snapshot.muted:
        return Muted()
    if not snapshot.chat_open and not sender.may_moderate():
        return ChatClosed()
    return None


async def remove(code: str, message: str, *, by: str, may_moderate: bool) -> None:
    """Delete a line for everybody; raise NoSuchMessage, or ControllersOnly for someone else's."""
    await chat.delete(code, message, of=None if may_moderate else by)
    await bus.publish(code, "chat")


async def _delete(sender: Sender, message: protocol.DeleteChat) -> protocol.Model | None:
    async def work() -> None:
        state = await live_states.current(sender.code)
        may_moderate = state.may_moderate(sender.person)
        await remove(sender.code, message.message, by=sender.person, may_moderate=may_moderate)

    async def is_so() -> bool:
        return not await chat.exists(sender.code, message.message)

    return await once(sender, message, work, is_so=is_so)


HANDLERS: Handlers = {protocol.Chat: say, protocol.DeleteChat: _delete}
