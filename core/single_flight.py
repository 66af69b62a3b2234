"""Work that is done once for all callers that ask while it runs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Makes a value once for all callers that ask for the same key at the same time.

    The value is not kept afterwards; caching it is up to ``make``.
    """

    def __init__(self) -> None:
        self._making: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return what ``make`` returns for ``key``; raise what it raises.

        It goes on even if the caller that asked first is cancelled.
        """
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(make())
            # Runs before any waiting caller continues.
            making.add_done_callback(lambda _: self._making.pop(key))
        return await asyncio.shield(making)
