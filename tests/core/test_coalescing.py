"""Work that many ask for and that is done seldom, yet after each of them has asked."""

import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.coalescing import Coalesced, Shared
from core.errors import Unavailable
from tests.support.waiting import eventually


class Work:
    """Work that ends when a test lets it; it knows how often it began, by key."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.resumed = asyncio.Event()
        self.resumed.set()
        self.fails = False

    async def __call__(self, key: str) -> None:
        self.began.append(key)
        await self.resumed.wait()
        if self.fails:
            raise Unavailable


async def under_way(shared: Shared[None], *keys: str) -> list[asyncio.Task[None]]:
    """Ask for each key; return when all have asked and what can begin has begun."""
    tasks = [asyncio.create_task(shared.do(key)) for key in keys]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize("error", [Unavailable, ZeroDivisionError])
async def test_what_was_asked_for_while_the_work_failed_is_done(error: type[Exception]) -> None:
    began: list[int] = []
    may_fail = asyncio.Event()

    async def work() -> None:
        began.append(len(began))
        if len(began) == 1:
            await may_fail.wait()
            raise error

    coalesced = Coalesced(work)
    coalesced.request()
    await asyncio.sleep(0)
    coalesced.request()
    may_fail.set()

    async def is_done_again() -> bool:
        return began == [0, 1]

    await eventually(is_done_again)


async def test_work_that_is_finished_comes_to_its_end_and_does_not_begin_again() -> None:
    steps: list[str] = []
    may_end = asyncio.Event()

    async def work() -> None:
        steps.append("begun")
        await may_end.wait()
        steps.append("ended")

    under_way, waiting = Coalesced(work), Coalesced(work, interval_s=lambda: math.inf)
    for coalesced in (under_way, waiting):
        # As if it had been done just now.
        coalesced._last_s = asyncio.get_running_loop().time()
        coalesced.request()
    await asyncio.sleep(0)
    under_way.request()
    for coalesced in (under_way, waiting):
        coalesced.finish()
    may_end.set()
    tasks = [coalesced._task for coalesced in (under_way, waiting) if coalesced._task]
    await asyncio.wait(tasks)
    assert steps == ["begun", "ended"]
    assert [task.cancelled() for task in tasks] == [False, True]


async def test_all_who_ask_at_once_share_one_work() -> None:
    work = Work()
    shared = Shared(work, rest_s=0)
    await asyncio.gather(*(shared.do("a") for _ in range(1_000)))
    assert work.began == ["a"]


async def test_who_asks_while_it_is_done_waits_for_another_that_they_share() -> None:
    work = Work()
    shared = Shared(work, rest_s=0)
    work.resumed.clear()
    first = await under_way(shared, "a")
    late = await under_way(shared, *["a"] * 50)
    assert work.began == ["a"]
    work.resumed.set()
    await asyncio.gather(*first, *late)
    assert work.began == ["a", "a"]


async def test_one_key_does_not_wait_for_another() -> None:
    work = Work()
    shared = Shared(work, rest_s=3_600)
    await shared.do("a")
    await asyncio.gather(*(shared.do(key) for key in "bc"))
    assert work.began == ["a", "b", "c"]


async def test_a_failure_is_that_of_all_who_shared_it_and_of_nobody_else() -> None:
    work = Work()
    shared = Shared(work, rest_s=0)
    work.fails = True
    work.resumed.clear()
    first = await under_way(shared, "a", "a")
    late = await under_way(shared, "a")
    work.resumed.set()
    outcomes = await asyncio.gather(*first, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    work.fails = False
    await asyncio.gather(*late, return_exceptions=True)
    await shared.do("a")


async def test_who_gives_up_does_not_take_the_work_from_the_others() -> None:
    work = Work()
    shared = Shared(work, rest_s=0)
    work.resumed.clear()
    hasty, patient = await under_way(shared, "a", "a")
    hasty.cancel()
    work.resumed.set()
    await patient
    assert hasty.cancelled()


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 4), st.booleans()), min_size=1, max_size=30
    ),
    st.lists(st.integers(0, 4), min_size=1, max_size=5),
)
def test_whoever_asks_is_served_by_work_that_began_after_they_asked(
    askers: list[tuple[str, int, bool]], durations: list[int]
) -> None:
    asyncio.run(a_crowd_asks(askers, durations))


async def a_crowd_asks(askers: list[tuple[str, int, bool]], durations: list[int]) -> None:
    """Each writes a row and asks; what the work has read by then must have it."""
    rows: dict[str, set[int]] = {"a": set(), "b": set()}
    read: dict[str, set[int]] = {"a": set(), "b": set()}
    began = 0

    async def work(key: str) -> None:
        nonlocal began
        began += 1
        seen = set(rows[key])
        for _ in range(durations[began % len(durations)]):
            await asyncio.sleep(0)
        if began % 7 == 3:
            raise Unavailable
        read[key] = seen

    shared = Shared(work, rest_s=0)

    async def ask(number: int, key: str, gives_up: bool) -> None:
        rows[key].add(number)
        asking = asyncio.ensure_future(shared.do(key))
        if gives_up:
            await asyncio.sleep(0)
            asking.cancel()
        try:
            await asking
        except (Unavailable, asyncio.CancelledError):
            return
        assert number in read[key]

    async with asyncio.TaskGroup() as group:
        for number, (key, pause, gives_up) in enumerate(askers):
            for _ in range(pause):
                await asyncio.sleep(0)
            group.create_task(ask(number, key, gives_up))


@pytest.mark.parametrize("failing", [False, True])
async def test_nothing_is_kept_of_a_key_that_nobody_asks_for(failing: bool) -> None:
    work = Work()
    work.fails = failing
    shared = Shared(work, rest_s=0)
    for number in range(100):
        await asyncio.gather(shared.do(str(number)), return_exceptions=True)

    async def nothing_is_kept() -> bool:
        return not shared._asking and not shared._tasks

    await eventually(nothing_is_kept)
