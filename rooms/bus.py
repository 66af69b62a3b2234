"""Words between the server processes of one StreamIt, over the channel layer.

The layer may lose any of them, so none carries the only copy of anything: each says what
to look at again, and "state" brings the full new state besides, to save a look. What is
published is heard by this process's own listener at once, without a trip.
"""

import uuid
from collections.abc import Callable
from typing import Literal, TypedDict

import structlog
from channels.layers import get_channel_layer

from core import live

log = structlog.get_logger(__name__)

Topic = Literal["state", "card", "presence", "chat"]


class Word(TypedDict):
    """One word on the bus; ``type`` is fixed here, never chosen by a client."""

    type: Literal["room.word"]
    origin: str
    code: str
    topic: Topic
    revision: int
    text: str


ORIGIN = uuid.uuid4().hex
_listeners: list[Callable[[Word], None]] = []


def group(code: str) -> str:
    """Return the channel-layer group of a room."""
    return f"room.{code}"


def listen(listener: Callable[[Word], None]) -> None:
    """Hear every word that this process publishes."""
    _listeners.append(listener)


def unlisten(listener: Callable[[Word], None]) -> None:
    """Stop hearing."""
    _listeners.remove(listener)


async def publish(code: str, topic: Topic, *, revision: int = 0, text: str = "") -> None:
    """Tell every process with sockets in room ``code``; a lost word is made up for."""
    word = Word(
        type="room.word", origin=ORIGIN, code=code, topic=topic, revision=revision, text=text
    )
    for listener in _listeners:
        listener(word)
    try:
        async with live.reaching_redis("bus"):
            await get_channel_layer().group_send(group(code), word)
    except live.LiveStateUnavailable:
        log.warning("word not published", room=code, topic=topic)
