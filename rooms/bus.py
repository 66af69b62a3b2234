"""Notices between the server processes of one StreamIt, over the channel layer.

The layer may lose any of them, so none carries the only copy of anything. Each says what to
read again; "state" also brings the whole new state, to save that read. This process's own
listener gets what is published at once, without a round trip.
"""

import uuid
from collections.abc import Callable, Iterable
from typing import Literal, TypedDict

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import ResponseError

from core import live
from core.per_loop import PerLoop

log = structlog.get_logger(__name__)

# "here" says no more than that another process listens.
Topic = Literal["state", "snapshot", "presence", "chat", "queue", "reactions", "here"]


class Notice(TypedDict):
    """One notice on the bus; ``type`` is fixed here, never chosen by a client."""

    type: Literal["room.notice"]
    origin: str
    code: str
    topic: Topic
    revision: int
    text: str
    state: str


class RemoteListeners:
    """The rooms that other processes listen to; a room it knows nothing about may be one.

    Sending a notice is a third of the cost of a command, and most rooms are in one process.
    A process announces that it listens ("here") before it reads a room, so whatever it does
    not hear is in what it reads. A notice that is lost all the same is made up for within a
    second.
    """

    def __init__(self) -> None:
        self._alone: set[str] = set()
        # Rooms that Redis is being asked about right now.
        self._asked: set[str] = set()
        self._said_refused = False

    def has_none(self, code: str) -> bool:
        """Tell whether nobody but this process listens in room ``code``."""
        return code in self._alone

    def assume(self, code: str) -> None:
        """Note that somebody may listen in room ``code``."""
        self._alone.discard(code)
        self._asked.discard(code)

    def assume_everywhere(self) -> None:
        """Forget everything: any process may listen anywhere."""
        self._alone.clear()
        self._asked.clear()

    async def refresh(self, codes: Iterable[str], *, own_channel: str) -> None:
        """Ask Redis which of these rooms, all listened to here, have other listeners.

        ``own_channel`` is this process's own. While it is not subscribed, the one listener
        of a room is somebody else.
        """
        self._asked = set(codes)
        channels = {code: f"{live.LAYER_PREFIX}__group__{group(code)}" for code in self._asked}
        counts = await self._listeners(own_channel, *channels.values()) if channels else {}
        alone = counts.get(own_channel) == 1
        # Another name of the channel in the layer would give 0 and not 1.
        self._alone = {code for code in self._asked if alone and counts.get(channels[code]) == 1}

    async def _listeners(self, *channels: str) -> dict[str, int]:
        """Return the number of listeners of each channel; nothing if Redis refuses the question."""
        async with live.reaching_redis("bus") as redis:
            try:
                found = await redis.pubsub_numsub(*channels)
            except ResponseError:
                if not self._said_refused:
                    log.warning("Redis refuses PUBSUB NUMSUB; every notice is sent")
                self._said_refused = True
                return {}
        return {str(channel): count for channel, count in found}


class _Bus:
    """This server's end of the bus."""

    def __init__(self) -> None:
        self.origin = uuid.uuid4().hex
        self.remote_listeners = RemoteListeners()
        self.listeners: list[Callable[[Notice], None]] = []


_buses = PerLoop(_Bus)


def origin() -> str:
    """Return what marks the notices of this server."""
    return _buses.get().origin


def remote_listeners() -> RemoteListeners:
    """Return what this server knows of where others listen."""
    return _buses.get().remote_listeners


def group(code: str) -> str:
    """Return the channel-layer group of a room."""
    return f"room.{code}"


def listen(listener: Callable[[Notice], None]) -> None:
    """Hear every notice that this process publishes."""
    _buses.get().listeners.append(listener)


def unlisten(listener: Callable[[Notice], None]) -> None:
    """Stop hearing."""
    _buses.get().listeners.remove(listener)


async def publish(
    code: str, topic: Topic, *, revision: int = 0, text: str = "", state: str = ""
) -> None:
    """Tell every process with sockets in room ``code``; a lost notice is made up for later.

    With "state" comes the live state as Redis holds it, and its frame's ``text``; with
    "reactions" their counts as ``text``, which nothing makes up for; with "presence", when
    somebody took another name, who it is and the name.
    """
    notice = Notice(
        type="room.notice",
        origin=origin(),
        code=code,
        topic=topic,
        revision=revision,
        text=text,
        state=state,
    )
    for listener in _buses.get().listeners:
        listener(notice)
    if remote_listeners().has_none(code):
        return
    try:
        async with live.reaching_redis("bus"):
            await get_channel_layer().group_send(group(code), notice)
    except live.LiveStateUnavailable:
        log.warning("notice not published", room=code, topic=topic)
