"""People among each other: hosts, co-hosts, who is put out, and a host who goes away."""

import pytest
import redis.asyncio

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, Message, People, RoomSocket
from tests.support.waiting import eventually

LINK = "https://youtu.be/dQw4w9WgXcQ"


async def a_company(
    pair: Pair, people: People, **facts: object
) -> tuple[str, list[Guest], list[RoomSocket]]:
    """Ana hosts; Ben sits at the other server, Cem at hers, in that order of coming."""
    guests = [
        await people.arrive(server, name)
        for server, name in ((pair.first, "Ana"), (pair.second, "Ben"), (pair.first, "Cem"))
    ]
    code = await guests[0].create_room(url=LINK, **facts)
    room_sockets = [await guest.enter(code) for guest in guests]
    for room_socket in room_sockets[:2]:
        await room_socket.sees(3)
    return code, guests, room_sockets


def left(room_socket: RoomSocket, guest: Guest) -> bool:
    return any(guest.id in m["left"] for m in room_socket.of("PRESENCE"))


@pytest.mark.parametrize("over_rest", [True, False])
async def test_a_kicked_member_goes_and_may_come_again_but_not_by_their_old_token(
    pair: Pair, people: People, over_rest: bool
) -> None:
    code, (ana, ben, _), (host, viewer, other) = await a_company(pair, people)
    if over_rest:
        await ana.act(code, "kick", ben)
    else:
        assert (await host.ask("KICK", member=ben.id))["type"] == "ACK"
    assert await viewer.close_code() == 4409
    assert viewer.heard[-1] == {"type": "ROOM_CLOSED", "reason": "kicked"}
    await other.hears(lambda m: m["type"] == "PRESENCE" and ben.id in m["left"])
    assert await ben.refused(code, viewer.welcome["resume"]) == 4401
    assert await ben.refusal("GET", f"/rooms/{code}/playback") == (403, "members_only")
    again = await ben.enter(code)
    await again.in_step()


@pytest.mark.parametrize("over_rest", [True, False])
async def test_a_banned_member_goes_and_stays_away(
    pair: Pair, people: People, over_rest: bool
) -> None:
    code, (ana, ben, _), (host, viewer, _) = await a_company(pair, people)
    spare = (await ben.join(code))["ticket"]
    second = await people.move(ben, pair.first).enter(code)
    if over_rest:
        await ana.act(code, "ban", ben)
    else:
        await host.ask("BAN", member=ben.id)
    for room_socket in (viewer, second):
        assert await room_socket.close_code() == 4403
        assert room_socket.heard[-1] == {"type": "ROOM_CLOSED", "reason": "banned"}
    assert await ben.refused(code, viewer.welcome["resume"]) == 4403
    assert await ben.refused(code, spare) == 4403
    assert await ben.refusal("POST", f"/rooms/{code}/join", json={}) == (403, "banned")
    members = (await ana.http.get(f"/rooms/{code}/members")).json()
    assert members["banned"] == [{"id": ben.id, "name": "Ben"}]
    await ana.act(code, "unban", ben)
    await ben.enter(code)


async def test_a_kick_sent_twice_kicks_once(pair: Pair, people: People) -> None:
    code, (_, ben, _), (host, viewer, _) = await a_company(pair, people)
    assert (await host.ask("KICK", member=ben.id, id="k"))["type"] == "ACK"
    assert await viewer.close_code() == 4409
    again = await ben.enter(code)
    assert (await host.ask("KICK", member=ben.id, id="k"))["type"] == "ACK"
    await again.in_step()
    assert not again.closed


@pytest.mark.parametrize("type_", ["TRANSFER", "COHOST", "KICK", "MUTE", "BAN"])
async def test_a_viewer_and_a_stranger_moderate_nobody(
    pair: Pair, people: People, type_: str
) -> None:
    code, (ana, ben, cem), (host, viewer, other) = await a_company(pair, people)
    for member in (ana.id, cem.id, ben.id):
        answer = await viewer.ask(type_, member=member)
        assert (answer["type"], answer["code"]) == ("ERROR", "forbidden")
    stranger = await people.arrive(pair.first, "Dua")
    for act in ("kick", "ban", "mute", "cohost", "approve"):
        await stranger.act(code, act, ben, expect=403)
    for room_socket in (host, viewer, other):
        await room_socket.in_step()
        assert not room_socket.closed


async def test_the_host_hands_over_and_keeps_nothing(pair: Pair, people: People) -> None:
    code, (ana, ben, cem), (host, viewer, other) = await a_company(pair, people)
    assert (await host.ask("TRANSFER", member=ben.id))["type"] == "ACK"
    for room_socket in (host, viewer, other):
        assert (await room_socket.hears("HOST_CHANGED"))["host"] == ben.id
    await host.say("PLAY", id="x")
    assert (await host.ask("BAN", member=ben.id))["code"] == "forbidden"
    assert (await host.ask("SYNC"))["playing"] is False
    assert (await viewer.ask("PLAY"))["by"] == ben.id
    await other.hears(lambda m: m.get("by") == ben.id)
    assert await ana.refusal("PATCH", f"/rooms/{code}", json={"name": "x"}) == (403, "forbidden")
    assert (await ben.http.patch(f"/rooms/{code}", json={"name": "Ben's"})).status_code == 200
    # Ana is host again wherever they connect.
    again = await people.move(ben, pair.first).open(code, viewer.welcome["resume"])
    assert again.welcome["you"]["role"] == "host"
    await cem.act(code, "kick", ben, expect=403)


async def test_nobody_absent_or_not_let_in_becomes_host_by_mistake(
    pair: Pair, people: People
) -> None:
    code, (ana, *_), (host, *_) = await a_company(pair, people)
    stranger = await people.arrive(pair.first, "Dua")
    assert (await host.ask("TRANSFER", member=stranger.id))["code"] == "not_found"
    assert (await host.ask("TRANSFER", member="nobody"))["code"] == "not_found"
    answer = await ana.refusal("POST", f"/rooms/{code}/transfer", json={"user_id": stranger.id})
    assert answer == (404, "no_such_member")


async def test_a_change_over_rest_reaches_the_sockets(pair: Pair, people: People) -> None:
    code, (ana, *_), room_sockets = await a_company(pair, people)
    there = people.move(ana, pair.second)
    assert all(each.welcome["room"]["succession"] for each in room_sockets)
    news = {"name": "New name", "capacity": 5, "succession": False}
    await there.http.patch(f"/rooms/{code}", json=news)
    for room_socket in room_sockets:
        changed = await room_socket.hears(
            lambda m: m["type"] == "ROOM_CHANGED" and m["room"]["name"] == "New name"
        )
        assert (changed["room"]["capacity"], changed["room"]["succession"]) == (5, False)
    await there.http.put(f"/rooms/{code}/source", json={"url": "https://youtu.be/aqz-KE-bpKQ"})
    for room_socket in room_sockets:
        state = await room_socket.hears("PLAYBACK_STATE")
        assert state["source"]["external_id"] == "aqz-KE-bpKQ"


async def test_deleting_a_room_closes_it_for_everyone(pair: Pair, people: People) -> None:
    code, (ana, ben, _), room_sockets = await a_company(pair, people)
    await people.move(ana, pair.second).http.delete(f"/rooms/{code}")
    for room_socket in room_sockets:
        assert await room_socket.close_code() == 4410
        assert room_socket.heard[-1] == {"type": "ROOM_CLOSED", "reason": "deleted"}
    assert await ben.refused(code, room_sockets[1].welcome["resume"]) == 4404
    assert await ana.refusal("GET", f"/rooms/{code}") == (404, "no_such_room")


# --- a host who goes away -------------------------------------------------------------


async def gone(room_socket: RoomSocket) -> Message:
    return await room_socket.hears("HOST_DISCONNECTED")


async def have_patience(pair: Pair, code: str) -> float:
    """Set the end of the wait for the host, who leaves next, and return it.

    The pair's grace is one second, and a busy machine may need longer for what is to come.
    """
    async with redis.asyncio.Redis.from_url(pair.redis_url) as live:
        ends_ms = (await live.time())[0] * 1000 + 60_000
        await live.zadd("rooms:deadlines", {f"{code} grace": ends_ms})
    return float(ends_ms)


async def test_the_host_is_missed_at_every_server_and_greeted_when_back(
    pair: Pair, people: People
) -> None:
    code, (ana, *_), (host, viewer, other) = await a_company(pair, people)
    ends_ms = await have_patience(pair, code)
    await host.leave()
    for room_socket in (viewer, other):
        assert (await gone(room_socket))["grace_ends_at"] == ends_ms
    again = await people.move(ana, pair.second).open(code, host.welcome["resume"])
    for room_socket in (viewer, other):
        await room_socket.hears("HOST_RECONNECTED")
        assert room_socket.of("HOST_CHANGED") == []
    assert again.welcome["you"]["role"] == "host"


async def test_the_longest_present_inherits_an_abandoned_room(pair: Pair, people: People) -> None:
    code, (ana, ben, _), (host, viewer, other) = await a_company(pair, people)
    await host.leave()
    for room_socket in (viewer, other):
        await gone(room_socket)
        assert (await room_socket.hears("HOST_CHANGED"))["host"] == ben.id
        assert room_socket.of("HOST_RECONNECTED") == []
    assert (await viewer.ask("PLAY", position=3))["by"] == ben.id
    assert (await other.hears(lambda m: m.get("by") == ben.id))["position"] == 3

    async def is_live() -> Message | None:
        room: Message = (await ana.http.get(f"/rooms/{code}")).json()
        return room if room["status"] == "LIVE" else None

    # The people in the room hear of their new host first.
    room = await eventually(is_live)
    assert room is not None
    assert (room["host"]["id"], room["you"]["role"]) == (ben.id, "viewer")


async def test_without_succession_an_abandoned_room_ends(pair: Pair, people: People) -> None:
    code, (ana, ben, _), (host, viewer, other) = await a_company(pair, people, succession=False)
    await host.leave()
    for room_socket in (viewer, other):
        assert await room_socket.close_code() == 4410
        assert room_socket.heard[-1] == {"type": "ROOM_CLOSED", "reason": "expired"}
    assert await ben.refused(code, viewer.welcome["resume"]) == 4410
    assert await ana.refusal("POST", f"/rooms/{code}/join", json={}) == (409, "room_over")
    assert (await ana.http.get(f"/rooms/{code}")).json()["status"] == "EXPIRED"


async def test_an_empty_room_waits_for_its_host(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    host = await ana.enter(code)
    await have_patience(pair, code)
    await host.leave()
    ben = await people.arrive(pair.second, "Ben")
    viewer = await ben.enter(code)
    if viewer.welcome["room"]["grace_ends_at"] is None:
        await gone(viewer)
    host = await ana.enter(code)
    assert host.welcome["you"]["role"] == "host"
    await viewer.hears("HOST_RECONNECTED")


async def test_a_host_with_two_windows_is_not_missed(pair: Pair, people: People) -> None:
    code, (ana, *_), (host, viewer, _) = await a_company(pair, people)
    second = await people.move(ana, pair.second).enter(code)
    await host.leave()
    await second.in_step()
    await viewer.in_step()
    assert viewer.of("HOST_DISCONNECTED") == []
    assert not left(viewer, ana)
