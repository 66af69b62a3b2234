"""Listeners for videos that their owner withdraws or deletes.

Rooms play videos, and this package does not know rooms, so the composition root connects them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.database import in_database
from library.models import Video

Reason = Literal["taken_back", "deleted"]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A video that its owner has withdrawn or deleted, and which of both."""

    video_id: UUID
    created_at: datetime
    reason: Reason

    @classmethod
    def of(cls, video: Video, reason: Reason) -> "Withdrawal":
        """Return the withdrawal of ``video``, whose row may be gone."""
        return cls(video.pk, video.created_at, reason)

    async def is_outdated(self) -> bool:
        """Tell whether a newer video has the id by now, which its Idempotency-Key can make.

        Whoever tells the rooms may have stood still for long.
        """
        newer = Video.objects.filter(pk=self.video_id).exclude(created_at=self.created_at)
        return await in_database(newer.exists)()


Listener = Callable[[Withdrawal], Awaitable[None]]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call ``listener`` for every video that is withdrawn or deleted, after that is stored."""
    if listener not in _listeners:
        _listeners.append(listener)


async def announce(withdrawal: Withdrawal) -> None:
    """Call the listeners, which unload the video from rooms; raise what they raise."""
    for listener in _listeners:
        await listener(withdrawal)
