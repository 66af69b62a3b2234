"""The live state in a real Valkey: compare-and-set, lost races and losses."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import live as live_state
from playback import store
from playback.state import Outcome, PlaybackState, Seek, Verdict, apply

CODE = "bcdfgh2345"
FIRST = PlaybackState(host="ana", at=1.5)


def seek(position: float, *, id: str | None = None) -> Callable[[PlaybackState], Outcome]:  # noqa: A002
    return lambda state: apply(state, Seek(position), now_ms=0, by="ana", id=id)


async def test_a_state_comes_back_as_it_was_stored(live: None) -> None:
    assert await store.load(CODE) is None
    assert await store.create(CODE, FIRST)
    assert await store.load(CODE) == FIRST
    assert await store.revisions([CODE, "none"]) == {CODE: 1}


async def test_only_one_of_several_creators_wins(live: None) -> None:
    made = await asyncio.gather(
        *(store.create(CODE, FIRST.model_copy(update={"by": str(n)})) for n in range(10))
    )
    assert sum(made) == 1
    kept = await store.load(CODE)
    assert kept is not None
    assert kept.by == str(made.index(True))


async def test_an_update_without_a_state_says_so(live: None) -> None:
    with pytest.raises(store.NoLiveState):
        await store.update(CODE, seek(1))


async def test_of_many_updates_at_once_none_is_lost(live: None) -> None:
    await store.create(CODE, FIRST)
    outcomes = await asyncio.gather(*(store.update(CODE, seek(n)) for n in range(1, 21)))
    final = await store.load(CODE)
    assert final is not None
    assert sorted(outcome.state.revision for outcome in outcomes) == list(range(2, 22))
    last = max(outcomes, key=lambda outcome: outcome.state.revision)
    assert last.state == final


async def test_the_same_id_sent_many_times_at_once_takes_effect_once(live: None) -> None:
    await store.create(CODE, FIRST)
    outcomes = await asyncio.gather(*(store.update(CODE, seek(5, id="x")) for _ in range(10)))
    assert sorted(outcome.verdict for outcome in outcomes) == [Verdict.APPLIED] + (
        [Verdict.REPEATED] * 9
    )
    assert {outcome.answer.revision for outcome in outcomes if outcome.answer} == {2}
    assert await store.revisions([CODE]) == {CODE: 2}


async def test_a_lost_race_is_decided_again_on_the_new_state(live: None) -> None:
    await store.create(CODE, FIRST)
    seen: list[int] = []

    def decide(state: PlaybackState) -> Outcome:
        seen.append(state.revision)
        return seek(7)(state)

    async def intrude(code: str, attempts: int = 3) -> PlaybackState | None:
        state = await load(code)
        if state and len(seen) < attempts:
            await swap(code, state.revision, state.model_copy(update={"revision": len(seen) + 2}))
        return state

    load, swap = store.load, store._swap
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "load", intrude)
        outcome = await store.update(CODE, decide)
    assert seen == [1, 2, 3, 4]
    assert (outcome.state.revision, outcome.state.position) == (5, 7)


async def test_what_is_decided_to_change_nothing_stores_nothing(live: None) -> None:
    await store.create(CODE, FIRST)
    outcome = await store.update(
        CODE, lambda state: replace(seek(1)(state), verdict=Verdict.IGNORED)
    )
    assert outcome.verdict is Verdict.IGNORED
    assert await store.load(CODE) == FIRST


async def test_a_forgotten_state_is_gone_and_an_abandoned_one_will_be(live: None) -> None:
    await store.create(CODE, FIRST)
    async with live_state.reaching_redis("test") as redis:
        seconds = await redis.ttl(store.live_key(CODE))
    assert 0 < seconds <= store.FORGOTTEN_AFTER.total_seconds()
    await store.forget(CODE)
    assert await store.load(CODE) is None


async def test_without_redis_every_call_says_unavailable(
    settings: object, tmp_path: object
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"  # type: ignore[attr-defined]
    for call in (store.load(CODE), store.create(CODE, FIRST), store.revisions([CODE])):
        with pytest.raises(live_state.LiveStateUnavailable):
            await call


async def test_a_crowd_that_asks_at_once_waits_for_its_turn(live: None) -> None:
    await store.create(CODE, FIRST)
    assert await asyncio.gather(*(store.load(CODE) for _ in range(300))) == [FIRST] * 300
