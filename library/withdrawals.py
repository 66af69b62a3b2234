"""Listeners for videos that their owner withdraws or deletes.

Rooms play videos, and this package does not know rooms, so the composition root connects them.
"""

from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

Reason = Literal["taken_back", "deleted"]
Listener = Callable[[UUID, Reason], Awaitable[None]]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call ``listener`` for every video that is withdrawn or deleted, after that is stored."""
    if listener not in _listeners:
        _listeners.append(listener)


async def announce(video_id: UUID, reason: Reason) -> None:
    """Call the listeners, which unload the video from rooms; raise what they raise."""
    for listener in _listeners:
        await listener(video_id, reason)
