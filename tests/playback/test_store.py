"""The live state in a real Valkey: compare-and-set, lost races and losses."""

import asyncio

import pytest

from core import live as live_state
from playback import store
from playback.sources.base import Capabilities, MediaType, PlaybackSource
from playback.state import LiveState
from playback.store import Stored
from tests.faults.cutter import Cutter

CODE = "bcdfgh2345"
FIRST = LiveState(host="ana", at=1.5)


def film(name: str) -> PlaybackSource:
    return PlaybackSource(
        provider="youtube",
        media_type=MediaType.MOVIE,
        external_id=name,
        supports_events=True,
        supports_progress=True,
        capabilities=Capabilities(seek=True, pause=True, resume=True, autoplay=True),
    )


async def put(state: LiveState = FIRST) -> None:
    swapped, _ = await store.swap(CODE, None, Stored.of(state))
    assert swapped


async def test_a_state_comes_back_as_it_was_stored(live: None) -> None:
    assert await store.load(CODE) is None
    await put()
    assert await store.load(CODE) == Stored.of(FIRST)
    assert await store.revisions([CODE, "none"]) == {CODE: 1}


def test_the_text_of_a_state_holds_all_of_it_and_nothing_that_is_as_usual() -> None:
    state = FIRST
    for n in range(1, 12):
        answers = state.answers_with({"revision": n}, by="ana", id=f"c{n}")
        state = state.model_copy(update={"revision": n, "position": float(n), "answers": answers})
        stored = Stored.of(state)
        assert stored.text == state.model_dump_json(exclude_defaults=True)
        assert Stored.read(stored.text) == stored
    assert Stored.of(FIRST).text == FIRST.model_dump_json(exclude_defaults=True)


def test_answers_about_the_source_that_is_on_are_stored_without_it_and_read_with_it() -> None:
    films = [film("one"), film("other")]
    state = FIRST
    for n, source in enumerate((*films, None, films[0]), start=1):
        put_on = {"source": source, "source_revision": n}
        state = state.model_copy(update=put_on)
        state = state.model_copy(update={"answers": state.answers_with({}, by="ana", id=f"c{n}")})
        state = state.model_copy(update={"answers": state.answers_with({}, by="ana", id=f"d{n}")})
        stored = Stored.of(state)
        assert Stored.read(stored.text) == stored
        assert Stored.of(Stored.read(stored.text).state) == stored
    assert state.answers[0].source == films[0]
    # The first film: on now, and by two answers about when it was on before.
    assert stored.text.count('"one"') == 3
    assert stored.text.count('"other"') == 2


async def test_only_one_of_several_creators_wins(live: None) -> None:
    made = await asyncio.gather(
        *(
            store.swap(CODE, None, Stored.of(FIRST.model_copy(update={"by": str(n)})))
            for n in range(10)
        )
    )
    won = [n for n, (swapped, _) in enumerate(made) if swapped]
    assert len(won) == 1
    kept = await store.load(CODE)
    assert kept is not None
    assert kept.state.by == str(won[0])
    assert {found for _, found in made} == {kept}, "who lost is told what there is"


async def test_a_state_is_replaced_only_by_who_knows_it(live: None) -> None:
    await put()
    second = Stored.of(FIRST.model_copy(update={"revision": 2}))
    other = Stored.of(FIRST.model_copy(update={"position": 8.0}))
    assert await store.swap(CODE, other, second) == (False, Stored.of(FIRST))
    assert await store.swap(CODE, Stored.of(FIRST), second) == (True, second)
    assert await store.load(CODE) == second


async def test_of_two_who_make_the_same_change_one_is_told_that_the_other_was_quicker(
    live: None,
) -> None:
    await put()
    second = Stored.of(FIRST.model_copy(update={"revision": 2, "host": "ben"}))
    assert await store.swap(CODE, Stored.of(FIRST), second) == (True, second)
    # They decide again: it may be that they were allowed to only before the first change.
    assert await store.swap(CODE, Stored.of(FIRST), second) == (False, second)


async def test_a_state_that_is_gone_is_missed_by_who_knew_it(live: None) -> None:
    second = Stored.of(FIRST.model_copy(update={"revision": 2}))
    assert await store.swap(CODE, Stored.of(FIRST), second) == (False, None)


async def test_a_forgotten_state_is_gone_and_an_abandoned_one_will_be(live: None) -> None:
    await put()
    async with live_state.reaching_redis("test") as redis:
        seconds = await redis.ttl(store.live_key(CODE))
    assert 0 < seconds <= store.FORGOTTEN_AFTER.total_seconds()
    await store.forget(CODE)
    assert await store.load(CODE) is None


async def test_without_redis_every_call_says_unavailable(
    settings: object, tmp_path: object
) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"  # type: ignore[attr-defined]
    for call in (
        store.load(CODE),
        store.swap(CODE, None, Stored.of(FIRST)),
        store.revisions([CODE]),
    ):
        with pytest.raises(live_state.LiveStateUnavailable):
            await call


async def test_a_change_whose_answer_is_lost_on_its_way_has_been_made(cutter: Cutter) -> None:
    await put()
    second = Stored.of(FIRST.model_copy(update={"revision": 2, "by": "the second"}))
    cutter.marker = b"the second"
    assert await store.swap(CODE, Stored.of(FIRST), second) == (True, second)
    assert cutter.cuts == 1
    assert await store.load(CODE) == second


async def test_who_lost_a_race_learns_so_though_the_answer_is_lost_on_its_way(
    cutter: Cutter,
) -> None:
    await put()
    second = Stored.of(FIRST.model_copy(update={"revision": 2, "by": "the second"}))
    other = Stored.of(FIRST.model_copy(update={"position": 8.0}))
    cutter.marker = b"the second"
    assert await store.swap(CODE, other, second) == (False, Stored.of(FIRST))
    assert cutter.cuts == 1


async def test_a_crowd_that_asks_at_once_waits_for_its_turn(live: None) -> None:
    await put()
    assert await asyncio.gather(*(store.load(CODE) for _ in range(300))) == [Stored.of(FIRST)] * 300
