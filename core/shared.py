"""Work that is done once for everybody who asks while it runs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Shared(Generic[K, V]):
    """Lets those who ask for one thing at the same moment wait for one making of it.

    What was made is forgotten: who keeps it for others does so in what makes it.
    """

    def __init__(self) -> None:
        self._making: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return what ``make`` gives, to whoever called it for ``key``; raise what it raises.

        Whoever asked first may go away before the others: it goes on.
        """
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(make())
            # Before any of those who wait goes on.
            making.add_done_callback(lambda _: self._making.pop(key))
        return await asyncio.shield(making)
