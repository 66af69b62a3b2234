"""A key that is gone when Redis has lost everything: ``rooms:rebuild_marker``."""

from datetime import timedelta

from core import live

HOLDS_FOR = timedelta(days=1)
REBUILD_MARKER = "rooms:rebuild_marker"


async def is_set() -> bool:
    """Tell whether Redis still has what ``set_rebuild_marker`` left there."""
    async with live.reaching_redis("stock") as redis:
        return bool(await redis.exists(REBUILD_MARKER))


async def leave() -> None:
    """Leave a mark that is gone when Redis has lost everything, and once a day."""
    async with live.reaching_redis("stock") as redis:
        await redis.set(REBUILD_MARKER, "1", ex=HOLDS_FOR)
