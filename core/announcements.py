"""Events that other programs may want to know of, announced in the transaction of the change.

Rooms, videos and jobs announce without knowing who listens: the composition root registers the
listeners. A listener only stores what is to be sent later.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from uuid import UUID


class Event(StrEnum):
    """What can happen."""

    VIDEO_PLAYABLE = "video.playable"
    VIDEO_READY = "video.ready"
    VIDEO_FAILED = "video.failed"
    ROOM_STARTED = "room.started"
    ROOM_ENDED = "room.ended"


Listener = Callable[[Event, UUID, dict[str, Any]], None]

_listeners: list[Listener] = []


def tell_with(*listeners: Listener) -> None:
    """Call each of ``listeners`` with the event, the id of whose video or room it is, and facts."""
    _listeners[:] = listeners


def announce(event: Event, owner_id: UUID, **facts: Any) -> None:
    """Tell of ``event``; ``facts`` are JSON. Synchronous, in the transaction of the change."""
    for listener in _listeners:
        listener(event, owner_id, facts)
