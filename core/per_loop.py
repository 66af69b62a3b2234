"""One object for each event loop, so that two servers in one process share nothing.

A server process runs one loop, and its composition root starts and stops what lives there. Each
test has its own loop, so nothing is left from the test before.
"""

import asyncio
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes an object when a loop first asks for it, and drops it with the loop."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        # Keyed by the loop's id. One command asks some ten times, and a WeakKeyDictionary takes
        # three times as long.
        self._made: dict[int, T] = {}

    def get(self) -> T:
        """Return the running loop's object."""
        loop = asyncio.get_running_loop()
        made = self._made.get(id(loop))
        if made is None:
            made = self._made[id(loop)] = self._make()
            # Called before another loop can get the same id.
            weakref.finalize(loop, self._made.pop, id(loop), None).atexit = False
        return made

    def peek(self) -> T | None:
        """Return the running loop's object, if it has one."""
        return self._made.get(id(asyncio.get_running_loop()))

    def pop(self) -> T | None:
        """Remove and return the running loop's object, if it has one."""
        return self._made.pop(id(asyncio.get_running_loop()), None)
