"""A key that is missing after Redis has lost everything: ``rooms:rebuild_marker``."""

from datetime import timedelta

from core import live

HOLDS_FOR = timedelta(days=1)
REBUILD_MARKER = "rooms:rebuild_marker"


async def is_set() -> bool:
    """Tell whether the marker is still there."""
    async with live.reaching_redis("rebuild") as redis:
        return bool(await redis.exists(REBUILD_MARKER))


async def leave() -> None:
    """Set the marker; it expires after a day, so the deadlines are checked daily."""
    async with live.reaching_redis("rebuild") as redis:
        await redis.set(REBUILD_MARKER, "1", ex=HOLDS_FOR)
