"""Reading a range through connections that may break."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from library.storage.base import READ_BYTES, StorageUnavailable

# Requests the bytes from the first argument up to the second.
Begin = Callable[[int, int], AbstractAsyncContextManager[AsyncIterator[bytes]]]

# Enough for a viewer who pauses often and for longer than the upstream waits.
MOST_RESUMPTIONS = 50


@contextlib.asynccontextmanager
async def resuming(begin: Begin, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open a reader of the bytes from ``start`` up to ``stop``; leaving closes its connection.

    Upstreams close connections of viewers who pause, and bodies end early: then the rest is
    requested again. Raises StorageUnavailable after a connection that brought nothing.
    """
    async with contextlib.AsyncExitStack() as stack:
        reader = _Reader(begin, start, stop, stack)
        if start < stop:
            await reader.begin()
        yield reader


class _Reader(AsyncIterator[bytes]):
    def __init__(
        self, begin: Begin, start: int, stop: int, stack: contextlib.AsyncExitStack
    ) -> None:
        self._begin, self._stack = begin, stack
        self._position, self._stop = start, stop
        self._waiting = memoryview(b"")
        self._has_progress = False
        self._resumptions = 0

    async def begin(self) -> None:
        await self._stack.aclose()
        self._has_progress = False
        self._chunks = await self._stack.enter_async_context(
            self._begin(self._position, self._stop)
        )

    async def __anext__(self) -> bytes:
        while not self._waiting:
            if self._position >= self._stop:
                raise StopAsyncIteration
            await self._fill()
        piece = bytes(self._waiting[:READ_BYTES])
        # An empty view would keep its whole buffer in memory.
        self._waiting = self._waiting[READ_BYTES:] or memoryview(b"")
        return piece

    async def _fill(self) -> None:
        try:
            data = await anext(self._chunks, b"")
        except StorageUnavailable:
            data = b""
        if data:
            # Ignore bytes beyond the range.
            self._waiting = memoryview(data)[: self._stop - self._position]
            self._position += len(self._waiting)
            self._has_progress = True
        elif self._has_progress and self._resumptions < MOST_RESUMPTIONS:
            self._resumptions += 1
            await self.begin()
        else:
            raise StorageUnavailable("The file broke off.")
