"""Work that a process repeats in the background."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.per_loop import PerLoop

log = structlog.get_logger(__name__)


class Periodic:
    """Does ``work`` every ``every_s()`` seconds, first ``first_s()`` seconds after ``start``.

    Exceptions are logged with the text ``failed``, and the work is repeated as usual. Several
    servers may run it at the same time.
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
        self._task = PerLoop(lambda: asyncio.create_task(self._run()))

    async def start(self) -> None:
        """Start it; does nothing if it runs."""
        self._task.get()

    async def stop(self) -> None:
        """Stop it. Unfinished work is left to the next start."""
        task = self._task.pop()
        if task is not None:
            task.cancel()

    async def _run(self) -> None:
        await asyncio.sleep(self._first_s())
        while True:
            try:
                await self._work()
            except Exception:
                log.exception(self._failed)
            await asyncio.sleep(self._every_s())
