"""The chat of a room: a Redis stream, the last 500 messages."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

from core import limits, live
from core.errors import Invalid
from core.text import is_blank, tidy_text
from rooms.errors import DuplicateMessage
from rooms.protocol import CHAT_ON_JOIN, ChatEntry, ChatMessage

KEPT = 500
REPETITION_MS = 10_000
FORGOTTEN_AFTER = timedelta(days=30)
SPEAKING = limits.Limit("chat", burst=5, per_minute=40)

_scripts = live.Scripts(Path(__file__).parent / "scripts")


def chat_key(code: str) -> str:
    """Return the key of a room's chat."""
    return f"room:{{{code}}}:chat"


def clean(text: str) -> str:
    """Return ``text`` trimmed, without control characters; raise Invalid when nothing is seen.

    Whoever pastes does not know of tabs, line ends of another system and direction marks.
    """
    text = tidy_text(text)
    if is_blank(text):
        raise Invalid("text: must not be empty", fields={"text": "must not be empty"})
    return text


async def say(
    code: str, *, member: str, name: str, text: str, now_ms: float, client_id: str | None
) -> tuple[ChatMessage, bool]:
    """Add a message; return it and whether it is new.

    Sending the same ``client_id`` again returns the first message. Raises RateLimited,
    Invalid and DuplicateMessage.
    """
    text = clean(text)
    if client_id is None or not await _was_sent(code, member, client_id):
        await limits.spend(SPEAKING, f"{code}:{member}")
    async with live.reaching_redis("chat") as redis:
        outcome, stream_id, said, at = await _scripts.bind(redis, "say")(
            keys=[chat_key(code), f"{chat_key(code)}:sent", f"{chat_key(code)}:last"],
            args=[
                *(member, name, text, now_ms, client_id or ""),
                *(KEPT, REPETITION_MS, int(FORGOTTEN_AFTER.total_seconds())),
            ],
        )
    if int(outcome) < 0:
        raise DuplicateMessage
    message = ChatMessage(
        id=stream_id, member=member, name=name, text=said, at=float(at), client_id=client_id
    )
    return message, int(outcome) == 1


async def _was_sent(code: str, member: str, client_id: str) -> bool:
    async with live.reaching_redis("chat") as redis:
        return bool(await redis.hexists(f"{chat_key(code)}:sent", f"{member} {client_id}"))


async def recent(code: str) -> list[ChatMessage]:
    """Return the last messages, oldest first."""
    async with live.reaching_redis("chat") as redis:
        rows = await redis.xrevrange(chat_key(code), count=CHAT_ON_JOIN)
    return _messages(rows)[::-1]


async def since(code: str, last_id: str) -> list[ChatMessage]:
    """Return the messages after ``last_id``, oldest first."""
    async with live.reaching_redis("chat") as redis:
        rows = await redis.xrange(chat_key(code), min=f"({last_id}", count=KEPT)
    return _messages(rows)


async def last_ids(codes: Sequence[str]) -> dict[str, str]:
    """Return the id of each room's last message, in one round trip; "0" for none."""
    async with live.reaching_redis("chat") as redis:
        pipeline = redis.pipeline(transaction=False)
        for code in codes:
            pipeline.xrevrange(chat_key(code), count=1)
        found = await pipeline.execute()
    return {code: rows[0][0] if rows else "0" for code, rows in zip(codes, found, strict=True)}


def order(id: str) -> tuple[int, int]:  # noqa: A002
    """Return what sorts the ids of messages."""
    ms, _, number = id.partition("-")
    return int(ms), int(number or 0)


async def forget(code: str) -> None:
    """Delete a room's chat."""
    async with live.reaching_redis("chat") as redis:
        await redis.delete(chat_key(code), f"{chat_key(code)}:sent", f"{chat_key(code)}:last")


def _messages(rows: object) -> list[ChatMessage]:
    # redis-py's types leave every shape open; the stream's is fixed by say.lua.
    return [
        ChatMessage(
            id=stream_id,
            member=fields["member"],
            name=fields["name"],
            text=fields["text"],
            at=float(fields["at"]),
            client_id=fields["client_id"] or None,
        )
        for stream_id, fields in cast("list[tuple[str, dict[str, str]]]", rows)
    ]


def entry(message: ChatMessage) -> ChatEntry:
    """Return what WELCOME says of a message."""
    return ChatEntry(
        id=message.id,
        member=message.member,
        name=message.name,
        text=message.text,
        at=message.at,
    )
