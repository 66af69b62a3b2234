"""Waiting for each other over real sockets, with the host and a viewer at two servers."""

from typing import Any

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, Message, People, RoomSocket

STATUS: dict[str, Any] = {"position": 0.0, "buffering": False, "drift_ms": 0.0}


async def a_show(
    pair: Pair, people: People, **facts: Any
) -> tuple[str, Guest, Guest, RoomSocket, RoomSocket]:
    """A room that waits, with Ana as host and Ben as viewer, whose players say when ready."""
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room(**facts)
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.sees(2)
    for room_socket in (host, viewer):
        await report(room_socket, ready=True, drift_ms=1.0)
    # Both servers have heard of both, and so has Redis, which REST asks.
    await host.hears(lambda m: m["type"] == "PRESENCE" and ben.id in changed(m))
    await viewer.hears(lambda m: m["type"] == "PRESENCE" and ana.id in changed(m))
    return code, ana, ben, host, viewer


def changed(presence: Message) -> set[str]:
    # Who reports at once may be told of with their coming.
    told = presence["joined"] + presence["changed"]
    return {member["id"] for member in told if member["drift_ms"] is not None}


def drifts(presence: Message) -> set[float]:
    return {member["drift_ms"] for member in presence["joined"] + presence["changed"]}


async def report(room_socket: RoomSocket, **fields: Any) -> None:
    reply = await room_socket.ask("STATUS", **{**STATUS, **fields})
    assert reply["type"] == "ACK"


def waits_for(*people: Guest) -> Any:
    wanted = {person.id for person in people}

    def passes(message: Message) -> bool:
        waiting = message.get("waiting") if message["type"] == "PLAYBACK_STATE" else None
        return waiting is not None and set(waiting["for"]) == wanted

    return passes


def plays(message: Message) -> bool:
    return bool(message["type"] == "PLAYBACK_STATE" and message["playing"])


async def test_a_start_waits_until_everyone_is_ready(pair: Pair, people: People) -> None:
    _, ana, ben, host, viewer = await a_show(pair, people, wait="start")
    await host.say("PLAY", position=5, id="a")
    held = await viewer.hears(waits_for(ana, ben))
    assert (held["playing"], held["position"], held["waiting"]["count"]) == (False, 5, 2)
    assert 0 < held["waiting"]["until"] - held["at"] <= 10_000
    await report(host, ready=True, revision=held["revision"])
    left = await viewer.hears(waits_for(ben))
    # Ready for what was before the jump is not ready.
    await report(viewer, ready=True, revision=held["revision"] - 1)
    await report(viewer, ready=False, revision=left["revision"])
    assert (await viewer.ask("SYNC"))["playing"] is False
    await report(viewer, ready=True, revision=left["revision"])
    for room_socket in (host, viewer):
        state = await room_socket.hears(plays)
        assert (state["position"], state["waiting"]) == (5, None)


async def test_who_is_late_is_waited_for_until_the_time_out_and_not_again(
    pair: Pair, people: People
) -> None:
    _, ana, ben, host, viewer = await a_show(pair, people, wait="start", wait_timeout_s=3)
    await host.say("PLAY", position=5)
    held = await viewer.hears(waits_for(ana, ben))
    await report(host, ready=True, revision=held["revision"])
    gone_on = await host.hears(plays)
    assert gone_on["at"] >= held["waiting"]["until"]
    heard = len(viewer.heard)
    await host.say("SEEK", position=60)
    held = await viewer.hears(waits_for(ana), after=heard)
    await report(host, ready=True, revision=held["revision"])
    gone_on = await viewer.hears(lambda m: plays(m) and m["revision"] > held["revision"])
    assert gone_on["position"] == 60


async def test_the_hosts_play_goes_on_without_those_who_are_late(
    pair: Pair, people: People
) -> None:
    _, ana, ben, host, viewer = await a_show(pair, people, wait="start")
    await host.say("PLAY", position=5)
    await host.hears(waits_for(ana, ben))
    await viewer.say("PLAY", id="ignored")
    state = await host.ask("PLAY")
    assert (state["playing"], state["position"], state["waiting"]) == (True, 5, None)
    assert not [m for m in viewer.heard if m.get("id") == "ignored"]


async def test_the_next_film_waits_too_when_a_program_asks_for_it(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people, wait="start")
    await ana.http.post(f"/rooms/{code}/queue", json={"url": "https://youtu.be/aqz-KE-bpKQ"})
    assert (await ana.http.post(f"/rooms/{code}/next")).status_code == 204
    held = await viewer.hears(waits_for(ana, ben))
    assert (held["source"]["external_id"], held["playing"]) == ("aqz-KE-bpKQ", False)
    for room_socket in (host, viewer):
        await report(room_socket, ready=True, revision=held["revision"])
    assert (await viewer.hears(plays))["source"] == held["source"]


async def test_who_leaves_or_asks_not_to_be_waited_for_holds_nobody_up(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people, wait="start", wait_timeout_s=60)
    cem = await people.arrive(pair.second, "Cem")
    third = await cem.enter(code)
    await report(third, ready=True, drift_ms=1.0)
    await host.hears(lambda m: m["type"] == "PRESENCE" and cem.id in changed(m))
    await host.say("PLAY", position=5)
    held = await host.hears(waits_for(ana, ben, cem))
    await report(host, ready=True, revision=held["revision"])
    assert (await third.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
    await host.hears(waits_for(ben))
    await viewer.leave()
    await host.hears(plays)
    heard = len(third.heard)
    await host.say("SEEK", position=60)
    await third.hears(waits_for(ana), after=heard)


async def test_a_second_device_elsewhere_takes_nobodys_waiting_away(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, _viewer = await a_show(pair, people, wait="start")
    # Bens again, at the host's server: it says nothing of its picture, and wants no waiting.
    tablet = await people.move(ben, pair.first).enter(code)
    await report(tablet, drift_ms=7.0)
    await host.hears(lambda m: m["type"] == "PRESENCE" and 7.0 in drifts(m))
    await host.say("PLAY", position=5)
    held = await host.hears(waits_for(ana, ben))
    assert (await tablet.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
    await report(host, ready=True, revision=held["revision"])
    await host.hears(waits_for(ben))
    heard = len(host.heard)
    await host.say("SEEK", position=60)
    await host.hears(waits_for(ana, ben), after=heard)


async def test_a_device_that_wants_no_waiting_ends_it_when_no_other_is_left(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people, wait="start", wait_timeout_s=60)
    tablet = await people.move(ben, pair.first).enter(code)
    await report(tablet, ready=True, drift_ms=7.0)
    await host.hears(lambda m: m["type"] == "PRESENCE" and 7.0 in drifts(m))
    await host.say("PLAY", position=5)
    held = await viewer.hears(waits_for(ana, ben))
    await report(host, ready=True, revision=held["revision"])
    await viewer.hears(waits_for(ben))
    assert (await viewer.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
    assert (await host.ask("SYNC"))["playing"] is False
    assert (await tablet.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
    await host.hears(plays)


async def test_a_stall_pauses_everyone_until_the_player_is_ready_again(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people, wait="off")
    started = await host.ask("PLAY", position=5)
    await report(viewer, ready=False, buffering=True, position=5.2, revision=started["revision"])
    # The room does not wait unless its host wants it.
    await ana.http.patch(f"/rooms/{code}", json={"wait": "always"})
    await viewer.hears(lambda m: m["type"] == "ROOM_CHANGED" and m["room"]["wait"] == "always")
    await report(viewer, ready=False, buffering=True, position=5.2, revision=started["revision"])
    held = await host.hears(waits_for(ben))
    # Not past where Ben has come to, so that Ben misses nothing.
    assert (held["playing"], held["position"]) == (False, 5.2)
    await report(viewer, ready=True, revision=held["revision"])
    state = await viewer.hears(lambda m: plays(m) and m["revision"] > held["revision"])
    assert state["position"] == 5.2
