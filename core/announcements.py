"""Events for other programs, announced in the transaction of the change.

Rooms, videos and jobs announce them without knowing who listens; the composition root registers the
listeners. A listener only stores what will be sent later.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID


class Event(StrEnum):
    """The types of events."""

    VIDEO_PLAYABLE = "video.playable"
    VIDEO_READY = "video.ready"
    VIDEO_FAILED = "video.failed"
    ROOM_STARTED = "room.started"
    ROOM_ENDED = "room.ended"


Listener = Callable[[Event, UUID, dict[str, Any]], None]

_listeners: list[Listener] = []


def listen(*listeners: Listener) -> None:
    """Call each of ``listeners`` with every event, the id of its owner, and its facts."""
    _listeners[:] = listeners


def announce(event: Event, owner_id: UUID, **facts: Any) -> None:
    """Announce ``event``; ``facts`` must be JSON. Synchronous, in the transaction of the change."""
    for listener in _listeners:
        listener(event, owner_id, facts)
