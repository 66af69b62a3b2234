"""Work that is asked for often and done seldom: the last asking is never lost."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import StreamItError

log = structlog.get_logger(__name__)


class Coalesced:
    """Runs ``work`` soon after ``poke``, one at a time, at most once per ``interval_s``."""

    def __init__(self, work: Callable[[], Awaitable[None]], *, interval_s: float = 0.0) -> None:
        self._work = work
        self._interval_s = interval_s
        self._last_s = float("-inf")
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def poke(self) -> None:
        """Ask for the work; what happened before this call will be seen by it."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self) -> None:
        """Stop; the work under way is given up."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            wait_s = self._last_s + self._interval_s - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self._wanted = False
            try:
                await self._work()
            except StreamItError as error:
                # The hub compares revisions every second and asks again.
                log.info("work put off", work=self._work.__qualname__, error=error.code)
                return
            except Exception:
                log.exception("work failed")
                return
            finally:
                self._last_s = loop.time()
