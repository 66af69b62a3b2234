"""Wakes idle workers, so that a job starts at once. Without it they still check by themselves."""

import asyncio
import contextlib

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from core import live

_CHANNEL = "jobs"


async def call() -> None:
    """Wake every idle worker."""
    with contextlib.suppress(live.LiveStateUnavailable):
        async with live.reaching_redis("jobs") as redis:
            await redis.publish(_CHANNEL, "")


class Bell:
    """Receives the calls."""

    def __init__(self) -> None:
        self._heard: PubSub | None = None

    async def wait(self, timeout_s: float) -> None:
        """Return after a call, or after ``timeout_s``.

        The first time it returns at once, because there may have been a call before we listened.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        try:
            async with live.reaching_redis("jobs") as redis:
                if self._heard is None:
                    self._heard = redis.pubsub(ignore_subscribe_messages=True)
                    await self._heard.subscribe(_CHANNEL)
                    return
                while (left_s := until - loop.time()) > 0:
                    if await self._heard.get_message(timeout=left_s):
                        return
        except live.LiveStateUnavailable:
            await self.close()
            await asyncio.sleep(max(0.0, until - loop.time()))

    async def close(self) -> None:
        """Stop listening; the next ``wait`` listens again."""
        heard, self._heard = self._heard, None
        if heard is not None:
            with contextlib.suppress(RedisError, OSError):
                await heard.aclose()  # type: ignore[no-untyped-call]
