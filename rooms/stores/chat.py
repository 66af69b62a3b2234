"""The chat of a room: a Redis stream, the last 500 messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from core import limits, live
from core.errors import Invalid, RateLimited
from core.live_scripts import Scripts
from core.text import is_blank
from rooms.errors import ControllersOnly, DuplicateMessage, NoSuchMessage, SlowMode
from rooms.protocol import CHAT_ON_JOIN, Role
from rooms.server_messages import ChatEntry, ChatMessage
from rooms.stores import snapshots

KEPT = 500
REPETITION_MS = 10_000
FORGOTTEN_AFTER = timedelta(days=30)
SPEAKING = limits.Limit("chat", burst=5, per_minute=40)
# For all viewers of a room together, because one person may have many names.
SPEAKING_TOGETHER = limits.Limit("chat-room", burst=60, per_minute=300)

# An outcome of the script.
_OUTDATED = -2

_scripts = Scripts(Path(__file__).parent / "scripts")


class Outdated(live.LiveStateUnavailable):
    """Whether a member may speak must be decided by a newer snapshot."""


@dataclass(frozen=True, slots=True)
class Event:
    """A new message in a chat, or the deletion of the message with the id ``deleted``."""

    id: str
    message: ChatMessage | None = None
    deleted: str | None = None


def chat_key(code: str) -> str:
    """Return the key of a room's chat."""
    return f"room:{{{code}}}:chat"


async def add(
    code: str,
    *,
    member: str,
    name: str,
    role: Role,
    text: str,
    now_ms: float,
    client_id: str | None,
    slow_mode_s: int = 0,
    allowed_by: int | None = None,
) -> tuple[ChatMessage, bool]:
    """Add a message; return it and whether it is new.

    Sending the same ``client_id`` again returns the first message. The member may speak by the
    snapshot of version ``allowed_by``: raises Outdated if Redis has a newer one. Raises
    RateLimited, Invalid and DuplicateMessage.
    """
    if is_blank(text):
        raise Invalid("text: must not be empty", fields={"text": "must not be empty"})
    slow = None
    if client_id is None or not await was_sent(code, member, client_id):
        slow = await _take_turn(code, member, role, slow_mode_s)
    async with live.reaching_redis("chat") as redis:
        outcome, stream_id, said, at, called, was = await _scripts.bind(redis, "say")(
            keys=[
                *(chat_key(code), f"{chat_key(code)}:sent", f"{chat_key(code)}:last"),
                snapshots.key(code),
            ],
            args=[
                *(member, name, text, now_ms, client_id or ""),
                *(KEPT, REPETITION_MS, int(FORGOTTEN_AFTER.total_seconds()), role.value),
                "" if allowed_by is None else allowed_by,
            ],
        )
    if int(outcome) < 0:
        if slow:
            await limits.give_back(slow, f"{code}:{member}")
        raise Outdated if int(outcome) == _OUTDATED else DuplicateMessage
    message = ChatMessage(
        id=stream_id,
        member=member,
        name=called,
        role=Role(was),
        text=said,
        at=float(at),
        client_id=client_id,
    )
    return message, int(outcome) == 1


async def _take_turn(code: str, member: str, role: Role, slow_mode_s: int) -> limits.Limit | None:
    """Raise RateLimited if the member, or for viewers the whole room, is too fast.

    Returns the limit of slow mode if it was spent, to be given back if the line is not added.
    """
    turns = [(SPEAKING, f"{code}:{member}")]
    if role is Role.VIEWER:
        turns.append((SPEAKING_TOGETHER, code))
    await limits.spend_each(*turns)
    if role is not Role.VIEWER or not slow_mode_s:
        return None
    slow = limits.Limit("chat-slow", burst=1, per_minute=60 / slow_mode_s)
    try:
        await limits.take(slow, f"{code}:{member}")
    except RateLimited as error:
        await limits.give_back_each(*turns)
        raise SlowMode(int(error.retry_after_s or slow_mode_s)) from None
    return slow


async def delete(code: str, message: str, *, of: str | None) -> None:
    """Delete a message of member ``of``; None allows anybody's message.

    Raises NoSuchMessage, and ControllersOnly for another member's message.
    """
    async with live.reaching_redis("chat") as redis:
        outcome = int(
            await _scripts.bind(redis, "unsay")(keys=[chat_key(code)], args=[message, of or ""])
        )
    if outcome < 0:
        raise ControllersOnly
    if not outcome:
        raise NoSuchMessage


async def exists(code: str, message: str) -> bool:
    """Tell whether a message is in the chat."""
    async with live.reaching_redis("chat") as redis:
        return bool(_events(await redis.xrange(chat_key(code), message, message)))


async def was_sent(code: str, member: str, client_id: str) -> bool:
    """Tell whether a member's message with this ``client_id`` was added."""
    async with live.reaching_redis("chat") as redis:
        return bool(await redis.hexists(f"{chat_key(code)}:sent", f"{member} {client_id}"))


async def recent(code: str) -> list[Event]:
    """Return the last messages, and the deletions since the first of them, oldest first."""
    async with live.reaching_redis("chat") as redis:
        events = _events(await redis.xrevrange(chat_key(code), count=2 * CHAT_ON_JOIN))
        if sum(event.message is not None for event in events) < CHAT_ON_JOIN <= len(events):
            # Many of the last events are deletions.
            events = _events(await redis.xrevrange(chat_key(code)))
    return events[::-1]


async def since(code: str, last_id: str) -> list[Event]:
    """Return the events after ``last_id``, in order."""
    async with live.reaching_redis("chat") as redis:
        rows = await redis.xrange(chat_key(code), min=f"({last_id}", count=KEPT)
    return _events(rows)


async def last_ids(codes: Sequence[str]) -> dict[str, str]:
    """Return the id of each room's last message, in one round trip; "0" for none."""
    return await live.query_each(
        "chat",
        codes,
        lambda each, code: each.xrevrange(chat_key(code), count=1),
        lambda rows: str(rows[0][0]) if rows else "0",
    )


def order(id: str) -> tuple[int, int]:  # noqa: A002
    """Return the sort key of a message id."""
    ms, _, number = id.partition("-")
    return int(ms), int(number or 0)


async def forget(code: str) -> None:
    """Delete a room's chat."""
    async with live.reaching_redis("chat") as redis:
        await redis.delete(chat_key(code), f"{chat_key(code)}:sent", f"{chat_key(code)}:last")


def _events(rows: object) -> list[Event]:
    # redis-py's types allow any shape; say.lua and unsay.lua define the shape of this stream.
    return [
        Event(stream_id, _message(stream_id, fields), fields.get("deleted"))
        for stream_id, fields in cast("list[tuple[str, dict[str, str]]]", rows)
    ]


def _message(stream_id: str, fields: Mapping[str, str]) -> ChatMessage | None:
    if "deleted" in fields:
        return None
    return ChatMessage(
        id=stream_id,
        member=fields["member"],
        name=fields["name"],
        # Unknown for messages that an older version has stored.
        role=Role(fields.get("role", Role.VIEWER)),
        text=fields["text"],
        at=float(fields["at"]),
        client_id=fields["client_id"] or None,
    )


def entry(message: ChatMessage) -> ChatEntry:
    """Return a message as it appears in WELCOME."""
    return ChatEntry(
        id=message.id,
        member=message.member,
        name=message.name,
        role=message.role,
        text=message.text,
        at=message.at,
    )
