"""What Redis holds of a room and nobody can read: it counts as lost. Real stores, no server."""

import pytest
from structlog.testing import capture_logs

from core import live as live_state
from playback.commands import Pause, Play
from playback.rules import Context
from rooms import queue_state, services
from rooms import state as live_states
from rooms.stores import pending_changes, snapshots
from tests.rooms.made import FILM, HostedRoom, id_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

UNREADABLE = ["{", '{"revision": "many"}', '{"version": "many", "entries": 7}']


async def spoil(hosted: HostedRoom, what: str, field: str, text: str) -> None:
    async with live_state.reaching_redis("test") as redis:
        await redis.hset(f"room:{{{hosted.code}}}:{what}", field, text)


@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_live_state_that_cannot_be_read_is_made_again_from_the_database(text: str) -> None:
    hosted = await HostedRoom.build()
    await spoil(hosted, "live", "state", text)
    with capture_logs() as logs:
        state = await live_states.current(hosted.code)
    assert (state.host, state.source, state.playing) == (id_of(hosted.host), FILM, False)
    assert [line["event"] for line in logs] == ["what Redis holds cannot be read"]
    assert await live_states.current(hosted.code) == state


async def test_those_who_are_there_go_on_where_they_were_when_it_cannot_be_read() -> None:
    hosted = await HostedRoom.build()
    async with hosted.watched():
        await live_states.apply(hosted.code, Play(position=30.0), Context(id_of(hosted.host)))
        told = live_states.seen(hosted.code)
        await spoil(hosted, "live", "state", "{")
        await live_states.apply(hosted.code, Pause(), Context(id_of(hosted.host)))
        state = await live_states.current(hosted.code)
    assert told is not None
    assert state.revision > told.revision
    assert not state.playing
    assert state.position >= 30.0
    assert state.source == FILM


@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_queue_that_cannot_be_read_is_made_again_from_the_database(text: str) -> None:
    hosted = await HostedRoom.build()
    await queue_state.current(hosted.code)
    await spoil(hosted, "queue", "queue", text)
    assert (await queue_state.current(hosted.code)).entries == ()


@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_snapshot_that_cannot_be_read_is_made_again_from_the_database(text: str) -> None:
    hosted = await HostedRoom.build()
    before = await hosted.snapshot()
    await spoil(hosted, "snapshot", "snapshot", text)
    assert await hosted.snapshot() == before
    assert await snapshots.load(hosted.code) == before


async def test_a_change_of_a_room_that_could_not_be_read_leaves_nothing_pending() -> None:
    hosted = await HostedRoom.build()
    for what, field in (("live", "state"), ("snapshot", "snapshot"), ("queue", "queue")):
        await spoil(hosted, what, field, "{")
    await services.change_room(hosted.code, hosted.host, {"name": "Another"})
    assert await pending_changes.rooms() == set()


async def test_a_room_that_cannot_be_read_does_not_keep_a_list_of_rooms_from_being_shown() -> None:
    hosted = await HostedRoom.build()
    await spoil(hosted, "live", "state", "{")
    assert [view.playing for view in await services.own_rooms(hosted.host)] == [False]
