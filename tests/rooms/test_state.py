"""How the live state is decided, proven and told, in one process and between two. No database."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from core import live as live_state
from playback import store as playback_store
from playback.commands import Command, Play, Seek, SetCohost, SetDuration
from playback.rules import Context, apply
from playback.store import Stored
from rooms import bus, codec
from rooms import state as live_states
from rooms.live.hub import Hub
from rooms.live.revisions import read_revisions
from rooms.live.room import LiveRoom
from rooms.server_messages import PlaybackState
from rooms.stores import chat
from tests.rooms.live_only import CODE, visit
from tests.support.waiting import eventually


async def elsewhere(*commands: Command) -> bus.Notice:
    """Change the state as another process does; return what it says of it."""
    old = await playback_store.load(CODE)
    assert old is not None
    state = old.state
    for command in commands:
        state = apply(state, command, Context("ana"), now_ms=0).state
    swapped, stored = await playback_store.swap(CODE, old, playback_store.Stored.of(state))
    assert swapped
    assert stored
    return bus.Notice(
        type="room.notice",
        origin="elsewhere",
        code=CODE,
        topic="state",
        revision=state.revision,
        text=codec.encode(PlaybackState.of(state)),
        state=stored.text,
    )


async def test_who_may_control_comes_with_the_state_of_another_process(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    hub._on_notice(await elsewhere(SetCohost("cem", True), Play(position=5)))
    assert ana.room.state.may_control("cem")
    assert [m["revision"] for m in cem.recording.states()] == [3]


async def test_a_change_by_another_process_while_the_room_is_opened_is_seen_at_once(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = chat.recent

    async def read_after_a_change(code: str) -> list[chat.Event]:
        hub._on_notice(await elsewhere(Play(position=5)))
        return await read(code)

    monkeypatch.setattr(chat, "recent", read_after_a_change)
    room = await hub.room(CODE)

    async def is_seen() -> bool:
        return room.state.position == 5

    await eventually(is_seen)


async def test_a_change_of_which_no_notice_came_is_seen_by_its_revision(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    await elsewhere(SetCohost("cem", True), Play(position=5))
    ana.room.compare(await read_revisions([CODE]), known_revision=ana.room.state.revision)
    await look(ana.room)
    assert ana.room.state.may_control("cem")
    assert [m["revision"] for m in cem.recording.states()] == [3]


async def test_what_was_told_while_redis_was_asked_is_not_read_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = (ana := await visit(hub, "ana")).room
    asked: list[int | None] = []
    told = room.state.revision
    revisions = await read_revisions([CODE])
    await ana.say("SEEK", position=7)
    await ana.say("SEEK", position=8)
    assert room.state.revision == told + 2
    for said in (None, told - 1, told, told + 1, told + 2, told + 3):
        monkeypatch.setattr(room.state_refresh, "request", partial(asked.append, said))
        state = {CODE: said} if said is not None else {}
        room.compare(replace(revisions, state=state), known_revision=told)
    assert asked == [None, told - 1, told + 3]


async def test_a_lost_race_is_decided_again_on_the_new_state(hub: Hub) -> None:
    ana = await visit(hub, "ana")
    await elsewhere(Seek(position=3))
    await ana.say("PAUSE", position=7, id="x")
    stored = await playback_store.load(CODE)
    assert stored is not None
    assert (stored.state.revision, stored.state.position) == (3, 7)
    assert [m["revision"] for m in ana.recording.states()] == [2, 3]


async def test_what_was_seen_before_ignores_nobody_who_may_control_by_now(hub: Hub) -> None:
    cem = await visit(hub, "cem")
    await elsewhere(SetCohost("cem", True))
    await cem.say("SEEK", position=7)
    stored = await playback_store.load(CODE)
    assert stored is not None
    assert stored.state.position == 7


async def test_of_a_crowd_of_commands_at_once_none_is_lost_and_each_is_tried_once(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, swapped, swap = await visit(hub, "ana"), 0, playback_store.swap

    async def counted(code: str, old: Stored | None, new: Stored) -> tuple[bool, Stored | None]:
        nonlocal swapped
        swapped += 1
        return await swap(code, old, new)

    monkeypatch.setattr(playback_store, "swap", counted)
    await asyncio.gather(*(ana.say("SEEK", position=n) for n in range(1, 201)))
    assert [m["revision"] for m in ana.recording.states()] == list(range(2, 202))
    assert [m["position"] for m in ana.recording.states()] == list(range(1, 201))
    assert swapped == 200


async def test_the_same_id_sent_many_times_at_once_takes_effect_once(hub: Hub) -> None:
    ana = await visit(hub, "ana")
    await asyncio.gather(*(ana.say("SEEK", position=5, id="x") for _ in range(10)))
    assert await playback_store.revisions([CODE]) == {CODE: 2}


async def test_who_jumps_to_the_end_is_told_as_everyone_that_the_film_is_over(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    await live_states.apply(CODE, SetDuration(40.0), Context("ana"))
    await ana.say("PLAY", position=5)
    for fields in ({"position": 40, "id": "x"}, {"position": 99}):
        await ana.say("SEEK", **fields)
        told = cem.recording.states()[-1]
        assert (told["playing"], told["position"]) == (False, 40)
        welcome = ana.room.state.seen_at(ana.room.state.at)
        assert (welcome.playing, welcome.position) == (False, 40)
    again = await ana.say("SEEK", position=40, id="x")
    assert again is not None
    assert (again["playing"], again["position"]) == (False, 40)


async def calls() -> Counter[str]:
    """Count what Redis was asked so far, by command."""
    async with live_state.reaching_redis("test") as redis:
        statistics = await redis.info("commandstats")
    return Counter(
        {name.removeprefix("cmdstat_"): each["calls"] for name, each in statistics.items()}
    )


async def test_a_change_takes_one_trip_while_no_other_process_makes_one(hub: Hub) -> None:
    await visit(hub, "ana")
    await live_states.apply(CODE, Seek(position=1), Context("ana"))
    before = await calls()
    await live_states.apply(CODE, Seek(position=2), Context("ana"))
    asked = await calls() - before
    assert asked["evalsha"] == 1
    assert asked["hget"] == 1, "the script's own"


async def look(room: LiveRoom) -> None:
    """Wait until the room has looked at its state."""
    task = room.state_refresh._task
    assert task is not None
    await task
