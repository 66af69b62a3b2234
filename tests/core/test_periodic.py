"""Work that is done again and again, whatever comes of it."""

import asyncio

from core.periodic import Periodic


async def test_it_goes_on_after_a_failure_until_it_is_stopped() -> None:
    done, third = 0, asyncio.Event()

    async def work() -> None:
        nonlocal done
        done += 1
        if done == 1:
            raise ValueError("unlucky")
        if done == 3:
            third.set()

    periodic = Periodic(work, every_s=lambda: 0.0, first_s=lambda: 0.0, failed="it failed")
    await periodic.start()
    await periodic.start()
    async with asyncio.timeout(30):
        await third.wait()
    await periodic.stop()
    await periodic.stop()
    before = done
    for _ in range(10):
        await asyncio.sleep(0)
    assert done == before
