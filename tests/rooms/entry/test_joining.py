"""Coming into a room, and being kept out, over REST and real sockets."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from rooms.protocol import PROTOCOL_VERSION
from tests.rooms.conftest import Pair
from tests.rooms.people import People

LINK = "https://youtu.be/dQw4w9WgXcQ"


async def test_the_welcome_shows_the_whole_room(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room(url=LINK, name="Film night", capacity=7)
    host = await ana.enter(code)
    await host.say("CHAT", text="Hello")
    await host.hears("CHAT")
    welcome = (await ben.enter(code)).welcome
    assert welcome["protocol"] == PROTOCOL_VERSION
    room = welcome["room"]
    assert (room["name"], room["capacity"], room["host"]) == ("Film night", 7, ana.id)
    assert (room["status"], room["grace_ends_at"]) == ("LIVE", None)
    assert (welcome["you"]["id"], welcome["you"]["role"]) == (ben.id, "viewer")
    assert {m["id"]: m["role"] for m in welcome["members"]} == {ana.id: "host", ben.id: "viewer"}
    assert welcome["viewer_count"] == 2
    assert welcome["state"]["source"]["external_id"] == "dQw4w9WgXcQ"
    assert [said["text"] for said in welcome["chat"]] == ["Hello"]
    assert welcome["waiting"] == []


async def test_a_ticket_opens_one_socket_of_one_room_once(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code, other = await ana.create_room(), await ana.create_room()
    ticket = (await ana.join(code))["ticket"]
    assert await ana.refused(other, ticket) == 4401
    await ana.open(code, ticket)
    assert await ana.refused(code, ticket) == 4401
    for nonsense in ("", "x", ticket[:-3], ana.http.headers["Authorization"].split()[1]):
        assert await ana.refused(code, nonsense) == 4401


async def test_a_resume_token_works_once_at_any_server_and_gives_the_next(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    there = people.move(ana, pair.second)
    code = await ana.create_room()
    room_socket = await ana.enter(code)
    for guest in (there, ana, there):
        resume = room_socket.welcome["resume"]
        room_socket = await guest.open(code, resume)
        assert await guest.refused(code, resume) == 4401
        assert room_socket.welcome["you"]["role"] == "host"


async def test_one_person_with_two_sockets_is_counted_once(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.first, "Ben")
    code = await ana.create_room()
    host = await ana.enter(code)
    one = await ben.enter(code)
    two = await people.move(ben, pair.second).enter(code)
    assert two.welcome["viewer_count"] == 2
    await host.sees(2)
    await one.leave()
    await two.in_step()
    await two.leave()
    await host.sees(1)
    assert [id_ for m in host.of("PRESENCE") for id_ in m["left"]] == [ben.id]


async def test_a_room_that_is_not_there_says_so(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    ticket = (await ana.join(code))["ticket"]
    assert await ana.refused("zzzzzzzzzz", ticket) == 4404
    assert await ana.refusal("POST", "/rooms/zzzzzzzzzz/join", json={}) == (404, "no_such_room")
    await ana.http.delete(f"/rooms/{code}")
    assert await ana.refused(code, ticket) == 4404


@pytest.mark.parametrize("path", ["/ws/rooms/", "/ws/rooms/a-room/", "/ws/rooms/a/b/", "/ws"])
async def test_a_socket_to_no_address_is_refused(pair: Pair, path: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connect(pair.first.ws_url + path)
    assert caught.value.response.status_code == 403


async def test_a_page_of_another_origin_cannot_open_a_socket(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    for origin in ("https://evil.example", "null", "http://[::1"):
        url = f"{ana.socket_url(code)}?ticket={(await ana.join(code))['ticket']}"
        with pytest.raises(InvalidStatus) as caught:
            await connect(url, additional_headers={"Origin": origin})
        # Daphne answers 400 to an origin that is no URL.
        assert caught.value.response.status_code in (400, 403)
        # The ticket is not spent by it.
        async with connect(url, additional_headers={"Origin": pair.first.url}) as socket:
            assert json.loads(await socket.recv())["type"] == "WELCOME"


async def test_a_room_takes_people_up_to_the_last_place_and_no_more(
    pair: Pair, people: People
) -> None:
    ana, ben, cem = [await people.arrive(pair.first, name) for name in ("Ana", "Ben", "Cem")]
    code = await ana.create_room(capacity=2)
    await ana.enter(code)
    late = (await cem.join(code))["ticket"]
    room_socket = await ben.enter(code)
    # Joining over REST says why, also to who comes back after their place was taken.
    assert await cem.refused(code, late) == 4401
    assert await cem.refusal("POST", f"/rooms/{code}/join", json={}) == (409, "room_full")
    await room_socket.leave()
    host = await ana.enter(code)
    await host.sees(1) if host.welcome["viewer_count"] > 1 else None
    await cem.enter(code)


async def test_a_late_joiners_position_has_advanced_with_the_room(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(url=LINK)
    host = await ana.enter(code)
    await host.say("RATE", rate=4)
    await host.say("PLAY", position=100, id="p")
    started = await host.hears(lambda m: m.get("id") == "p")
    late = await (await people.arrive(pair.second, "Ben")).enter(code)
    state = late.welcome["state"]
    # The anchor is the same, so the position follows from the room's time.
    assert {key: state[key] for key in ("at", "position", "rate", "revision", "playing")} == {
        key: started[key] for key in ("at", "position", "rate", "revision", "playing")
    }
    pong = await late.ask("PING", t0=0)
    assert 0 <= pong["t1"] - state["at"] + 500 < 10_000


async def test_who_asks_to_come_in_waits_until_the_host_approves(
    pair: Pair, people: People
) -> None:
    ana, ben, cem = [await people.arrive(pair.first, name) for name in ("Ana", "Ben", "Cem")]
    eve = await people.arrive(pair.second, "Eve")
    code = await ana.create_room(entry="approval")
    host = await ana.enter(code)
    assert await ben.join(code) == {
        "status": "pending",
        "ticket": None,
        "ws_url": None,
        "playback": None,
    }
    asked = await host.hears("WAITING")
    assert asked["waiting"] == [{"id": ben.id, "name": "Ben"}]
    await eve.join(code)
    await cem.join(code)
    await host.hears(lambda m: m["type"] == "WAITING" and len(m["waiting"]) == 3)
    await ana.act(code, "reject", cem)
    assert await cem.refusal("POST", f"/rooms/{code}/join", json={}) == (403, "rejected")
    await ana.act(code, "approve", eve)
    await ana.act(code, "approve", ben)
    await host.hears(lambda m: m["type"] == "WAITING" and m["waiting"] == [])
    viewer = await ben.enter(code)
    late = await eve.enter(code)
    assert viewer.welcome["waiting"] == late.welcome["waiting"] == []
    # Who has no say in it hears nothing of who asks.
    dua = await people.arrive(pair.first, "Dua")
    await dua.join(code)
    await host.hears(
        lambda m: m["type"] == "WAITING" and [w["id"] for w in m["waiting"]] == [dua.id]
    )
    await viewer.in_step()
    await late.in_step()
    assert viewer.of("WAITING") == late.of("WAITING") == []


async def test_a_password_is_asked_for_once(pair: Pair, people: People) -> None:
    ana, ben = [await people.arrive(pair.first, name) for name in ("Ana", "Ben")]
    code = await ana.create_room(entry="password", password="open sesame")
    for body in ({}, {"password": None}, {"password": "wrong"}):
        answer = await ben.refusal("POST", f"/rooms/{code}/join", json=body)
        assert answer == (403, "wrong_password")
    room_socket = await ben.enter(code, password="open sesame")
    await room_socket.leave()
    again = await ben.enter(code)
    assert "open sesame" not in json.dumps(again.welcome)


async def test_without_a_login_there_is_no_ticket(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    del ana.http.headers["Authorization"]
    for method, path in [
        ("POST", "join"),
        ("GET", "playback"),
        ("GET", "members"),
        ("POST", "transfer"),
        ("PUT", "source"),
    ]:
        answer = await ana.refusal(method, f"/rooms/{code}/{path}", json={})
        assert answer == (401, "not_authenticated")
    assert await ana.refusal("POST", "/rooms", json={"name": "x"}) == (401, "not_authenticated")


async def test_many_who_come_at_once_are_all_counted(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(capacity=50)
    host = await ana.enter(code)
    servers = (pair.first, pair.second)
    crowd = await asyncio.gather(*(people.arrive(servers[n % 2], f"P{n}") for n in range(20)))
    room_sockets = await asyncio.gather(*(guest.enter(code) for guest in crowd))
    for room_socket in (host, *room_sockets):
        if room_socket.welcome["viewer_count"] != 21:
            await room_socket.sees(21)
        seen = {m["id"] for m in room_socket.welcome["members"]}
        seen |= {m["id"] for p in room_socket.of("PRESENCE") for m in p["joined"]}
        assert seen == {ana.id, *(guest.id for guest in crowd)}
