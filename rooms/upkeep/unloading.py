"""Takes a library video out of every room, whoever hosts it, when its owner wants it back."""

import contextlib
from uuid import UUID

from core.database import in_database
from library.taken_back import Reason
from playback.commands import ClearSource
from playback.sources.base import MediaType, SourceKey
from playback.sources.library import LibrarySource
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import records


async def unload(video_id: UUID, reason: Reason) -> None:
    """Unload a video from all rooms and tell them why; raise LiveStateUnavailable."""
    key = SourceKey(LibrarySource.provider, MediaType.MOVIE, str(video_id))
    for code in await in_database(records.that_play)(key):
        with contextlib.suppress(NoSuchRoom, RoomOver):
            await live_states.apply(code, ClearSource(only=key, why=reason), by=None)
