"""From a message to its answer. Here no test may touch the database: none is allowed to."""

from typing import Any, get_args

import pytest

from core import metrics
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
from presence import store as presence
from rooms import protocol
from rooms import state as live_states
from rooms.commands import dispatch, queue
from rooms.errors import DuplicateMessage, NoSuchRoom
from rooms.live.hub import Hub
from rooms.protocol import ErrorCode
from rooms.queue import PLAYERS_DUE_AFTER_S
from tests.rooms.live_only import CODE, visit
from tests.rooms.made import pass_time


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
