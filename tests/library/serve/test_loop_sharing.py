"""Streams take turns: few in each turn of the loop, in order, and nobody holds up another."""

import asyncio
import contextlib

from library.serve.loop_sharing import AT_ONCE, next_turn


async def test_many_who_send_leave_room_for_one_who_begins() -> None:
    sent = 0

    async def send_for_ever() -> None:
        nonlocal sent
        while True:
            await next_turn()
            sent += 1

    streams = [asyncio.ensure_future(send_for_ever()) for _ in range(100)]
    await asyncio.sleep(0)
    before = sent
    turns = 10
    for _ in range(turns):
        await asyncio.sleep(0)
    assert 0 < sent - before <= turns * AT_ONCE
    for stream in streams:
        stream.cancel()
    await asyncio.wait(streams)


async def test_turns_come_in_the_order_in_which_they_are_wanted() -> None:
    order = []

    async def send(number: int) -> None:
        for _ in range(2):
            await next_turn()
            order.append(number)

    await asyncio.gather(*map(send, range(3 * AT_ONCE)))
    assert order == [*range(3 * AT_ONCE), *range(3 * AT_ONCE)]


async def test_one_who_goes_away_while_waiting_holds_up_nobody() -> None:
    waiting = [asyncio.ensure_future(next_turn()) for _ in range(3 * AT_ONCE)]
    await asyncio.sleep(0)
    for gone in waiting[::2]:
        gone.cancel()
    await asyncio.wait_for(asyncio.gather(*waiting[1::2]), 30)
    assert all(gone.cancelled() for gone in waiting[::2])


def test_a_loop_that_ended_leaves_nothing_to_the_next_one() -> None:
    async def break_off() -> None:
        waiting = [asyncio.ensure_future(next_turn()) for _ in range(3 * AT_ONCE)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()

    async def go_on() -> None:
        await asyncio.wait_for(next_turn(), 30)

    loop = asyncio.new_event_loop()
    with contextlib.closing(loop):
        loop.run_until_complete(break_off())
    asyncio.run(go_on())
