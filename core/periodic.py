"""Work that a process does again and again, beside everything else."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.per_loop import PerLoop

log = structlog.get_logger(__name__)


class Periodic:
    """Does ``work`` every ``every_s()`` seconds, first after ``first_s()``, from ``start`` on.

    What it raises is logged as ``failed``, and the next time comes all the same. Several
    servers may do so together.
    """

    def __init__(
        self,
        work: Callable[[], Awaitable[object]],
        *,
        every_s: Callable[[], float],
        first_s: Callable[[], float],
        failed: str,
    ) -> None:
        self._work, self._every_s, self._first_s, self._failed = work, every_s, first_s, failed
        self._task = PerLoop(lambda: asyncio.create_task(self._go_on()))

    async def start(self) -> None:
        """Begin; does nothing when it has begun."""
        self._task.get()

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        task = self._task.pop()
        if task is not None:
            task.cancel()

    async def _go_on(self) -> None:
        await asyncio.sleep(self._first_s())
        while True:
            try:
                await self._work()
            except Exception:
                log.exception(self._failed)
            await asyncio.sleep(self._every_s())
