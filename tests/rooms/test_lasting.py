"""Rooms that stay: kept by people with an account, made for a time to come, listed as one's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, People
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import Server


async def a_member(people: People, server: Server, name: str) -> Guest:
    """Make somebody with an account."""
    account = {"email": f"{name}@example.org", "password": "a long enough password"}
    async with plain_client(base_url=f"{server.url}/api/v1", timeout=PATIENCE_S) as http:
        reply = await http.post("/auth/register", json={**account, "display_name": name})
    assert reply.status_code == 201, reply.text
    made = reply.json()
    member = Guest.with_token(server.url, name, made["user"]["id"], made["access_token"])
    people.guests.append(member)
    return member


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0).isoformat()


async def test_only_people_with_an_account_keep_rooms(pair: Pair, people: People) -> None:
    guest = await people.arrive(pair.first, "Gast")
    body = {"name": "Film night", "kept": True}
    assert await guest.refusal("POST", "/rooms", json=body) == (403, "forbidden")
    member = await a_member(people, pair.first, "keeper")
    code = await member.create_room(kept=True)
    assert (await member.read(f"/rooms/{code}"))["kept"] is True
    for _ in range(19):
        await member.create_room(kept=True)
    assert await member.refusal("POST", "/rooms", json=body) == (409, "too_many_kept")
    reply = await member.http.patch(f"/rooms/{code}", json={"kept": False})
    assert reply.json()["kept"] is False
    await member.create_room(kept=True)


async def test_a_kept_room_says_that_its_host_is_not_there_and_waits(
    pair: Pair, people: People
) -> None:
    ana = await a_member(people, pair.first, "host-of-a-kept-room")
    ben, cem = await people.arrive(pair.second, "Ben"), await people.arrive(pair.first, "Cem")
    code = await ana.create_room(kept=True)
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.leave()
    gone = await viewer.hears("HOST_DISCONNECTED")
    assert gone["grace_ends_at"] is None
    late = await cem.enter(code)
    room = late.welcome["room"]
    assert (room["status"], room["grace_ends_at"], room["host"]) == ("GRACE", None, ana.id)
    await ana.enter(code)
    await viewer.hears("HOST_RECONNECTED")


async def test_a_room_that_is_kept_while_its_host_is_away_goes_to_nobody(
    pair: Pair, people: People
) -> None:
    ana, ben = await a_member(people, pair.first, "away"), await people.arrive(pair.second, "Ben")
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.leave()
    assert (await viewer.hears("HOST_DISCONNECTED"))["grace_ends_at"] > 0
    await ana.http.patch(f"/rooms/{code}", json={"kept": True})
    await viewer.hears(lambda m: m["type"] == "HOST_DISCONNECTED" and not m["grace_ends_at"])
    await ana.enter(code)
    await viewer.hears("HOST_RECONNECTED")
    assert not viewer.of("HOST_CHANGED")


async def test_ones_own_rooms_are_listed_newest_first(pair: Pair, people: People) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    first, second, ended = [await ana.create_room(visibility="private") for _ in range(3)]
    await ben.create_room()
    await ana.http.delete(f"/rooms/{ended}")
    await ana.enter(first)
    rooms = (await ana.read("/rooms/mine"))["rooms"]
    found = [(room["code"], room["viewer_count"], room["people"]) for room in rooms]
    assert found == [(second, 0, []), (first, 1, ["Ana"])]


async def test_whoever_was_let_into_a_room_finds_it_again_until_it_ends_or_puts_them_out(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    first, second, ended, without = [await ana.create_room() for _ in range(4)]
    asked = await ana.create_room(entry="approval")
    for code in (first, second, ended, without, asked):
        await ben.join(code)
    await ana.http.delete(f"/rooms/{ended}")
    await ana.act(without, "kick", ben)

    async def joined(person: Guest) -> list[tuple[str, str, None]]:
        rooms = (await person.read("/rooms/joined"))["rooms"]
        return [(room["code"], room["you"]["role"], room["people"]) for room in rooms]

    assert await joined(ben) == [(second, "viewer", None), (first, "viewer", None)]
    assert await joined(ana) == []
    await ana.act(first, "cohost", ben)
    reply = await ana.http.post(f"/rooms/{second}/transfer", json={"user_id": ben.id})
    assert reply.is_success, reply.text
    assert await joined(ben) == [(first, "cohost", None)]
    assert await joined(ana) == [(second, "viewer", None)]


async def test_who_is_in_a_room_is_told_where_ones_own_are_listed_alone(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    code = await ana.create_room(visibility="public")
    await ana.enter(code)
    await ben.enter(code)
    own = (await ana.read("/rooms/mine"))["rooms"]
    assert [room["people"] for room in own if room["code"] == code] == [["Ana", "Ben"]]
    shown = (await ben.read("/rooms"))["rooms"]
    assert [room["people"] for room in shown if room["code"] == code] == [None]
    assert (await ben.read(f"/rooms/{code}"))["people"] is None


async def test_a_room_says_where_rooms_are_listed_whether_a_film_plays(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(visibility="public", starts_at=in_hours(30))
    host = await ana.enter(code)
    for command, plays in (("PLAY", True), ("PAUSE", False)):
        await host.ask(command)
        for path in ("/rooms", "/rooms/mine"):
            shown = (await ana.read(path))["rooms"]
            assert [room["playing"] for room in shown if room["code"] == code] == [plays]
        assert (await ana.read(f"/rooms/{code}"))["playing"] is plays


def named(name: str, lines: list[str]) -> str:
    """The value of the only line of a calendar file with this name."""
    (value,) = [value for key, _, value in (line.partition(":") for line in lines) if key == name]
    return value


async def test_a_start_is_told_and_can_be_put_into_a_calendar(pair: Pair, people: People) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ben")
    starts_at = in_hours(30)
    code = await ana.create_room(name="Film; night, again", starts_at=starts_at)
    viewer = await ben.enter(code)
    told = viewer.welcome["room"]["starts_at"]
    assert told == datetime.fromisoformat(starts_at).timestamp() * 1000
    reply = await ben.http.get(f"/rooms/{code}/calendar")
    assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = reply.text.split("\r\n")
    begins = datetime.fromisoformat(starts_at).strftime("%Y%m%dT%H%M%SZ")
    assert f"DTSTART:{begins}" in lines
    assert "SUMMARY:Film\\; night\\, again" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    heard = len(viewer.heard)
    # A calendar that has the event takes a moved start over from the newer revision alone.
    await ana.http.patch(f"/rooms/{code}", json={"starts_at": in_hours(50)})
    moved = (await ben.http.get(f"/rooms/{code}/calendar")).text.split("\r\n")
    assert named("UID", moved) == named("UID", lines)
    assert int(named("SEQUENCE", moved)) > int(named("SEQUENCE", lines))
    assert named("DTSTAMP", moved) >= named("DTSTAMP", lines)
    await ana.http.patch(f"/rooms/{code}", json={"starts_at": None})
    await viewer.hears(
        lambda m: m["type"] == "ROOM_CHANGED" and m["room"]["starts_at"] is None, after=heard
    )
    assert await ben.refusal("GET", f"/rooms/{code}/calendar") == (404, "not_found")


async def test_a_private_rooms_start_is_for_its_members(pair: Pair, people: People) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    code = await ana.create_room(visibility="private", starts_at=in_hours(1))
    assert await ben.refusal("GET", f"/rooms/{code}/calendar") == (404, "not_found")
    assert (await ana.http.get(f"/rooms/{code}/calendar")).status_code == 200


@pytest.mark.parametrize("starts_at", ["2026-01-01T20:00:00", "tomorrow", -30, 9999])
async def test_a_start_has_a_time_zone_and_lies_within_a_year(
    pair: Pair, people: People, starts_at: Any
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    moment = in_hours(starts_at) if isinstance(starts_at, int) else starts_at
    body = {"name": "Film night", "starts_at": moment}
    assert await ana.refusal("POST", "/rooms", json=body) == (422, "invalid")
