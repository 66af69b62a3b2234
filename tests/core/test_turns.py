"""Turns: one after the other, in the order in which they came."""

import asyncio

from core.live import LiveStateUnavailable
from core.turns import Turns


async def test_work_on_one_key_is_done_in_the_order_in_which_it_came() -> None:
    turns, began, ended = Turns(), list[int](), list[int]()

    async def work(number: int) -> None:
        async with turns.of("room"):
            began.append(number)
            await asyncio.sleep(0)
            assert began[len(ended) :] == [number]
            ended.append(number)

    await asyncio.gather(*(work(number) for number in range(9)))
    assert ended == list(range(9))
    assert not turns._lines


async def test_work_on_another_key_does_not_wait() -> None:
    turns = Turns()
    async with turns.of("room"), asyncio.timeout(9), turns.of("another"):
        assert set(turns._lines) == {"room", "another"}


async def test_who_waited_while_redis_went_away_is_told_so_and_who_comes_later_tries() -> None:
    turns, tried, may_fail = Turns(), list[str](), asyncio.Event()

    async def work(name: str) -> None:
        async with turns.of("room"):
            tried.append(name)
            await may_fail.wait()
            if name == "first":
                raise LiveStateUnavailable

    waiting = [asyncio.create_task(work(name)) for name in ("first", "second", "third")]
    await asyncio.sleep(0)
    may_fail.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [LiveStateUnavailable] * 3
    await work("later")
    assert tried == ["first", "later"]


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next() -> None:
    turns, done = Turns(), list[str]()

    async def work(name: str) -> None:
        async with turns.of("room"):
            await asyncio.sleep(0)
            done.append(name)

    first, second, third = (asyncio.create_task(work(name)) for name in ("1", "2", "3"))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)
    assert (done, second.cancelled()) == (["1", "3"], True)
    assert not turns._lines


async def test_another_failure_is_of_its_own_work_alone() -> None:
    turns = Turns()

    async def fail() -> None:
        async with turns.of("room"):
            raise ValueError

    async def work() -> str:
        async with turns.of("room"):
            return "done"

    failed, done = await asyncio.gather(fail(), work(), return_exceptions=True)
    assert (type(failed), done) == (ValueError, "done")
