"""Whose players count as awake while some cannot play what plays. Real stores."""

import pytest

from playback.clock import room_clock
from rooms.queue import PLAYERS_DUE_AFTER_S
from rooms.stores import queues as store
from tests.rooms.evenings import FILMS, STATUS, Evening, away
from tests.rooms.made import id_of
from tests.rooms.visits import Place

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live", "heard_at_once"),
]


async def test_players_that_sleep_keep_a_film_on_that_fails_for_half_a_minute_and_no_longer(
    place: Place,
) -> None:
    evening = await Evening.of(place, "ben")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    await evening.say("ben", "FAILED", revision=revision, why="embed_refused")
    await evening.pass_time(seconds=PLAYERS_DUE_AFTER_S / 2)
    assert await evening.now_plays() == FILMS[0]
    await evening.pass_time(seconds=PLAYERS_DUE_AFTER_S)
    await evening.plays(1)


@pytest.mark.parametrize("told_first", [True, False])
async def test_players_that_say_anything_of_the_film_keep_it_on(
    place: Place, told_first: bool
) -> None:
    evening = await Evening.of(place, "ben", "cem")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    # Of the last film it says nothing about this one.
    await evening.say("cem", "STATUS", **STATUS, revision=revision - 1)
    for failed in (not told_first, told_first):
        if failed:
            await evening.say("ben", "FAILED", revision=revision, why="missing")
        else:
            await evening.say("ana", "STATUS", **STATUS, revision=revision)
    await evening.done()
    await evening.pass_time(seconds=2 * PLAYERS_DUE_AFTER_S)
    # Of the two who are awake one cannot play it.
    assert await evening.now_plays() == FILMS[0]
    await evening.go("ana")
    await evening.plays(1)


async def test_who_fails_late_ends_no_film_that_others_watch_whom_nobody_could_note(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben", "cem")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    for name in ("ana", "cem"):
        await evening.say(name, "STATUS", **STATUS, revision=revision)
    await evening.pass_time(seconds=2 * PLAYERS_DUE_AFTER_S)
    with monkeypatch.context() as patched:
        # As Valkey when it is away, or a server of the version before.
        patched.setattr(store, "store_players", away)
        await evening.say("ben", "FAILED", revision=revision, why="missing")
        await evening.done()
        await evening.pass_time(seconds=2 * PLAYERS_DUE_AFTER_S)
        assert await evening.now_plays() == FILMS[0]
    # They are noted once more without being asked.
    await evening.pass_time(seconds=1)
    await evening.done()
    noted = await store.voters(evening.code, store.awake_players(revision))
    assert noted == {id_of(evening.people[name]) for name in ("ana", "cem")}
    assert await evening.now_plays() == FILMS[0]


async def test_a_server_that_has_just_started_takes_nobody_for_asleep(place: Place) -> None:
    evening = await Evening.of(place, "ben", "cem")
    revision = (await evening.put_on(0)).revision
    await evening.add(1)
    await evening.all_say("ben", "cem", type_="STATUS", **STATUS)
    await evening.say("ben", "FAILED", revision=revision, why="missing")
    await evening.done()
    await evening.pass_time(seconds=PLAYERS_DUE_AFTER_S / 2)
    evening.room.player_activity._open_since_ms = (await room_clock()).now_ms()
    await evening.pass_time(seconds=PLAYERS_DUE_AFTER_S * 0.9)
    assert await evening.now_plays() == FILMS[0]
    assert await store.people_asleep(evening.code, revision) == frozenset()
    await evening.pass_time(seconds=PLAYERS_DUE_AFTER_S)
    await evening.done()
    assert await store.people_asleep(evening.code, revision) == {id_of(evening.people["ana"])}
