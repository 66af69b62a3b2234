"""Server processes die or are restarted: what was acknowledged stays, and people go on."""

import asyncio
import time

import pytest

from tests.faults.rig import (
    FILM,
    Party,
    ask_redis,
    come_back,
    hears_of_people,
    patience_ends,
    roster_of,
    state_of,
)
from tests.rooms.people import Message, People, RoomSocket
from tests.support.servers import ROOT, Server, Servers
from tests.support.waiting import eventually

# Three on a machine that does nothing else (bench returning); this one may be busy.
BACK_WITHIN_S = 20.0


async def move_over(party: Party, server: Server) -> None:
    """Ana and Ben lost their server and come back by their resume tokens, as pages do."""
    party.ana, party.ben = await asyncio.gather(
        *(come_back(party.people, lost, server) for lost in (party.ana, party.ben))
    )


def said(room_socket: RoomSocket) -> list[str]:
    return [entry["text"] for entry in room_socket.welcome["chat"]]


async def test_a_killed_servers_people_go_on_at_another(servers: Servers, people: People) -> None:
    first, second = servers.launch(), servers.launch()
    servers.wait(first)
    servers.wait(second)
    party = await Party.gather(people, first, second)
    await party.command("PLAY", position=100)
    before = await party.command("RATE", rate=1.5)
    await party.ben.ask("CHAT", text="What a film!")
    lost = [party.ana, party.ben]
    first.kill()
    killed_s = time.monotonic()
    await move_over(party, second)
    assert time.monotonic() - killed_s < BACK_WITHIN_S
    for room_socket in (party.ana, party.ben):
        assert state_of(room_socket.welcome["state"]) == state_of(before)
        assert said(room_socket) == ["What a film!"]
        assert roster_of(room_socket) == {room_socket.guest.id for room_socket in party.everyone}
        assert (room_socket.welcome["room"]["status"], room_socket.welcome["room"]["host"]) == (
            "LIVE",
            party.ana.guest.id,
        )
    assert state_of(await party.command("PAUSE")) == await party.agree()
    party.nobody_was_missed()
    assert not any(room_socket.of("HOST_DISCONNECTED") for room_socket in lost)


@pytest.mark.long
async def test_a_stopped_servers_people_go_on_at_another(servers: Servers, people: People) -> None:
    env = {"STREAMIT_PRESENCE_LEASE": "10s"}
    first, second = servers.launch(env=env), servers.launch(env=env)
    servers.wait(first)
    servers.wait(second)
    party = await Party.gather(people, first, second)
    before = await party.command("PLAY", position=100)
    lost = [party.ana, party.ben]
    stopped = asyncio.create_task(asyncio.to_thread(first.stop))
    assert [await room_socket.close_code() for room_socket in lost] == [1012, 1012]
    closed_s = time.monotonic()
    await move_over(party, second)
    assert time.monotonic() - closed_s < BACK_WITHIN_S
    await stopped
    for room_socket in (party.ana, party.ben):
        assert state_of(room_socket.welcome["state"]) == state_of(before)
    # The leases that the stopped server left behind end, and that harms nobody.

    async def three_leases_are_left() -> bool:
        leases = f"room:{{{party.code}}}:leases"
        return bool(await ask_redis(servers.redis_url, "ZCARD", leases) == 3)

    await eventually(three_leases_are_left, within_s=60)
    await party.command("PAUSE")
    await party.is_complete()
    party.nobody_was_missed()


async def test_an_acknowledged_command_outlives_the_only_server(
    servers: Servers, people: People
) -> None:
    only = servers.start()
    ana = await people.arrive(only, "Ana")
    host = await ana.enter(await ana.create_room(url=FILM))
    told = await host.ask("PLAY", position=33.25)
    only.kill()
    again = await come_back(people, host, servers.start())
    assert state_of(again.welcome["state"]) == state_of(told)


async def test_the_host_reminds_a_room_that_was_lost_everywhere(
    servers: Servers, people: People
) -> None:
    only = servers.start()
    ana, ben = await people.arrive(only, "Ana"), await people.arrive(only, "Ben")
    code = await ana.create_room(url=FILM)
    host, viewer = await ana.enter(code), await ben.enter(code)
    told = await host.ask("PLAY", position=33.25)
    only.kill()
    await ask_redis(servers.redis_url, "FLUSHALL")
    new = servers.start()
    host, viewer = await come_back(people, host, new), await come_back(people, viewer, new)
    state = host.welcome["state"]
    assert (state["playing"], state["position"], state["source"]) == (False, 0, told["source"])
    assert state["revision"] > told["revision"]
    memory = {"buffering": False, "drift_ms": 0, "revision": told["revision"]}
    await viewer.ask("STATUS", position=5, **memory)
    await host.ask("STATUS", position=61.5, **memory)
    again = await viewer.hears("PLAYBACK_STATE")
    assert (again["playing"], again["position"], again["by"]) == (False, 61.5, ana.id)


async def test_a_deadline_outlives_the_only_server(servers: Servers, people: People) -> None:
    # Long, so that a slow start of the next server does not come after it.
    env = {"STREAMIT_PRESENCE_LEASE": "2s", "STREAMIT_GRACE": "90s"}
    only = servers.start(env=env)
    ana, ben = await people.arrive(only, "Ana"), await people.arrive(only, "Ben")
    code = await ana.create_room(url=FILM)
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.leave()
    deadline_ms = (await viewer.hears("HOST_DISCONNECTED"))["grace_ends_at"]
    only.kill()
    again = await come_back(people, viewer, servers.start(env=env))
    assert again.welcome["room"]["status"] == "GRACE"
    assert again.welcome["room"]["grace_ends_at"] == deadline_ms

    async def has_passed() -> list[Message]:
        await patience_ends(servers.redis_url, code)
        return again.of("HOST_CHANGED")

    (changed,) = await eventually(has_passed, within_s=30, every_s=1)
    assert changed["host"] == ben.id
    assert (await again.ask("PLAY"))["by"] == ben.id


async def test_whoever_was_connected_to_a_killed_server_and_stays_away_is_missed(
    servers: Servers, people: People
) -> None:
    # Long enough that a busy machine misses nobody before the kill.
    env = {"STREAMIT_PRESENCE_LEASE": "6s"}
    first, second = servers.launch(env=env), servers.launch(env=env)
    servers.wait(first)
    servers.wait(second)
    party = await Party.gather(people, first, second)
    first.kill()
    await hears_of_people(party.cem, {party.cem.guest.id})
    await party.cem.hears("HOST_DISCONNECTED")
    await patience_ends(servers.redis_url, party.code)
    assert (await party.cem.hears("HOST_CHANGED"))["host"] == party.cem.guest.id
    assert (await party.cem.ask("SEEK", position=3))["position"] == 3


async def test_a_server_killed_between_two_stores_leaves_them_to_be_reconciled(
    servers: Servers, people: People
) -> None:
    killed_at_write = servers.launch(
        program=ROOT / "tests" / "faults" / "killed_at_write_server.py"
    )
    other = servers.launch()
    servers.wait(killed_at_write)
    servers.wait(other)
    party = await Party.gather(people, killed_at_write, other)
    cem = party.cem.guest
    await party.ana.say("TRANSFER", member=cem.id)
    killed_at_write.process.wait()
    # Redis had the change when it happened, and the database has not.
    assert (await party.cem.hears("HOST_CHANGED"))["host"] == cem.id
    marks = await ask_redis(servers.redis_url, "ZRANGE", "rooms:pending_changes", "0", "-1")
    assert {mark.partition(" ")[0] for mark in marks} == {party.code}

    async def stored_host() -> str:
        room = (await cem.http.get(f"/rooms/{party.code}")).json()
        return str(room["host"]["id"])

    assert await stored_host() == party.ana.guest.id
    for mark in marks:
        await ask_redis(servers.redis_url, "ZADD", "rooms:pending_changes", "1", mark)

    async def is_healed() -> bool:
        return await stored_host() == cem.id

    await eventually(is_healed)
    assert (await party.cem.ask("PLAY"))["by"] == cem.id
