"""The queues of rooms: the only place that loads, repairs, changes, stores and announces them.

Redis holds the truth; a change is stored by compare-and-set. If a room has sockets here, its newest
queue is also kept in this process, so that what was announced stays true if Redis loses it. The
database keeps which works wait, written at most once a second.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog
from django.db import Error as DatabaseFailure

from core.coalescing import Shared
from core.database import in_database
from core.errors import StreamItError
from core.live import LiveStateUnavailable
from core.per_loop import PerLoop
from core.turns import Turns
from playback.sources import registry
from playback.sources.base import Facts, SourceKey, Work
from rooms import bus
from rooms.queue import Entry, Queue, Rule
from rooms.stores import pending_changes, queue_rows
from rooms.stores import queues as store

log = structlog.get_logger(__name__)

# Every lost race means that another process has stored a change.
MAX_ATTEMPTS = 50

# Called with every newer queue.
Listener = Callable[[Queue], None]


class QueueTooBusy(LiveStateUnavailable):
    """The queue changed again and again while a change was decided."""


class _Watched:
    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.listeners: list[Listener] = []


_watched_rooms: "PerLoop[dict[str, _Watched]]" = PerLoop(dict)
_turns = PerLoop(Turns)


async def create(code: str) -> None:
    """Store the empty queue of a new room, so that nobody asks the database for one."""
    await store.swap(code, None, Queue(version=1))


async def watch(code: str, listener: Listener) -> Queue:
    """Return the queue, and call ``listener`` with every newer one until ``unwatch``."""
    queue = await current(code)
    watched = _watched_rooms.get().setdefault(code, _Watched(queue))
    watched.listeners.append(listener)
    return watched.queue


def unwatch(code: str, listener: Listener) -> None:
    """Stop calling ``listener``."""
    watched = _watched_rooms.get().get(code)
    if watched is not None and listener in watched.listeners:
        watched.listeners.remove(listener)
        if not watched.listeners:
            del _watched_rooms.get()[code]


async def current(code: str) -> Queue:
    """Return the room's queue, restored if Redis has lost it; raise LiveStateUnavailable."""
    for _ in range(MAX_ATTEMPTS):
        stored = await store.load(code)
        watched = _watched_rooms.get().get(code)
        known = watched.queue if watched else None
        if stored is not None and (
            known is None or stored.version > known.version or stored == known
        ):
            _accept(code, stored)
            return stored
        # Redis has no queue, an older one, or a different one with the version we announced.
        fresh = known or await _restored(code)
        if known is not None:
            newest = max(known.version, stored.version if stored else 0)
            fresh = known.model_copy(update={"version": newest + 1})
        if await store.swap(code, stored, fresh):
            await _publish(code, fresh)
            return fresh
    raise QueueTooBusy


async def change(code: str, rule: Rule) -> Queue:
    """Change the room's queue by ``rule`` and tell the room; return the new queue.

    Raises what the rule raises, and LiveStateUnavailable.
    """
    async with _turns.get().of(code):
        for _ in range(MAX_ATTEMPTS):
            old = await current(code)
            new = rule(old)
            if new is old:
                return old
            new = new.model_copy(update={"version": old.version + 1})
            if await _replace(code, old, new):
                return new
    raise QueueTooBusy


async def _replace(code: str, old: Queue, new: Queue) -> bool:
    """Store and announce ``new`` if ``old`` is still the queue; tell whether it was."""
    if queue_rows.kept(old) == queue_rows.kept(new):
        if is_stored := await store.swap(code, old, new):
            await _publish(code, new)
        return is_stored
    # If this process is killed before the database has it, it is found ten seconds later.
    pending = await pending_changes.expect(code)
    if not await store.swap(code, old, new):
        await pending_changes.remove(pending)
        return False
    _keep_soon(code, pending)
    await _publish(code, new)
    gone = {entry.id for entry in old.entries} - {entry.id for entry in new.entries}
    await store.forget_votes(code, *gone)
    return True


async def persist(code: str) -> None:
    """Store the durable part of the queue in the database, if Redis has a queue."""
    queue = await store.load(code)
    if queue is not None:
        await in_database(queue_rows.store)(code, queue)


async def forget(code: str) -> None:
    """Delete the queue of a room that has ended."""
    await store.forget(code)
    await in_database(queue_rows.clear)(code)


async def facts(work: Work) -> Facts:
    """Return title and length of a work; empty if its provider does not say."""
    try:
        source = registry.describe(SourceKey.of(work))
        found = await registry.facts(source)
        return replace(found, title=found.title or await registry.title_of(source))
    except StreamItError:
        return Facts()


def is_current(code: str, version: int) -> bool:
    """Tell whether our copy of a room's queue has this ``version``; True for unwatched rooms."""
    watched = _watched_rooms.get().get(code)
    return watched is None or watched.queue.version == version


# --- after Redis has lost something -------------------------------------------------------


async def _restored(code: str) -> Queue:
    queue = await in_database(queue_rows.load)(code)
    entries = [await _with_facts(entry) for entry in queue.entries]
    return queue.model_copy(update={"entries": tuple(entries)})


async def _with_facts(entry: Entry) -> Entry:
    known = await facts(entry.source)
    return entry.model_copy(update={"title": known.title, "duration_s": known.duration_s})


# --- storing and announcing ---------------------------------------------------------------


_writing = PerLoop(lambda: Shared(persist, rest_s=1.0))
_tasks: "PerLoop[set[asyncio.Task[None]]]" = PerLoop(set)


def _keep_soon(code: str, pending: str) -> None:
    task = asyncio.get_running_loop().create_task(_keep(code, pending))
    _tasks.get().add(task)
    task.add_done_callback(_tasks.get().discard)


async def _keep(code: str, pending: str) -> None:
    try:
        await _writing.get().do(code)
        await pending_changes.remove(pending)
    except (StreamItError, DatabaseFailure):
        # It stays pending, so the room will be reconciled.
        log.warning("queue not kept yet", room=code)


async def _publish(code: str, queue: Queue) -> None:
    _accept(code, queue)
    await bus.publish(code, "queue", revision=queue.version)


def _accept(code: str, queue: Queue) -> None:
    watched = _watched_rooms.get().get(code)
    if watched is None or queue.version <= watched.queue.version:
        return
    watched.queue = queue
    for listener in watched.listeners:
        listener(queue)
