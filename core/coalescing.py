"""Work that is requested more often than it is done; the last request is never lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from core.errors import StreamItError

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Coalesced:
    """Runs ``work`` soon after ``request``, one at a time, at most once per ``interval_s()``."""

    def __init__(
        self,
        work: Callable[[], Awaitable[None]],
        *,
        interval_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._work = work
        self._interval_s = interval_s
        self._last_s = float("-inf")
        self._wanted = False
        self._is_under_way = False
        self._task: asyncio.Task[None] | None = None

    def request(self) -> None:
        """Request the work. It will see everything that happened before this call."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self) -> None:
        """Stop, and cancel work that is under way."""
        if self._task is not None:
            self._task.cancel()

    def finish(self) -> None:
        """Stop, but let work that is under way come to its end."""
        self._wanted = False
        if not self._is_under_way:
            self.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            wait_s = self._last_s + self._interval_s() - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self._wanted, self._is_under_way = False, True
            try:
                await self._work()
            except StreamItError as error:
                # Whoever needs it requests it again: the hub compares revisions every second.
                log.info("work put off", work=self._work.__qualname__, error=error.code)
            except Exception:
                log.exception("work failed")
            finally:
                self._is_under_way = False
                self._last_s = loop.time()


class Shared(Generic[T]):
    """Does ``work`` once for all callers that ask before it begins, one at a time for each key.

    Afterwards it pauses for as long as the work took, and at least ``rest_s``: however many ask,
    the work takes at most half of the time.
    """

    def __init__(self, work: Callable[[str], Awaitable[T]], *, rest_s: float) -> None:
        self._work = work
        self._rest_s = rest_s
        # Callers that are not served yet; a key is in here while its task runs.
        self._asking: dict[str, list[asyncio.Future[T]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, key: str) -> T:
        """Return the result of work that began after this call; raise what it raised."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        if key in self._asking:
            self._asking[key].append(done)
        else:
            self._asking[key] = [done]
            task = loop.create_task(self._serve(key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await done

    async def _serve(self, key: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            while asking := self._asking[key]:
                self._asking[key] = []
                began_s = loop.time()
                await self._do_for(asking, key)
                await asyncio.sleep(max(self._rest_s, loop.time() - began_s))
        finally:
            for done in self._asking.pop(key):
                done.cancel()

    async def _do_for(self, asking: list[asyncio.Future[T]], key: str) -> None:
        try:
            outcome = await self._work(key)
        except Exception as error:
            for done in asking:
                if not done.cancelled():
                    done.set_exception(error)
        else:
            for done in asking:
                if not done.cancelled():
                    done.set_result(outcome)
        finally:
            for done in asking:
                done.cancel()
