"""Unfinished changes of both Redis and the database: ``rooms:pending_changes``.

An entry that stays belongs to a change that was interrupted.
"""

import contextlib
import uuid
from collections.abc import AsyncIterator

from core import live
from core.errors import Unavailable
from playback.clock import room_clock
from rooms.stores import due

PENDING_CHANGES = "rooms:pending_changes"
# Longer than a change of both stores takes on a busy day.
RECONCILE_AFTER_MS = 10_000.0


@contextlib.asynccontextmanager
async def under_way(code: str) -> AsyncIterator[None]:
    """Have the room reconciled (rooms.upkeep.reconcile) if the block does not complete.

    A process may be killed, or a store may fail, between the write to Redis and the write to
    the database. Raises LiveStateUnavailable before anything is changed.
    """
    entry = await expect(code)
    yield
    with contextlib.suppress(Unavailable):
        await remove(entry)


async def expect(code: str) -> str:
    """Add an entry for a change that begins now and return it; call ``remove`` at its end."""
    now_ms = (await room_clock()).now_ms()
    return await add(code, at_ms=now_ms + RECONCILE_AFTER_MS)


async def add(code: str, *, at_ms: float) -> str:
    """Add an entry and return it; at ``at_ms`` the room is reconciled if it is still there."""
    entry = f"{code} {uuid.uuid4().hex}"
    async with live.reaching_redis("pending") as redis:
        await redis.zadd(PENDING_CHANGES, {entry: at_ms})
    return entry


async def remove(*entries: str) -> None:
    """Remove entries that ``add`` or ``claim`` returned."""
    if entries:
        async with live.reaching_redis("pending") as redis:
            await redis.zrem(PENDING_CHANGES, *entries)


async def rooms() -> set[str]:
    """Return the codes of all rooms with an entry. The database may lag behind for these."""
    async with live.reaching_redis("pending") as redis:
        entries = await redis.zrange(PENDING_CHANGES, 0, -1)
    return {str(entry).split(" ")[0] for entry in entries}


async def claim(*, now_ms: float, at_most: int = 100) -> dict[str, list[str]]:
    """Claim entries that are due, by room; the claimer removes them when it is reconciled."""
    claimed: dict[str, list[str]] = {}
    for entry in await due.claim(PENDING_CHANGES, now_ms, at_most):
        claimed.setdefault(entry.split(" ")[0], []).append(entry)
    return claimed
