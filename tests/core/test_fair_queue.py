"""Whose turn it is: nobody waits for all that somebody else has asked for."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.fair_queue import RETRY_AFTER_S, Busy, FairQueue, set_asker

ONE = FairQueue(at_once=1, of_one=1, most_waiting=100, most_waiting_of_one=10)


class Work:
    """FairQueue at ``turns`` that last until the test says so; tells in which order they began."""

    def __init__(self, turns: FairQueue) -> None:
        self.turns = turns
        self.began: list[str] = []
        self._may_end = asyncio.Semaphore(0)

    async def ask(self, who: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._take(who))
        await settled()
        return task

    async def end(self, count: int = 1) -> None:
        for _ in range(count):
            self._may_end.release()
            await settled()

    async def _take(self, who: str) -> None:
        async with self.turns.turn(who):
            self.began.append(who)
            await self._may_end.acquire()


async def settled() -> None:
    """Let all that is due on the loop be done."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_asks_for_much_keeps_nobody_waiting_for_all_of_it() -> None:
    work = Work(replace(ONE))
    tasks = [await work.ask(who) for who in ["ana"] * 5 + ["ben", "cem", "ben"]]
    await work.end(8)
    assert work.began == ["ana", "ana", "ben", "cem", "ana", "ben", "ana", "ana"]
    await asyncio.gather(*tasks)


async def test_one_owner_has_few_of_the_places() -> None:
    work = Work(replace(ONE, at_once=3, of_one=2))
    tasks = [await work.ask(who) for who in ["ana", "ana", "ana", "ben"]]
    assert work.began == ["ana", "ana", "ben"]
    await work.end(4)
    await asyncio.gather(*tasks)


async def test_past_a_bound_whoever_has_most_waiting_gives_way() -> None:
    work = Work(replace(ONE, most_waiting=4, most_waiting_of_one=3))
    ana = [await work.ask("ana") for _ in range(4)]
    with pytest.raises(Busy) as busy:
        await (await work.ask("ana"))
    assert (busy.value.status, busy.value.retry_after_s) == (503, RETRY_AFTER_S)
    others = [await work.ask(who) for who in ("ben", "cem")]
    with pytest.raises(Busy):
        await ana.pop()
    others.append(await work.ask("dan"))
    with pytest.raises(Busy):
        await ana.pop()
    # Now everybody has one.
    with pytest.raises(Busy):
        await (await work.ask("eve"))
    await work.end(5)
    await asyncio.gather(*ana, *others)


async def test_nobody_waits_for_longer_than_they_are_told() -> None:
    turns = replace(ONE, longest_wait_s=0.01)
    async with turns.turn("ana"):
        with pytest.raises(Busy):
            async with turns.turn("ben"):
                pass
    async with turns.turn("ben"):
        pass


@pytest.mark.parametrize("when", ["while they wait", "in the moment of their turn"])
async def test_who_goes_away_leaves_their_turn_to_the_next(when: str) -> None:
    work = Work(replace(ONE))
    ana, ben, cem = [await work.ask(who) for who in ("ana", "ben", "cem")]
    if when == "while they wait":
        ben.cancel()
        await work.end()
    else:
        # Ana's turn ends before Ben's task has run again.
        ana.cancel()
        await asyncio.sleep(0)
        assert ana.done()
        ben.cancel()
        await settled()
    assert ben.cancelled()
    assert work.began == ["ana", "cem"]
    await work.end()
    await cem


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


async def test_a_turn_lasts_as_long_as_its_thread(threads: ThreadPoolExecutor) -> None:
    """Else whoever asks and goes away again would have any number of them at work."""
    turns, may_end = replace(ONE, at_once=2), threading.Event()
    set_asker("ana")
    asking = asyncio.create_task(turns.do(lambda: may_end.wait(30), threads=threads))
    await settled()
    asking.cancel()
    second = asyncio.create_task(turns.do(lambda: "second", threads=threads))
    set_asker("ben")
    assert await turns.do(lambda: "mine", threads=threads) == "mine"
    assert not second.done()
    may_end.set()
    assert await second == "second"


async def test_what_fails_ends_its_turn(threads: ThreadPoolExecutor) -> None:
    turns = replace(ONE)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await turns.do(lambda: 1 / 0, threads=threads)


async def test_a_turn_is_not_lost_when_who_waits_for_it_is_cancelled_as_it_comes() -> None:
    work = Work(replace(ONE))
    async with work.turns.turn("ana"):
        gone, next_one = await work.ask("ben"), await work.ask("cem")
        # In the same step of the loop: it has not said yet that it waits no more.
        gone.cancel()
    await settled()
    assert gone.cancelled()
    assert work.began == ["cem"]
    await work.end()
    await next_one
    last = await work.ask("dua")
    await work.end()
    await last


async def test_who_is_gone_takes_no_place_among_those_who_wait() -> None:
    work = Work(replace(ONE, most_waiting=2, most_waiting_of_one=2))
    holder = await work.ask("ana")
    waiting = [await work.ask("ben"), await work.ask("ben")]
    waiting[1].cancel()
    last = await work.ask("cem")
    await work.end(3)
    await asyncio.gather(holder, waiting[0], last)
    assert work.began == ["ana", "ben", "cem"]
