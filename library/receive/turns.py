"""Whose file is looked into next.

Looking takes a process and as long as the storage of the file wants. So files that lie near
never wait for those that lie far, files of one person or address are looked into one after the
other, and who would have to wait for too many is told so. Each process counts its own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakValueDictionary

from core.errors import Unavailable
from core.per_loop import PerLoop

NEAR_AT_ONCE = 2
FAR_AT_ONCE = 4
MOST_WAITING = 40
MOST_WAITING_OF_ONE = 10


class TooManyFiles(Unavailable):
    message = "The server is looking into too many files just now. Try again in a minute."


class _Queue:
    """Lets some be looked into at once; of those who wait, each has one turn at a time."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        own = self._turns.setdefault(who, asyncio.Lock())
        await self._wait(who, own)
        try:
            yield
        finally:
            self._free.release()
            own.release()

    async def _wait(self, who: str, own: asyncio.Lock) -> None:
        if self._waiting[who] >= MOST_WAITING_OF_ONE or self._waiting.total() >= MOST_WAITING:
            raise TooManyFiles
        self._waiting[who] += 1
        try:
            await own.acquire()
            try:
                await self._free.acquire()
            except BaseException:
                own.release()
                raise
        finally:
            self._waiting[who] -= 1
            # Else it would keep everybody who ever waited.
            self._waiting += Counter()


_near = PerLoop(lambda: _Queue(NEAR_AT_ONCE))
_far = PerLoop(lambda: _Queue(FAR_AT_ONCE))


def turn(who: str, *, is_near: bool) -> AbstractAsyncContextManager[None]:
    """Wait until a file of ``who`` may be looked into; raise TooManyFiles at once or never."""
    queue = _near.get() if is_near else _far.get()
    return queue.turn(who)
