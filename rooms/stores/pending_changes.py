"""Changes of both stores under way: ``rooms:pending_changes``. One that stays was cut short."""

import uuid

from core import live
from rooms.stores import due

PENDING_CHANGES = "rooms:pending_changes"


async def add(code: str, *, at_ms: float) -> str:
    """Note that the room is to be looked at then unless the mark is taken away; return it."""
    mark = f"{code} {uuid.uuid4().hex}"
    async with live.reaching_redis("pending") as redis:
        await redis.zadd(PENDING_CHANGES, {mark: at_ms})
    return mark


async def remove(mark: str) -> None:
    """Take away what ``add`` or ``claim`` gave."""
    async with live.reaching_redis("pending") as redis:
        await redis.zrem(PENDING_CHANGES, mark)


async def claim(*, now_ms: float, at_most: int = 100) -> list[tuple[str, str]]:
    """Claim marks that nobody took away; the claimer unmarks each room it has looked at."""
    return [
        (mark.split(" ")[0], mark) for mark in await due.claim(PENDING_CHANGES, now_ms, at_most)
    ]
