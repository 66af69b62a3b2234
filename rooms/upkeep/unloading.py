"""Finds a library video in rooms and queues, and removes it when it is withdrawn or deleted."""

import contextlib
from functools import partial
from uuid import UUID

from core.database import in_database
from library.withdrawals import Withdrawal
from playback.commands import ClearSource
from playback.rules import SERVER
from playback.sources.base import MediaType, SourceKey
from playback.sources.library import LibrarySource
from rooms import queue as rules
from rooms import queue_state
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import pending_changes, queue_rows, room_rows
from rooms.stores import queues as store


async def unload(withdrawal: Withdrawal) -> None:
    """Unload a video from all rooms and queues, and say why; raise LiveStateUnavailable.

    The queues come first. A room that goes on at that moment is then found playing the video, or
    notices itself that the item had left the queue (``next_item``).
    """
    key = _key(withdrawal.video_id)
    for code in await _where_it_waits(key):
        await _unload_from_queue(code, key, withdrawal)
    for code in await _where_it_plays(key):
        with contextlib.suppress(NoSuchRoom, RoomOver):
            await _unload_from_room(code, key, withdrawal)


# Only what was there before the question whether a newer video has the id: that one may stay.


async def _unload_from_queue(code: str, key: SourceKey, withdrawal: Withdrawal) -> None:
    entries = (await queue_state.current(code)).entries
    items = [entry.id for entry in entries if entry.key == key]
    if items and not await withdrawal.is_outdated():
        why = rules.UNLOADED[withdrawal.reason]
        await queue_state.change(code, partial(rules.skip_each, items=items, why=why))


async def _unload_from_room(code: str, key: SourceKey, withdrawal: Withdrawal) -> None:
    while True:
        state = await live_states.current(code)
        if state.source is None or SourceKey.of(state.source) != key:
            return
        if await withdrawal.is_outdated():
            return
        clear = ClearSource(only=key, why=withdrawal.reason, chosen_by=state.source_revision)
        await live_states.apply(code, clear, SERVER)


async def is_used(video_id: UUID) -> bool:
    """Return whether a room plays a video or has it in its queue; raise LiveStateUnavailable."""
    key = _key(video_id)
    changing = await pending_changes.rooms()
    for rooms in (queue_rows.rooms_with, room_rows.that_play):
        if set(await in_database(rooms)(key)) - changing:
            return True
    # What the database says of these may be old.
    return any([await _has(code, key) for code in changing])


async def _has(code: str, key: SourceKey) -> bool:
    queue = await store.load(code)
    if queue and queue.has(key):
        return True
    with contextlib.suppress(NoSuchRoom, RoomOver):
        source = (await live_states.current(code)).source
        return source is not None and SourceKey.of(source) == key
    return False


def _key(video_id: UUID) -> SourceKey:
    return SourceKey(LibrarySource.provider, MediaType.MOVIE, str(video_id))


# The database may not know yet what rooms with a pending change play. Their codes are read first:
# changes that finish meanwhile are found in the database.


async def _where_it_waits(key: SourceKey) -> set[str]:
    changing = {code: await store.load(code) for code in await pending_changes.rooms()}
    live = {code for code, queue in changing.items() if queue and queue.has(key)}
    return live | set(await in_database(queue_rows.rooms_with)(key))


async def _where_it_plays(key: SourceKey) -> set[str]:
    changing = await pending_changes.rooms()
    return changing | set(await in_database(room_rows.that_play)(key))
