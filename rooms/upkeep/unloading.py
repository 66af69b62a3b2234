"""Takes a library video out of every room and queue when its owner wants it back."""

import contextlib
from functools import partial
from uuid import UUID

from core.database import in_database
from library.taken_back import Reason
from playback.commands import ClearSource
from playback.sources.base import MediaType, SourceKey
from playback.sources.library import LibrarySource
from rooms import queue as rules
from rooms import queues
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import queue_rows, records

_WHY: dict[Reason, str] = {
    "taken_back": "Its owner no longer shares it.",
    "deleted": "Its owner has deleted it.",
}


async def unload(video_id: UUID, reason: Reason) -> None:
    """Unload a video from all rooms and queues and tell why; raise LiveStateUnavailable."""
    key = SourceKey(LibrarySource.provider, MediaType.MOVIE, str(video_id))
    for code in await in_database(records.that_play)(key):
        with contextlib.suppress(NoSuchRoom, RoomOver):
            await live_states.apply(code, ClearSource(only=key, why=reason), by=None)
    for code in await in_database(queue_rows.rooms_with)(key):
        await queues.change(code, partial(rules.skip_work, key=key, why=_WHY[reason]))
