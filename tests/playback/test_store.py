"""The live state in a real Valkey: compare-and-set, lost races and losses."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import live as live_state
from playback import store
from playback.state import LiveState, Outcome, Seek, Verdict, apply

CODE = "bcdfgh2345"
FIRST = LiveState(host="ana", at=1.5)


def seek(position: float, *, id: str | None = None) -> Callable[[LiveState], Outcome]:  # noqa: A002
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


def by_host(verdicts: dict[str, Verdict]) -> Callable[[LiveState], Outcome]:
    """Seek, with a verdict for each host there may be."""
    return lambda state: replace(seek(9)(state), verdict=verdicts[state.host])


async def calls() -> Counter[str]:
    """Count what Redis was asked so far, by command."""
    async with live_state.reaching_redis("test") as redis:
        statistics = await redis.info("commandstats")
    return Counter(
        {name.removeprefix("cmdstat_"): each["calls"] for name, each in statistics.items()}
    )


async def elsewhere(**changes: object) -> LiveState:
    """Change the state as another process does: this one has not seen it."""
    async with live_state.reaching_redis("test") as redis:
        text = await redis.hget(store.live_key(CODE), "state")
        state = LiveState.model_validate_json(str(text)).model_copy(update=changes)
        await redis.hset(store.live_key(CODE), "revision", str(state.revision))
        await redis.hset(store.live_key(CODE), "state", state.model_dump_json())
    return state


async def test_a_lost_race_is_decided_again_on_the_new_state(live: None) -> None:
    await store.create(CODE, FIRST)
    await elsewhere(revision=2)
    seen: list[int] = []

    def decide(state: LiveState) -> Outcome:
        seen.append(state.revision)
        return seek(7)(state)

    outcome = await store.update(CODE, decide)
    assert list(dict.fromkeys(seen)) == [1, 2]
    assert (outcome.state.revision, outcome.state.position) == (3, 7)
    assert await store.load(CODE) == outcome.state


async def test_another_state_of_the_same_revision_is_noticed(live: None) -> None:
    """A replica that took over may have lost the last change, and got another in its place."""
    await store.create(CODE, FIRST)
    await store.update(CODE, seek(3))
    await elsewhere(position=8.0, host="ben")
    outcome = await store.update(CODE, by_host({"ana": Verdict.APPLIED, "ben": Verdict.IGNORED}))
    assert outcome.verdict is Verdict.IGNORED
    assert outcome.state.host == "ben"


async def test_what_was_seen_long_ago_ignores_nobody(live: None) -> None:
    await store.create(CODE, FIRST)
    await elsewhere(host="ben")
    outcome = await store.update(CODE, by_host({"ana": Verdict.IGNORED, "ben": Verdict.APPLIED}))
    assert outcome.verdict is Verdict.APPLIED


async def test_a_change_takes_one_trip_while_no_other_process_makes_one(live: None) -> None:
    await store.create(CODE, FIRST)
    await store.update(CODE, seek(1))
    before = await calls()
    await store.update(CODE, seek(2))
    assert await calls() - before == Counter(evalsha=1, hget=1, hset=1, expire=1, info=1)


async def test_a_state_that_redis_lost_is_missed_though_it_was_seen(live: None) -> None:
    await store.create(CODE, FIRST)
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(store.live_key(CODE))
    with pytest.raises(store.NoLiveState):
        await store.update(CODE, seek(1))


@pytest.mark.parametrize("was_seen", [True, False])
async def test_a_state_older_than_was_told_is_not_decided_on(live: None, was_seen: bool) -> None:
    await store.create(CODE, FIRST)
    if not was_seen:
        await elsewhere(by="ana")
    with pytest.raises(store.NoLiveState):
        await store.update(CODE, seek(1), at_least=2)
    assert (await store.load(CODE) or FIRST).revision == 1


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
