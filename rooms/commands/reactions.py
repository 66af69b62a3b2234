"""REACT: one emoji for everyone, for a moment."""

import json

import emoji

from core import limits
from core.errors import Invalid
from rooms import bus, protocol
from rooms.commands.once import once
from rooms.commands.sender import Handlers, Sender
from rooms.errors import Muted
from rooms.live import reaction_feed
from rooms.snapshot import RoomSnapshot
from rooms.stores import snapshots

# For one member of one room who has no socket.
REACTING = limits.Limit(
    "reactions", burst=reaction_feed.BURST, per_minute=60 * reaction_feed.PER_SECOND
)


async def react(code: str, reaction: str, *, by: str) -> None:
    """Count a reaction that came over REST; raise Muted, Invalid and RateLimited."""
    await limits.spend(REACTING, f"{code}:{by}")
    _check(reaction, by, await snapshots.of(code))
    await bus.publish(code, "reactions", text=json.dumps({reaction: 1}))


def _check(reaction: str, by: str, snapshot: RoomSnapshot) -> None:
    if by in snapshot.muted:
        raise Muted
    if not emoji.is_emoji(reaction):
        raise Invalid(fields={"emoji": "must be one emoji"})


async def _answer(sender: Sender, message: protocol.React) -> protocol.Model | None:
    async def work() -> None:
        _check(message.emoji, sender.person, sender.room.snapshot)
        sender.room.react(sender.person, message.emoji)

    return await once(sender, message, work)


HANDLERS: Handlers = {protocol.React: _answer}
