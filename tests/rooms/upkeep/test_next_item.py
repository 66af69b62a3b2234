"""When a room goes on because people want to, or because a film cannot be played. Real stores."""

import asyncio

import pytest
from django.db import OperationalError

from playback.sources.base import Facts, Work
from rooms import queue_state
from rooms.live import auto_advance
from rooms.queue import PLAYERS_DUE_AFTER_S
from rooms.stores import queues as store
from rooms.upkeep import next_item
from tests.rooms.evenings import FILMS, STATUS, Evening, away
from tests.rooms.visits import Place
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live", "heard_at_once"),
]


async def database_away(*_args: object, **_options: object) -> None:
    raise OperationalError("the database is away")


async def test_of_a_film_that_fails_the_room_goes_on_when_those_whom_it_did_not_fail_leave(
    place: Place,
) -> None:
    evening = await Evening.of(place, "ben", "cem", "dua")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    await evening.all_say("ben", "cem", type_="FAILED", revision=revision, why="missing")
    assert await evening.now_plays() == FILMS[0]
    await evening.go("dua")
    await evening.plays(1)


async def test_a_count_that_failed_is_made_up_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    await evening.say("ben", "FAILED", revision=revision, why="embed_refused")
    with monkeypatch.context() as patched:
        patched.setattr(store, "people_asleep", away)
        await evening.pass_time(seconds=2 * PLAYERS_DUE_AFTER_S)
        await evening.done()
    assert (await place.hosted.state()).source_revision == revision
    await evening.pass_time(seconds=1)
    await evening.plays(1)


async def test_votes_that_could_not_be_acted_on_are_counted_when_the_database_is_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben", "cem", "dua")
    await evening.put_on(0)
    await evening.add(1)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.all_say("ben", "cem", type_="SKIP_VOTE")
    with monkeypatch.context() as patched:
        patched.setattr(next_item, "play_next", database_away)
        await evening.go("dua")
        await evening.done()
    await evening.pass_time(seconds=1)
    await evening.plays(1)


async def test_a_crowd_whose_players_all_fail_is_counted_together_and_each_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[str] = []

    async def count(code: str, **_options: object) -> None:
        counts.append(code)

    monkeypatch.setattr(next_item, "skip_if_failed", count)
    evening = await Evening.of(place, "ben", "cem", "dua")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    for _ in range(2):
        await evening.say("ana", "FAILED", revision=revision, why="missing")
        await evening.done()
    assert len(counts) == 1
    monkeypatch.setattr(auto_advance, "DOUBTS_EVERY_S", 3600.0)
    await evening.all_say("ben", "cem", "dua", type_="FAILED", revision=revision, why="missing")
    assert len(await store.failures(evening.code, revision)) == 4
    assert len(counts) == 1
    evening.room.auto_advance._doubts.cancel()


async def test_nobody_is_sent_the_queue_because_of_what_they_do_not_see_of_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben", "cem")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    asked: list[bool] = []
    sending = evening.room.queue_feed.sending
    monkeypatch.setattr(sending, "request", lambda: asked.append(True))
    version = evening.room.queue.version
    await evening.say("ben", "FAILED", revision=revision, why="missing")
    await evening.say("ben", "SKIP_VOTE", on=False)
    await evening.done()
    assert evening.room.queue.version == version + 2
    assert not asked
    await evening.say("ben", "SKIP_VOTE")
    assert asked


async def test_nobody_is_counted_while_nobody_may_skip_and_nothing_waits(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben", "cem")
    revision = (await evening.put_on(0)).revision
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.say("ben", "SKIP_VOTE")
    await evening.say("ana", "QUEUE_SET", skipping=False)
    await evening.say("ben", "FAILED", revision=revision, why="missing")
    await evening.done()
    monkeypatch.setattr(next_item, "skip_if_wanted", away)
    monkeypatch.setattr(next_item, "skip_if_failed", away)
    await evening.go("cem")
    await evening.done()
    assert evening.room.auto_advance._is_counted


async def test_why_a_film_was_skipped_is_said_though_the_last_one_left_at_that_moment(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place)
    revision = (await evening.put_on(0)).revision
    facts, may_be_asked = queue_state.facts, asyncio.Event()

    async def held_up(work: Work) -> Facts:
        await may_be_asked.wait()
        return await facts(work)

    await evening.add(1)
    monkeypatch.setattr(queue_state, "facts", held_up)
    await evening.say("ana", "FAILED", revision=revision, why="missing")
    await evening.plays(1)
    await evening.go("ana")
    may_be_asked.set()

    async def is_told() -> bool:
        skipped = (await queue_state.current(evening.code)).skipped
        return [notice.source.external_id for notice in skipped] == [FILMS[0]]

    await eventually(is_told, every_s=0.01)


async def test_a_last_film_that_fails_gives_way_to_what_is_added_later(place: Place) -> None:
    evening = await Evening.of(place, "ben")
    revision = (await evening.put_on(0)).revision
    for name, why in (("ana", "missing"), ("ben", "missing")):
        await evening.say(name, "FAILED", revision=revision, why=why)
    assert await evening.now_plays() == FILMS[0]
    await evening.add(1)
    await evening.plays(1)
    await evening.done()
    await evening.room.refresh_queue()
    assert [notice.why for notice in evening.room.queue.skipped] == ["Its site no longer has it."]
    assert await store.failures(evening.code, revision) == {}


async def test_who_wanted_to_skip_a_film_while_nothing_waited_goes_on_when_something_does(
    place: Place,
) -> None:
    evening = await Evening.of(place, "ben", "cem")
    await evening.put_on(0)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.all_say("ben", "cem", type_="SKIP_VOTE")
    assert await evening.now_plays() == FILMS[0]
    await evening.add(1)
    await evening.plays(1)


async def test_who_wants_to_skip_counts_again_when_they_come_back(place: Place) -> None:
    evening = await Evening.of(place, "ben", "cem")
    await evening.put_on(0)
    await evening.add(1)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.say("ben", "SKIP_VOTE")
    await evening.go("ben")
    await evening.done()
    assert await evening.skip_votes() == 0
    await evening.come("dua")
    await evening.say("cem", "SKIP_VOTE")
    assert await evening.now_plays() == FILMS[0]
    # Two of four.
    await evening.come("ben")
    await evening.done()
    assert await evening.skip_votes() == 2
    await evening.go("dua")
    await evening.plays(1)


async def test_a_vote_to_skip_is_about_the_film_that_its_sender_saw(place: Place) -> None:
    evening = await Evening.of(place, "ben")
    saw = (await evening.put_on(0)).revision
    await evening.add(1, 2)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.say("ana", "NEXT", revision=saw)
    await evening.plays(1)
    await evening.all_say("ana", "ben", type_="SKIP_VOTE", revision=saw)
    assert await evening.skip_votes() == 0
    assert await evening.now_plays() == FILMS[1]


async def test_the_queue_of_a_room_that_all_had_left_is_not_used_up_by_who_looks_in(
    place: Place,
) -> None:
    evening = await Evening.of(place)
    revision = (await evening.put_on(0)).revision
    await evening.say("ana", "STATUS", **STATUS, revision=revision, duration=60)
    await evening.add(1)
    await evening.go("ana")
    await evening.come("ben")
    await evening.pass_time(seconds=70)
    assert await evening.now_plays() == FILMS[0]
    # Nor because the film does not play for them.
    await evening.say("ben", "FAILED", revision=revision, why="missing")
    assert await evening.now_plays() == FILMS[0]
    # The host finds it as they left it, and then it goes on.
    await evening.come("ana")
    await evening.pass_time(seconds=1)
    await evening.plays(1)


async def test_who_watches_on_gets_the_next_film_though_the_host_is_cut_off(place: Place) -> None:
    evening = await Evening.of(place)
    # Ana has loaded the page anew; they are there while it begins.
    await evening.go("ana")
    await evening.come("ana")
    revision = (await evening.put_on(0)).revision
    await evening.say("ana", "STATUS", **STATUS, revision=revision, duration=60)
    await evening.add(1)
    await evening.come("ben")
    await evening.go("ana")
    await evening.pass_time(seconds=70)
    await evening.plays(1)
