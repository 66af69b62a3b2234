"""Looking again for what was taken back."""

import asyncio

import pytest

from core import live, recheck

pytestmark = pytest.mark.usefixtures("live")


async def test_it_is_looked_for_again_whatever_redis_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recheck, "UNASKED_S", 0.0)
    looks, enough = 0, asyncio.Event()

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 4:
            enough.set()

    recheck.listen(look)
    async with live.reaching_redis("test") as redis:
        # No number can be read from it: an answer that nobody expects.
        await redis.delete(recheck._KEY)
        await redis.rpush(recheck._KEY, "a list")
        try:
            await recheck.start()
            async with asyncio.timeout(30):
                await enough.wait()
        finally:
            await recheck.stop()
            await redis.delete(recheck._KEY)
