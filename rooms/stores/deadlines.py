"""The deadlines of rooms in one sorted set: ``rooms:deadlines``, claimed when they are due."""

from collections.abc import Collection

from core import live
from rooms.lifecycle import Deadline
from rooms.stores import due

DEADLINES = "rooms:deadlines"
_KINDS = frozenset(Deadline)


async def set_one(code: str, kind: Deadline, at_ms: float) -> None:
    """Set when something is due in a room."""
    async with live.reaching_redis("deadlines") as redis:
        await redis.zadd(DEADLINES, {f"{code} {kind}": at_ms})


async def set_missing(codes: Collection[str], kind: Deadline, at_ms: float) -> None:
    """Set a deadline in those of the rooms that have none of this kind."""
    if not codes:
        return
    async with live.reaching_redis("deadlines") as redis:
        await redis.zadd(DEADLINES, {f"{code} {kind}": at_ms for code in codes}, nx=True)


async def drop(code: str, *kinds: Deadline) -> None:
    """Remove deadlines of a room."""
    async with live.reaching_redis("deadlines") as redis:
        await redis.zrem(DEADLINES, *(f"{code} {kind}" for kind in kinds))


async def running(code: str) -> dict[Deadline, float]:
    """Return when each running deadline of a room is due, ms."""
    async with live.reaching_redis("deadlines") as redis:
        scores = await redis.zmscore(DEADLINES, [f"{code} {kind}" for kind in Deadline])
    return {kind: score for kind, score in zip(Deadline, scores, strict=True) if score is not None}


async def lacking(codes: Collection[str], kind: Deadline) -> set[str]:
    """Return those of the rooms that have no deadline of this kind, in one round trip."""
    codes = list(codes)
    if not codes:
        return set()
    async with live.reaching_redis("deadlines") as redis:
        scores = await redis.zmscore(DEADLINES, [f"{code} {kind}" for code in codes])
    return {code for code, score in zip(codes, scores, strict=True) if score is None}


async def claim(*, now_ms: float, at_most: int = 100) -> list[tuple[str, Deadline]]:
    """Claim deadlines that have passed; the claimer calls ``drop`` when each has been handled.

    During an upgrade a newer server may set kinds that this one does not know. They are skipped,
    and due again soon, for the newer one.
    """
    claimed = [text.partition(" ") for text in await due.claim(DEADLINES, now_ms, at_most)]
    return [(code, Deadline(kind)) for code, _, kind in claimed if kind in _KINDS]
