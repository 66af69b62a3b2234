"""Notices between the server processes of one StreamIt, over the channel layer.

The layer may lose notices, so none carries the only copy of anything. Each says what to read
again; "state" also carries the whole new state, to save that read. This process's own listener
gets a notice at once, without a round trip.
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

# "here" only says that another process listens.
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
    """The rooms that other processes listen to. Unknown rooms count as listened to.

    Sending a notice is a third of the cost of a command, and most rooms are in one process.
    A process announces that it listens ("here") before it reads a room, so it either gets a
    change as a notice or reads it. A lost notice is made up for within a second.
    """

    def __init__(self) -> None:
        self._alone: set[str] = set()
        # Rooms that Redis is being asked about right now.
        self._asked: set[str] = set()
        self._said_refused = False

    def has_none(self, code: str) -> bool:
        """Tell whether this process is the only one that listens to room ``code``."""
        return code in self._alone

    def assume(self, code: str) -> None:
        """Note that another process may listen to room ``code``."""
        self._alone.discard(code)
        self._asked.discard(code)

    def assume_everywhere(self) -> None:
        """Forget everything: any process may listen to any room."""
        self._alone.clear()
        self._asked.clear()

    async def refresh(self, codes: Iterable[str], *, own_channel: str) -> None:
        """Ask Redis which of these rooms have other listeners. This process listens to all of them.

        ``own_channel`` is the channel of this process. While it is not subscribed, a room's one
        listener is another process.
        """
        self._asked = set(codes)
        channels = {code: f"{live.LAYER_PREFIX}__group__{group(code)}" for code in self._asked}
        counts = await self._listeners(own_channel, *channels.values()) if channels else {}
        alone = counts.get(own_channel) == 1
        # Another name of the channel in the layer would give 0 and not 1.
        self._alone = {code for code in self._asked if alone and counts.get(channels[code]) == 1}

    async def _listeners(self, *channels: str) -> dict[str, int]:
        """Return the number of listeners of each channel; nothing if Redis refuses the command."""
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
    """Return the id that marks this server's notices."""
    return _buses.get().origin


def remote_listeners() -> RemoteListeners:
    """Return what this server knows about other listeners."""
    return _buses.get().remote_listeners


def group(code: str) -> str:
    """Return the channel-layer group of a room."""
    return f"room.{code}"


def listen(listener: Callable[[Notice], None]) -> None:
    """Call ``listener`` with every notice that this process publishes."""
    _buses.get().listeners.append(listener)


def unlisten(listener: Callable[[Notice], None]) -> None:
    """Stop calling ``listener``."""
    _buses.get().listeners.remove(listener)


async def publish(
    code: str, topic: Topic, *, revision: int = 0, text: str = "", state: str = ""
) -> None:
    """Send a notice to every process with sockets in room ``code``.

    "state" carries the live state as stored in Redis, and the ``text`` of its frame. "reactions"
    carries their counts as ``text``; these are not repeated if they are lost. "presence" carries
    a person and their new name as ``text`` if somebody was renamed.
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
