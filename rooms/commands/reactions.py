"""REACT: one emoji for everyone, for a moment."""

import emoji

from core.errors import Invalid
from rooms import protocol
from rooms.commands.once import once
from rooms.commands.sender import Handlers, Sender
from rooms.errors import Muted


async def react(sender: Sender, message: protocol.React) -> protocol.Model | None:
    """Count the sender's reaction; raise Muted, Invalid and TooManyReactions."""

    async def work() -> None:
        if sender.person in sender.room.snapshot.muted:
            raise Muted
        if not emoji.is_emoji(message.emoji):
            raise Invalid(fields={"emoji": "must be one emoji"})
        sender.room.react(sender.person, message.emoji)

    return await once(sender, message, work)


HANDLERS: Handlers = {protocol.React: react}
