"""What is made once for all who ask for it."""

import asyncio

from core.single_flight import SingleFlight


async def test_who_asks_meanwhile_gets_the_same_and_who_asks_later_another() -> None:
    shared, may, made = SingleFlight[str, int](), asyncio.Event(), 0

    async def make() -> int:
        nonlocal made
        await may.wait()
        made += 1
        return made

    asking = [asyncio.create_task(shared.get("a", make)) for _ in range(3)]
    other = asyncio.create_task(shared.get("b", make))
    await asyncio.sleep(0)
    # Whoever asked first goes away.
    asking[0].cancel()
    may.set()
    assert await asyncio.gather(*asking[1:], other) == [1, 1, 2]
    assert await shared.get("a", make) == 3


async def test_what_goes_wrong_is_told_to_all_who_wait_and_tried_again() -> None:
    shared, tries = SingleFlight[str, int](), 0

    async def make() -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ValueError
        return tries

    outcomes = await asyncio.gather(
        *(shared.get("a", make) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in outcomes] == [ValueError] * 3
    assert await shared.get("a", make) == 2
