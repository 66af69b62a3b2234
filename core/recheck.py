"""Makes every process check again who may stay connected, after a permission was revoked.

A counter in Redis, read twice a second, says that there is something to check; the details are in
the database. While Redis is away, each process checks every two seconds.
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
# While Redis is away, or after a failure.
UNASKED_S = 2.0
# Check this often anyway: the process that revoked something may not have reached Redis.
LOOK_EVERY_S = 30.0
_KEY = "recheck"

Work = Callable[[], Awaitable[None]]


async def trigger() -> None:
    """Make all processes check again. Call it after the revocation is stored."""
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
            # The task must go on: otherwise what was revoked would stay in use here for ever.
            log.exception("revocations are checked without Redis")
            return None

    async def look(self) -> bool:
        """Run everything given to ``listen``; False if something must be tried again."""
        results = await asyncio.gather(*(work() for work in self.works), return_exceptions=True)
        failures = [each for each in results if isinstance(each, Exception)]
        for failure in failures:
            log.warning("revocations are checked again later", error=repr(failure))
        return not failures


_watches = PerLoop(_Watch)


def listen(work: Work) -> None:
    """Do ``work`` whenever something may have been revoked; it must be cheap if nothing was."""
    _watches.get().works.append(work)


def unlisten(work: Work) -> None:
    """Stop doing ``work``."""
    works = _watches.get().works
    if work in works:
        works.remove(work)


async def start() -> None:
    """Check once, before anybody connects, and then keep checking."""
    watch = _watches.get()
    if watch.task is None:
        await watch.look()
        watch.task = asyncio.get_running_loop().create_task(watch.run())


async def stop() -> None:
    """Stop checking."""
    watch = _watches.pop()
    if watch is not None and watch.task is not None:
        watch.task.cancel()
        await asyncio.wait({watch.task})
