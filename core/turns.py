"""Work on the same thing in this process, one piece after the other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from core.live import LiveStateUnavailable


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0
    failure: LiveStateUnavailable | None = None


class Turns:
    """Gives each piece of work on a key its turn, in the order in which they came.

    For changes by compare-and-set: of those that are tried at the same time only one succeeds, so
    a hundred would need thousands of tries.
    """

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @contextlib.asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn of ``key``, and have it until the block ends.

        Raises LiveStateUnavailable if a block before it did so meanwhile: otherwise each would
        wait for Redis as long as the first one, and the last one for all of them.
        """
        line = self._lines.setdefault(key, _Line())
        line.length += 1
        earlier = line.failure
        try:
            async with line.lock:
                if line.failure is not earlier:
                    raise LiveStateUnavailable from line.failure
                try:
                    yield
                except LiveStateUnavailable as error:
                    line.failure = error
                    raise
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[key]
