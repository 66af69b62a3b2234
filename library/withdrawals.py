"""Who is told when the owner of a video withdraws or deletes it.

Rooms play videos, and this package knows no rooms: the composition root connects them.
"""

from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

Reason = Literal["taken_back", "deleted"]
Listener = Callable[[UUID, Reason], Awaitable[None]]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call ``listener`` for every video that is taken back, after that is stored."""
    if listener not in _listeners:
        _listeners.append(listener)


async def announce(video_id: UUID, reason: Reason) -> None:
    """Have the video unloaded wherever it is played; raise what a listener raises."""
    for listener in _listeners:
        await listener(video_id, reason)
