"""Playback over real sockets: who may command, what everyone hears, and what sticks."""

import asyncio
from typing import Any

import pytest

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, Message, People, RoomSocket, metric
from tests.support.waiting import eventually

LINK = "https://youtu.be/dQw4w9WgXcQ"
SOURCE: dict[str, Any] = {
    "provider": "youtube",
    "media_type": "movie",
    "external_id": "aqz-KE-bpKQ",
    "supports_events": True,
    "supports_progress": True,
    "capabilities": {"seek": True, "pause": True, "resume": True, "autoplay": True},
}


async def a_show(pair: Pair, people: People) -> tuple[str, Guest, Guest, RoomSocket, RoomSocket]:
    """A room with Ana as host at one server and Ben as viewer at the other."""
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room(url=LINK)
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.sees(2)
    return code, ana, ben, host, viewer


async def everyone_hears(id_: str, sender: RoomSocket, *others: RoomSocket) -> Message:
    """Return the state that a command led to, the same for all.

    Only its sender is sure to hear its id: a server that looks at Redis of its own accord,
    just before the word comes, tells the state without.
    """
    told = await sender.hears(lambda m: m.get("id") == id_)
    assert told["type"] == "PLAYBACK_STATE"
    for room_socket in others:
        state = await room_socket.hears(lambda m: m.get("revision") == told["revision"])
        assert {**state, "id": id_} == told
    return told


async def test_seeking_keeps_playing_and_keeps_paused(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await host.say("SEEK", position=40, id="a")
    paused = await everyone_hears("a", host, viewer)
    await host.say("PLAY", id="b")
    await host.say("SEEK", position=80.5, id="c")
    playing = await everyone_hears("c", host, viewer)
    assert (paused["playing"], paused["position"]) == (False, 40)
    assert (playing["playing"], playing["position"]) == (True, 80.5)


async def test_a_start_and_a_jump_lie_a_little_ahead(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    for type_, position in (("PLAY", 5), ("SEEK", 9)):
        before = await host.ask("PING", t0=0)
        await host.say(type_, position=position, id=type_)
        state = await everyone_hears(type_, host, viewer)
        after = await host.ask("PING", t0=0)
        assert before["t1"] + 100 <= state["at"] <= after["t2"] + 500


async def test_the_rate_changes_where_the_room_is(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await host.say("PLAY", position=10, id="a")
    started = await everyone_hears("a", host, viewer)
    await host.say("RATE", rate=2, id="b")
    faster = await everyone_hears("b", host, viewer)
    elapsed_s = (faster["at"] - started["at"]) / 1000
    assert faster["rate"] == 2
    assert faster["position"] == pytest.approx(10 + max(0, elapsed_s), abs=1e-6)


async def test_the_position_stops_at_the_end_that_the_host_knows(
    pair: Pair, people: People
) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    status = {"position": 0, "buffering": False, "drift_ms": 0}
    assert (await host.ask("STATUS", **status, duration=90))["type"] == "ACK"
    await viewer.hears(lambda m: m.get("duration") == 90)
    await host.say("SEEK", position=500, id="a")
    assert (await everyone_hears("a", host, viewer))["position"] == 90
    await host.say("PLAY", id="b")
    again = await everyone_hears("b", host, viewer)
    assert (again["playing"], again["position"]) == (True, 0)


async def test_the_length_of_what_played_before_is_not_taken(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    status = {"position": 0, "buffering": False, "drift_ms": 0, "duration": 90}
    await host.say("SOURCE", source=SOURCE, id="new")
    chosen = await everyone_hears("new", host, viewer)
    await host.ask("STATUS", **status, revision=chosen["revision"] - 1)
    assert (await viewer.ask("SYNC"))["duration"] is None
    await host.ask("STATUS", **status, revision=chosen["revision"])
    assert (await viewer.ask("SYNC"))["duration"] == 90


async def test_the_length_of_a_film_of_the_library_is_the_librarys(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    film = await ana.upload()
    length_s = (await ana.read(f"/videos/{film}"))["duration_s"]
    host = await ana.enter(await ana.create_room(url=f"{ana.url}/videos/{film}"))
    assert host.welcome["state"]["duration"] == length_s > 0
    await host.ask("STATUS", position=0, buffering=False, drift_ms=0, duration=length_s + 5)
    assert (await host.ask("SYNC"))["duration"] == length_s
    assert (await host.ask("SOURCE", source=SOURCE))["duration"] is None
    library = {"provider": "library", "media_type": "movie", "external_id": film}
    assert (await host.ask("SOURCE", source=library))["duration"] == length_s
    assert (await host.ask("SEEK", position=length_s + 50))["position"] == length_s


async def test_a_chosen_source_starts_at_its_beginning_as_its_provider_describes_it(
    pair: Pair, people: People
) -> None:
    code, ana, _, host, viewer = await a_show(pair, people)
    await host.say("PLAY", position=30, id="a")
    invented = {
        **SOURCE,
        "supports_events": False,
        "capabilities": {"seek": False, "pause": False, "resume": False, "autoplay": False},
    }
    await host.say("SOURCE", source=invented, id="b")
    state = await everyone_hears("b", host, viewer)
    assert state["source"] == {**SOURCE, "season": None, "episode": None}
    assert (state["playing"], state["position"], state["rate"]) == (False, 0, 1)
    room = (await ana.http.get(f"/rooms/{code}")).json()
    assert room["source"] == state["source"]
    playback = (await ana.http.get(f"/rooms/{code}/playback")).json()
    assert playback["source"] == state["source"]


UNPLAYABLE: list[tuple[Message, str, str]] = [
    ({"provider": "nobody"}, "invalid", "source.provider"),
    ({"external_id": "too-short"}, "invalid", "source.external_id"),
    ({"media_type": "tv", "season": 1, "episode": 1}, "invalid", "source.media_type"),
    (
        {"provider": "library", "external_id": "11111111-2222-3333-4444-555555555555"},
        "not_found",
        "",
    ),
]


async def test_a_source_that_cannot_be_played_changes_nothing(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    for change, code, field in UNPLAYABLE:
        answer = await host.ask("SOURCE", source={**SOURCE, **change})
        assert (answer["type"], answer["code"]) == ("ERROR", code)
        assert field in answer["message"]
    await viewer.in_step()
    assert viewer.of("PLAYBACK_STATE") == []


async def test_the_link_of_another_persons_video_is_not_found(pair: Pair, people: People) -> None:
    code, ana, ben, _, _ = await a_show(pair, people)
    url = f"{pair.first.url}/videos/11111111-2222-3333-4444-555555555555"
    answer = await ana.refusal("PUT", f"/rooms/{code}/source", json={"url": url})
    assert answer[0] in (404, 422)
    answer = await ben.refusal("PUT", f"/rooms/{code}/source", json={"source": SOURCE})
    assert answer == (403, "forbidden")


NOT_FOR_VIEWERS: list[tuple[str, Message]] = [
    ("PLAY", {}),
    ("PAUSE", {}),
    ("SEEK", {"position": 5}),
    ("RATE", {"rate": 2}),
    ("SOURCE", {"source": SOURCE}),
    ("SOURCE", {"source": {**SOURCE, "provider": "nobody"}}),
]


async def test_a_viewers_command_does_nothing_but_count(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    for type_, fields in NOT_FOR_VIEWERS:
        counter = "streamit_ignored_commands_total"
        before = await metric(pair.second, counter, type=type_)
        await viewer.say(type_, id="x", **fields)
        await viewer.in_step()
        await host.in_step()
        assert await metric(pair.second, counter, type=type_) == before + 1
        heard = [m for m in host.heard + viewer.heard if m["type"] not in ("PONG", "PRESENCE")]
        assert heard == []
    assert (await host.ask("SYNC"))["revision"] == host.welcome["state"]["revision"]


async def test_a_cohost_controls_until_dismissed(pair: Pair, people: People) -> None:
    _, ana, ben, host, viewer = await a_show(pair, people)
    assert (await host.ask("COHOST", member=ben.id))["type"] == "ACK"
    await viewer.hears(
        lambda m: (
            m["type"] == "PRESENCE"
            and [(c["id"], c["role"]) for c in m["changed"]] == [(ben.id, "cohost")]
        )
    )
    await viewer.say("SOURCE", source=SOURCE, id="s")
    await viewer.say("RATE", rate=1.5, id="r")
    await viewer.say("PLAY", position=7, id="p")
    for id_ in "srp":
        assert (await everyone_hears(id_, viewer, host))["by"] == ben.id
    await host.ask("COHOST", member=ben.id, on=False)
    await viewer.say("PAUSE", id="q")
    await viewer.in_step()
    assert (await host.ask("SYNC"))["playing"] is True
    assert ana.id != ben.id


async def test_a_command_sent_twice_acts_once_and_is_answered_the_same(
    pair: Pair, people: People
) -> None:
    code, ana, _, host, viewer = await a_show(pair, people)
    await host.say("PLAY", position=5, id="x")
    first = await everyone_hears("x", host, viewer)
    await host.say("SEEK", position=50, id="y")
    second = await everyone_hears("y", host, viewer)
    # The host reconnects at another server and sends again what had no answer.
    there = await people.move(ana, pair.second).open(code, host.welcome["resume"])
    assert await there.ask("PLAY", position=5, id="x") == first
    await viewer.in_step()
    assert [m["revision"] for m in viewer.of("PLAYBACK_STATE")] == [
        first["revision"],
        second["revision"],
    ]
    assert (await there.ask("SYNC"))["revision"] == second["revision"]


async def test_commands_from_everywhere_at_once_end_the_same_for_all(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people)
    await host.ask("COHOST", member=ben.id)
    elsewhere = await people.move(ana, pair.second).enter(code)
    room_sockets = (host, viewer, elsewhere)
    await asyncio.gather(
        *(
            room_socket.say("SEEK", position=number * 10 + index, id=f"{number}{index}")
            for number in range(8)
            for index, room_socket in enumerate(room_sockets)
        )
    )
    for number in range(8):
        for index, room_socket in enumerate(room_sockets):
            # Their own; of the others' states all but the newest may be missed.
            await room_socket.hears(lambda m, id_=f"{number}{index}": m.get("id") == id_)
    final = await host.ask("SYNC")
    for index, room_socket in enumerate(room_sockets):
        await room_socket.hears(
            lambda m: m["type"] == "PLAYBACK_STATE" and m["revision"] == final["revision"]
        )
        # The answer to their own may come after a newer state.
        own = {f"{number}{index}" for number in range(8)}
        others = [m for m in room_socket.of("PLAYBACK_STATE") if m.get("id") not in own]
        revisions = [m["revision"] for m in others]
        assert revisions == sorted(revisions)
        last = max(room_socket.of("PLAYBACK_STATE"), key=lambda m: int(m["revision"]))
        assert last["position"] == final["position"]


async def test_chat_reaches_all_once_in_one_order(pair: Pair, people: People) -> None:
    _, ana, ben, host, viewer = await a_show(pair, people)
    for number in range(5):
        await host.say("CHAT", text=f"ana {number}", id=f"a{number}")
        await viewer.say("CHAT", text=f"ben {number}", id=f"b{number}")
    for room_socket in (host, viewer):
        for id_ in [f"{who}{number}" for who in "ab" for number in range(5)]:
            await room_socket.hears(lambda m, id_=id_: m.get("client_id") == id_)
    assert [m["id"] for m in host.of("CHAT")] == [m["id"] for m in viewer.of("CHAT")]
    first = host.of("CHAT")[0]
    assert {first["member"], first["name"]} <= {ana.id, ben.id, "Ana", "Ben"}
    await host.say("CHAT", text="something else", id="a0")
    again = await host.hears(lambda m: m.get("client_id") == "a0", after=len(host.heard))
    assert again["text"] == "ana 0"
    await viewer.in_step()
    assert len(viewer.of("CHAT")) == 10


async def test_chat_that_breaks_a_rule_is_answered_by_the_rule(pair: Pair, people: People) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people)
    assert (await viewer.ask("CHAT", text="Hi"))["type"] == "CHAT"
    assert (await viewer.ask("CHAT", text="Hi"))["code"] == "duplicate"
    assert (await viewer.ask("CHAT", text=" \u200b "))["code"] == "invalid"
    assert (await viewer.ask("CHAT", text="x" * 501))["code"] == "invalid"
    assert (await viewer.ask("CHAT", text="🍿" * 500))["type"] == "CHAT"
    await host.ask("MUTE", member=ben.id)
    await viewer.hears(
        lambda m: m["type"] == "PRESENCE" and [c["muted"] for c in m["changed"]] == [True]
    )
    assert (await viewer.ask("CHAT", text="Still here"))["code"] == "muted"
    await host.ask("MUTE", member=ben.id, on=False)
    await viewer.hears(
        lambda m: m["type"] == "PRESENCE" and [c["muted"] for c in m["changed"]] == [False]
    )
    await ana.http.patch(f"/rooms/{code}", json={"chat_open": False})
    await viewer.hears(lambda m: m["type"] == "ROOM_CHANGED" and not m["room"]["chat_open"])
    assert (await viewer.ask("CHAT", text="Now?"))["code"] == "chat_closed"
    assert (await host.ask("CHAT", text="Only I"))["type"] == "CHAT"


async def test_a_pong_is_in_the_same_time_at_every_server(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    first = await host.ask("PING", t0=1)
    second = await viewer.ask("PING", t0=2)
    third = await host.ask("PING", t0=-3.5)
    assert [first["t0"], second["t0"], third["t0"]] == [1, 2, -3.5]
    # Two offsets, each wrong by half a round trip to Redis at most, long on a busy machine.
    assert first["t1"] - 200 <= second["t1"] <= third["t2"] + 200


async def test_a_film_that_has_ended_is_told_as_paused_at_its_end_everywhere(
    pair: Pair, people: People
) -> None:
    code, _, ben, host, viewer = await a_show(pair, people)
    await host.ask("STATUS", position=0, buffering=False, drift_ms=0, duration=60)
    await host.say("PLAY", position=59.5, id="a")
    await everyone_hears("a", host, viewer)

    async def ended() -> bool:
        return (await host.ask("SYNC"))["playing"] is False

    await eventually(ended)
    told = [await viewer.ask("SYNC"), (await ben.read(f"/rooms/{code}/playback"))["state"]]
    told.append((await (await people.arrive(pair.first, "Cem")).enter(code)).welcome["state"])
    assert [(state["playing"], state["position"]) for state in told] == [(False, 60)] * 3
    await host.say("PLAY", id="b")
    again = await everyone_hears("b", host, viewer)
    assert (again["playing"], again["position"]) == (True, 0)


async def test_without_a_source_there_is_nothing_to_play_or_seek(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    host = await ana.enter(await ana.create_room(source=None))
    before = host.welcome["state"]
    for type_, fields in (("PLAY", {}), ("SEEK", {"position": 30}), ("RATE", {"rate": 2})):
        answer = await host.ask(type_, **fields)
        assert {name: answer[name] for name in ("playing", "position", "rate")} == {
            name: before[name] for name in ("playing", "position", "rate")
        }


async def test_everyone_controls_playback_and_the_queue_when_the_host_lets_them_but_not_people(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people)
    path = f"/rooms/{code}"
    assert await ben.refusal("PATCH", path, json={"control": "everyone"}) == (403, "forbidden")
    room = (await ana.http.patch(path, json={"control": "everyone", "name": "Ours"})).json()
    assert (room["control"], room["name"]) == ("everyone", "Ours")
    await viewer.hears(lambda m: m["type"] == "ROOM_CHANGED" and m["room"]["control"] == "everyone")
    await viewer.say("PLAY", position=5, id="mine")
    assert (await everyone_hears("mine", viewer, host))["by"] == ben.id
    assert (await viewer.ask("QUEUE_ADD", source=SOURCE))["type"] == "ACK"
    assert (await viewer.ask("NEXT"))["source"]["external_id"] == SOURCE["external_id"]
    for message in ("KICK", "MUTE", "BAN", "COHOST", "TRANSFER"):
        assert (await viewer.ask(message, member=ana.id))["code"] == "forbidden"
    assert (await ben.refusal("PATCH", path, json={"control": "host"}))[0] == 403
    # It holds for who comes later, and ends at once.
    cem = await people.arrive(pair.first, "Cem")
    late = await cem.enter(code)
    assert late.welcome["room"]["control"] == "everyone"
    assert late.welcome["you"]["role"] == "viewer"
    await ana.http.patch(path, json={"control": "host"})
    await viewer.hears(lambda m: m["type"] == "ROOM_CHANGED" and m["room"]["control"] == "host")
    await viewer.say("PAUSE", id="ignored")
    await viewer.in_step()
    assert not [m for m in viewer.heard if m.get("id") == "ignored"]


async def test_a_stranger_learns_nothing_of_a_private_room_that_everyone_controls(
    pair: Pair, people: People
) -> None:
    ana, ben = [await people.arrive(pair.first, name) for name in ("Ana", "Ben")]
    code = await ana.create_room(visibility="private", entry="approval", control="everyone")
    await ana.enter(code)
    room = await ben.read(f"/rooms/{code}")
    assert (room["you"]["role"], room["name"]) == (None, None)
    assert (await ben.refusal("POST", f"/rooms/{code}/next"))[0] in (403, 404)
    link = {"url": "https://youtu.be/jNQXAC9IVRw"}
    assert (await ben.refusal("PUT", f"/rooms/{code}/source", json=link))[0] in (403, 404)
