"""From a message to its answer. Here no test may touch the database: none is allowed to."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, get_args

import pytest
import pytest_asyncio

from accounts.principal import UNBOUND
from core import live as live_state
from core import metrics
from core.close_codes import CloseCode
from core.errors import (
    BadRequest,
    Conflict,
    Invalid,
    NotAuthenticated,
    RateLimited,
    Unavailable,
)
from library.storage.base import Permanent
from playback import store as playback_store
from playback.clock import room_clock
from playback.commands import Command, Play, Seek, SetCohost
from playback.rules import apply
from playback.sources import registry
from playback.sources.base import MediaType, SourceKey
from playback.state import LiveState
from presence import store as presence
from rooms import bus, codec, protocol, queues, tickets
from rooms import state as live_states
from rooms.commands import dispatch, queue
from rooms.commands.sender import Sender
from rooms.entry import admission
from rooms.errors import DuplicateMessage, NoSuchRoom
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from rooms.live.revisions import read_revisions
from rooms.live.room import LiveRoom
from rooms.protocol import ErrorCode
from rooms.queue import PLAYERS_DUE_AFTER_S
from rooms.stores import snapshots
from server.wire import Frame, NoFastPath
from tests.rooms.made import a_snapshot, pass_time

CODE = "bcdfgh2345"
FILM = registry.describe(SourceKey("youtube", MediaType.MOVIE, "aqz-KE-bpKQ"))


class RecordingQueue:
    """A send queue that keeps what it is given."""

    def __init__(self) -> None:
        self.fast_path = NoFastPath()
        self.heard: list[dict[str, Any]] = []

    def send(self, frame: Frame) -> None:
        self.heard.append(json.loads(frame.text))

    def states(self) -> list[dict[str, Any]]:
        return [m for m in self.heard if m["type"] == "PLAYBACK_STATE"]

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Nobody is closed here."""

    def tend(self) -> None:
        """Nothing waits."""


class Visit:
    """A connection of one person, and the answers they get."""

    def __init__(
        self, hub: Hub, room: LiveRoom, connection: Connection, recording: RecordingQueue
    ) -> None:
        self.sender = Sender(hub, room, connection)
        self.room, self.recording = room, recording

    async def say(self, type_: str, **fields: Any) -> dict[str, Any] | None:
        message = codec.decode(json.dumps({"type": type_, **fields}))
        reply = await dispatch.answer(self.sender, message)
        return json.loads(codec.encode(reply)) if reply else None


@pytest_asyncio.fixture
async def hub(live: None) -> AsyncIterator[Hub]:
    now_ms = (await room_clock()).now_ms()
    await live_states.create(CODE, LiveState(host="ana", cohosts=("ben",), at=now_ms, source=FILM))
    snapshot = a_snapshot(code=CODE, chat_open=False, muted=frozenset({"dua"}))
    await snapshots.save(snapshot)
    await queues.create(CODE)
    hub = Hub()
    # It hears what this process publishes; its once-a-second look at all rooms is not begun.
    bus.listen(hub._hear)
    yield hub
    bus.unlisten(hub._hear)
    await hub.stop()
    await live_state.close()


async def visit(hub: Hub, person: str) -> Visit:
    now_s = (await room_clock()).now_ms() / 1000
    ticket = tickets.issue(
        code=CODE,
        user_id=person,
        name=person.title(),
        grant=UNBOUND,
        now_s=now_s,
        ttl=timedelta(seconds=60),
    )
    opened = await admission.open_socket(CODE, ticket, connection="c1")
    room = await hub.room(CODE)
    recording = RecordingQueue()
    connection = Connection(opened.lease, recording, opened.since_s)
    hub.connect(room, connection)
    return Visit(hub, room, connection, recording)


def count(metric: Any, *labels: str) -> float:
    return float(metric.labels(*labels)._value.get())


async def test_coming_in_and_playing_needs_no_database(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    for type_, fields in [
        ("PLAY", {"position": 5}),
        ("SEEK", {"position": 50}),
        ("RATE", {"rate": 2}),
        ("PAUSE", {}),
    ]:
        await ana.say(type_, **fields)
    assert [m["revision"] for m in cem.recording.states()] == [2, 3, 4, 5]
    assert ana.recording.states() == cem.recording.states()


async def test_a_command_that_changes_nothing_is_answered_to_its_sender_alone(hub: Hub) -> None:
    ana = await visit(hub, "ana")
    answer = await ana.say("PAUSE")
    assert answer is not None
    assert (answer["type"], answer["revision"]) == ("PLAYBACK_STATE", 1)
    assert ana.recording.states() == []


async def test_a_repeated_command_is_answered_as_the_first_was(hub: Hub) -> None:
    ana = await visit(hub, "ana")
    assert await ana.say("PLAY", position=5, id="x") is None
    await ana.say("SEEK", position=50, id="y")
    first, _ = ana.recording.states()
    assert await ana.say("PLAY", position=5, id="x") == first
    assert len(ana.recording.states()) == 2


@pytest.mark.parametrize(
    ("type_", "fields"),
    [("PLAY", {}), ("PAUSE", {}), ("SEEK", {"position": 1}), ("RATE", {"rate": 2})],
)
async def test_a_viewers_command_is_ignored_and_counted(
    hub: Hub, type_: str, fields: dict[str, Any]
) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    before = count(metrics.ignored_commands, type_)
    assert await cem.say(type_, id="x", **fields) is None
    assert count(metrics.ignored_commands, type_) == before + 1
    assert ana.recording.states() == cem.recording.states() == []
    assert await playback_store.revisions([CODE]) == {CODE: 1}


async def test_a_pong_brackets_the_time_it_took_in_room_time(hub: Hub) -> None:
    cem = await visit(hub, "cem")
    clock = await room_clock()
    before = clock.now_ms()
    pong = await cem.say("PING", t0=-12.25, id="p")
    assert pong is not None
    assert (pong["t0"], pong["id"]) == (-12.25, "p")
    assert before <= pong["t1"] <= pong["t2"] <= clock.now_ms()


async def test_the_length_is_what_most_viewers_say_until_the_host_says_it(hub: Hub) -> None:
    ana, cem, dua = [await visit(hub, name) for name in ("ana", "cem", "dua")]
    status = {"position": 1.0, "buffering": False, "drift_ms": 0.0}
    await ana.say("PLAY")
    # The host's player is asked first.
    for viewer in (cem, dua):
        assert await viewer.say("STATUS", **status, duration=90) is None
    await pass_time(seconds=PLAYERS_DUE_AFTER_S + 1)
    assert await cem.say("STATUS", **status, duration=90, id="s") == {"type": "ACK", "id": "s"}
    assert await ana.say("STATUS", **status, duration=95.5) is None
    assert await cem.say("STATUS", **status, duration=40) is None
    assert [m["duration"] for m in cem.recording.states()] == [None, 90, 95.5]


async def test_viewers_tell_the_length_again_when_others_are_there(hub: Hub) -> None:
    await (await visit(hub, "ana")).say("PLAY")
    viewers = [await visit(hub, name) for name in ("cem", "dua", "eve", "fay")]
    await pass_time(seconds=PLAYERS_DUE_AFTER_S + 1)
    status = {"position": 1.0, "buffering": False, "drift_ms": 0.0, "duration": 90}
    for viewer in viewers[:2]:
        await viewer.say("STATUS", **status)
    for viewer in viewers[2:]:
        await presence.release(viewer.sender.connection.lease)
    await viewers[3].room.refresh_presence()
    assert (await live_states.current(CODE)).duration is None
    await viewers[0].say("STATUS", **status)
    assert (await live_states.current(CODE)).duration == 90


async def test_a_viewers_length_of_the_film_before_is_not_taken_for_this_ones(hub: Hub) -> None:
    cem = await visit(hub, "cem")
    before = cem.room.state.source_revision - 1
    await queue.note_length(CODE, 90, of=before, by="cem")
    assert (await live_states.current(CODE)).duration is None


async def test_a_start_lies_as_far_ahead_as_the_lines_of_the_room_are_long(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    clock = await room_clock()
    leads = []
    for trip_ms in (0, 200, 60_000):
        for person in (ana, cem):
            await person.say("STATUS", position=0, buffering=False, drift_ms=0, rtt_ms=trip_ms)
        before_ms = clock.now_ms()
        await ana.say("PLAY", position=trip_ms)
        at_ms = ana.recording.states()[-1]["at"]
        leads.append((at_ms - clock.now_ms(), at_ms - before_ms))
    for (least, most), wanted in zip(leads, (100, 250, 500), strict=True):
        assert least <= wanted <= most


async def test_a_closed_chat_is_open_to_controllers_and_never_to_the_muted(hub: Hub) -> None:
    ana, ben, cem, dua = [await visit(hub, name) for name in ("ana", "ben", "cem", "dua")]
    for controller in (ana, ben):
        assert await controller.say("CHAT", text=f"I am {controller.sender.person}") is None
    for person, code in ((cem, "chat_closed"), (dua, "muted")):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its code is what counts
            await person.say("CHAT", text="Hi")
        assert getattr(caught.value, "code", None) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid("x", fields={"source.provider": "is not known here"}), ErrorCode.INVALID),
        (Conflict("x"), ErrorCode.INVALID),
        (DuplicateMessage(), ErrorCode.DUPLICATE),
        (NotAuthenticated(), ErrorCode.FORBIDDEN),
        (BadRequest(), ErrorCode.INVALID),
        (Permanent(), ErrorCode.INTERNAL),
        (Unavailable(), ErrorCode.UNAVAILABLE),
        (NoSuchRoom(), ErrorCode.NOT_FOUND),
        (RateLimited(retry_after_s=3), ErrorCode.RATE_LIMITED),
    ],
)
def test_every_error_has_a_code_of_the_protocol(error: Any, code: ErrorCode) -> None:
    told = dispatch.error_answer(error, "x")
    assert (told.code, told.id, told.retry_after_s) == (code, "x", error.retry_after_s)
    assert told.message


async def test_a_command_is_answered_though_its_state_was_seen_before_it_was_told(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    swap = playback_store.swap

    async def swap_seen_by_others(*args: Any) -> Any:
        swapped = await swap(*args)
        # The refresh that each room gets once a second may come between the two.
        await ana.room.refresh_state()
        return swapped

    monkeypatch.setattr(playback_store, "swap", swap_seen_by_others)
    answer = await ana.say("PLAY", position=5, id="x")
    assert answer is not None
    assert (answer["type"], answer["revision"], answer["id"]) == ("PLAYBACK_STATE", 2, "x")
    assert [m["revision"] for m in cem.recording.states()] == [2]


def test_every_message_of_a_client_has_one_handler() -> None:
    union, _discriminator = get_args(protocol.FromClient)
    assert set(get_args(union)) == set(dispatch.HANDLERS)


async def elsewhere(*commands: Command) -> bus.Notice:
    """Change the state as another process does; return what it says of it."""
    old = await playback_store.load(CODE)
    assert old is not None
    state = old.state
    for command in commands:
        state = apply(state, command, now_ms=0, by="ana").state
    swapped, stored = await playback_store.swap(CODE, old, playback_store.Stored.of(state))
    assert swapped
    assert stored
    return bus.Notice(
        type="room.notice",
        origin="elsewhere",
        code=CODE,
        topic="state",
        revision=state.revision,
        text=codec.encode(live_states.message(state)),
        state=stored.text,
    )


async def test_who_may_control_comes_with_the_state_of_another_process(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    hub._hear(await elsewhere(SetCohost("cem", True), Play(position=5)))
    assert ana.room.state.may_control("cem")
    assert [m["revision"] for m in cem.recording.states()] == [3]


async def test_a_change_of_which_no_notice_came_is_seen_by_its_revision(hub: Hub) -> None:
    ana, cem = await visit(hub, "ana"), await visit(hub, "cem")
    await elsewhere(SetCohost("cem", True), Play(position=5))
    ana.room.compare(await read_revisions([CODE]))
    await look(ana.room)
    assert ana.room.state.may_control("cem")
    assert [m["revision"] for m in cem.recording.states()] == [3]


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


async def test_of_many_commands_at_once_none_is_lost(hub: Hub) -> None:
    ana = await visit(hub, "ana")
    await asyncio.gather(*(ana.say("SEEK", position=n) for n in range(1, 21)))
    assert [m["revision"] for m in ana.recording.states()] == list(range(2, 22))


async def test_the_same_id_sent_many_times_at_once_takes_effect_once(hub: Hub) -> None:
    ana = await visit(hub, "ana")
    await asyncio.gather(*(ana.say("SEEK", position=5, id="x") for _ in range(10)))
    assert await playback_store.revisions([CODE]) == {CODE: 2}


async def calls() -> Counter[str]:
    """Count what Redis was asked so far, by command."""
    async with live_state.reaching_redis("test") as redis:
        statistics = await redis.info("commandstats")
    return Counter(
        {name.removeprefix("cmdstat_"): each["calls"] for name, each in statistics.items()}
    )


async def test_a_change_takes_one_trip_while_no_other_process_makes_one(hub: Hub) -> None:
    await visit(hub, "ana")
    await live_states.apply(CODE, Seek(position=1), by="ana")
    before = await calls()
    await live_states.apply(CODE, Seek(position=2), by="ana")
    asked = await calls() - before
    assert asked["evalsha"] == 1
    assert asked["hget"] == 1, "the script's own"


async def look(room: LiveRoom) -> None:
    """Wait until the room has looked at its state."""
    task = room.state_refresh._task
    assert task is not None
    await task
