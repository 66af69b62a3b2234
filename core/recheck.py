"""Asks every process to check again what is running, because some permission was revoked.

A counter in Redis, read twice a second, says that there is something to check; what it is is in
the database. While Redis is away each process looks every two seconds.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from core import live
from core.errors import StreamItError
from core.per_loop import PerLoop

log = structlog.get_logger(__name__)

POLL_S = 0.5
# With no word from Redis, or after a failure.
UNASKED_S = 2.0
# A word may be lost: whoever took the leave back may not have reached Redis.
LOOK_EVERY_S = 30.0
_KEY = "recheck"

Work = Callable[[], Awaitable[None]]


async def ask() -> None:
    """Have all processes look again, after what was taken back is stored."""
    with contextlib.suppress(live.LiveStateUnavailable):
        async with live.reaching_redis("recheck") as redis:
            await redis.incr(_KEY)


class _Watch:
    def __init__(self) -> None:
        self.works: list[Work] = []
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        seen, looked_s = None, float("-inf")
        while True:
            count = await self._count()
            if count is None or count != seen or loop.time() - looked_s > LOOK_EVERY_S:
                looked_s = loop.time()
                seen = count if await self.look() else None
            await asyncio.sleep(POLL_S if seen is not None else UNASKED_S)

    async def _count(self) -> int | None:
        try:
            async with live.reaching_redis("recheck") as redis:
                return int(await redis.get(_KEY) or 0)
        except StreamItError:
            return None
        except Exception:
            # Nobody would begin again: what was taken back would stay in use here for ever.
            log.exception("what was taken back is looked for without Redis")
            return None

    async def look(self) -> bool:
        """Do all that was given to ``listen``; False when something must be tried again."""
        results = await asyncio.gather(*(work() for work in self.works), return_exceptions=True)
        failures = [each for each in results if isinstance(each, Exception)]
        for failure in failures:
            log.warning("what was taken back is looked for again later", error=repr(failure))
        return not failures


_watches = PerLoop(_Watch)


def listen(work: Work) -> None:
    """Do ``work`` whenever something was taken back; it may be called for nothing."""
    _watches.get().works.append(work)


def unlisten(work: Work) -> None:
    """Do ``work`` no more."""
    works = _watches.get().works
    if work in works:
        works.remove(work)


async def start() -> None:
    """Look once, before anybody comes, and go on."""
    watch = _watches.get()
    if watch.task is None:
        await watch.look()
        watch.task = asyncio.get_running_loop().create_task(watch.run())


async def stop() -> None:
    """Look no more."""
    watch = _watches.pop()
    if watch is not None and watch.task is not None:
        watch.task.cancel()
        await asyncio.wait({watch.task})
