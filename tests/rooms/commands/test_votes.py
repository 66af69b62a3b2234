"""Votes for items of the queue, and how often one member may change it. Real stores, no server."""

import asyncio
from typing import Any

import pytest

from core import live as live_state
from core import recheck
from core.errors import RateLimited
from playback.rules import Context
from playback.state import LiveState
from rooms import queue_state
from rooms import state as live_states
from rooms.commands import queue as commands
from rooms.commands.moderation import ModerationAction
from rooms.errors import NoSuchItem
from rooms.protocol import QUEUE_LIMIT
from rooms.queue import Queue, Rule
from rooms.stores import queues as store
from rooms.upkeep import next_item
from tests.rooms.evenings import Evening
from tests.rooms.made import id_of
from tests.rooms.visits import Place
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def first(evening: Evening) -> str:
    return (await queue_state.current(evening.code)).entries[0].id


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_is_shut_out_takes_their_votes_along(place: Place, act: ModerationAction) -> None:
    evening = await Evening.of(place, "ben", "cem")
    await evening.add(0, 1)
    for name in ("ben", "cem"):
        await evening.say(name, "QUEUE_VOTE", item=await first(evening))
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.say("ben", "SKIP_VOTE")
    await place.hosted.act(act, evening.people["ben"], by=place.hosted.host)
    queue = await queue_state.current(evening.code)
    assert [entry.votes for entry in queue.entries] == [1, 0]
    of = (await place.hosted.state()).source_revision
    assert await store.voters(evening.code, store.skip_votes(of)) == frozenset()


async def test_what_runs_for_who_is_shut_out_ends_though_their_votes_cannot_be_taken_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask() -> None:
        asked.append("recheck")

    async def away(*_args: object) -> None:
        raise live_state.LiveStateUnavailable

    monkeypatch.setattr(recheck, "trigger", ask)
    monkeypatch.setattr(store, "withdraw", away)
    evening = await Evening.of(place, "ben")
    with pytest.raises(live_state.LiveStateUnavailable):
        await place.hosted.act(ModerationAction.BAN, evening.people["ben"], by=place.hosted.host)
    assert asked == ["recheck"]


async def test_a_vote_in_the_moment_in_which_the_item_leaves_is_kept_by_nobody(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place)
    await evening.add(0)
    item, host = await first(evening), id_of(place.hosted.host)
    vote = store.vote

    async def meanwhile(*args: Any, **options: Any) -> int:
        await next_item.play_next(evening.code, Context(host))
        return await vote(*args, **options)

    monkeypatch.setattr(store, "vote", meanwhile)
    with pytest.raises(NoSuchItem):
        await commands.vote(evening.code, item, by=host, on=True)
    assert await store.voters(evening.code, item) == frozenset()


@pytest.mark.parametrize("late", ["to go", "on the way"])
async def test_a_vote_to_skip_the_film_before_takes_none_for_this_one_away(
    place: Place, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    evening = await Evening.of(place, "ben", "cem", "dua")
    await evening.put_on(0)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    current = live_states.current

    async def meanwhile(code: str) -> LiveState:
        """Another film is put on just after somebody has looked what plays."""
        state = await current(code)
        if len(places := [*looked, code]) == (1 if late == "to go" else 2):
            monkeypatch.setattr(live_states, "current", current)
            await evening.put_on(1)
            await evening.say("cem", "SKIP_VOTE")
        looked[:] = places
        return state

    looked: list[str] = []
    monkeypatch.setattr(live_states, "current", meanwhile)
    ben = id_of(evening.people["ben"])
    await commands.vote_to_skip(evening.code, by=ben, on=True, revision=None, hold=None)
    of = (await place.hosted.state()).source_revision
    assert (await queue_state.current(evening.code)).as_state(of=of).skip_votes == 1
    voters = await store.voters(evening.code, store.skip_votes(of))
    assert voters == {id_of(evening.people["cem"])}


async def test_a_failure_of_the_film_before_does_not_hide_one_of_this_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben", "cem", "dua")
    before = await evening.put_on(0)
    change = queue_state.change

    async def meanwhile(code: str, rule: Rule) -> Queue:
        monkeypatch.setattr(queue_state, "change", change)
        now = await evening.put_on(1)
        await evening.say("cem", "FAILED", revision=now.revision, why="missing")
        return await change(code, rule)

    monkeypatch.setattr(queue_state, "change", meanwhile)
    await evening.say("ben", "FAILED", revision=before.revision, why="missing")
    of = (await place.hosted.state()).source_revision
    assert (await queue_state.current(evening.code)).failures_of == of


async def test_votes_for_a_film_are_kept_no_longer_than_one_can_last(place: Place) -> None:
    evening = await Evening.of(place, "ben")
    await evening.put_on(0)
    await evening.say("ana", "QUEUE_SET", skipping=True)
    await evening.say("ben", "SKIP_VOTE")
    revision = (await place.hosted.state()).revision
    await evening.say("ben", "STATUS", position=0.0, buffering=False, drift_ms=0.0)
    await evening.say("ben", "FAILED", revision=revision, why="missing")
    await evening.done()
    async with live_state.reaching_redis("test") as redis:
        keys = await redis.keys(f"{store.key(evening.code)}:votes:*")
        kept_s = [await redis.ttl(key) for key in keys]
    assert len(keys) == 3
    assert max(kept_s) <= store.REPORTS_FORGOTTEN_AFTER.total_seconds()


async def test_one_member_changes_their_votes_only_so_often(place: Place, settings: Any) -> None:
    evening = await Evening.of(place, "ben", "cem")
    await evening.add(0)
    settings.RATE_LIMITS = True
    item, ben = await first(evening), id_of(evening.people["ben"])

    async def vote(number: int) -> RateLimited | None:
        try:
            await commands.vote(evening.code, item, by=ben, on=number % 2 == 0)
        except RateLimited as refusal:
            return refusal
        return None

    await use_up(commands.VOTES, vote)
    # Over the socket it is the same limit, and nobody else's.
    with pytest.raises(RateLimited):
        await evening.say("ben", "SKIP_VOTE")
    await evening.say("cem", "QUEUE_VOTE", item=item)


async def test_one_member_tells_of_failures_only_so_often(place: Place, settings: Any) -> None:
    evening = await Evening.of(place, "ben", "cem")
    revision = (await evening.put_on(0)).revision
    settings.RATE_LIMITS = True
    failed = {"revision": revision, "why": "missing"}

    async def fail(_number: int) -> RateLimited | None:
        try:
            await evening.say("ben", "FAILED", **failed)
        except RateLimited as refusal:
            return refusal
        return None

    await use_up(commands.FAILURES, fail)
    assert (await evening.say("cem", "FAILED", **failed))["type"] == "ACK"


async def test_one_member_changes_the_queue_only_so_often(place: Place, settings: Any) -> None:
    evening = await Evening.of(place)
    settings.RATE_LIMITS = True
    host = id_of(place.hosted.host)

    async def clear(_number: int) -> RateLimited | None:
        try:
            await commands.clear(evening.code, by=host)
        except RateLimited as refusal:
            return refusal
        return None

    await use_up(commands.QUEUE_CHANGES, clear)
    film = (await place.hosted.state()).source
    assert film is not None
    refused = (
        commands.add(evening.code, film, by=host, name="Ana"),
        commands.remove(evening.code, "x", by=host),
        commands.move(evening.code, "x", None, by=host),
        commands.set_up(evening.code, {"autoplay": False}, by=host),
    )
    found = await asyncio.gather(*refused, return_exceptions=True)
    assert [type(one) for one in found] == [RateLimited] * len(refused)


async def test_a_full_queue_that_changes_again_and_again_is_told_every_other_second(
    place: Place,
) -> None:
    evening = await Evening.of(place)
    await evening.add(0)
    one = (await queue_state.current(evening.code)).entries[0]
    many = tuple(one.model_copy(update={"id": f"{number:016}"}) for number in range(QUEUE_LIMIT))
    await queue_state.change(evening.code, lambda queue: queue.model_copy(update={"entries": many}))
    evening.room.queue_feed.sending.cancel()
    await evening.room.queue_feed._send()
    assert evening.room.queue_feed._longest_interval_s() > 1
