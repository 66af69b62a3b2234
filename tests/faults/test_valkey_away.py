"""Valkey stops and comes back: the sockets stay, and everything resumes by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tests.faults.conftest import LEASE_S, SHORT_LEASES
from tests.faults.rig import (
    Party,
    Rig,
    Valkey,
    ask_redis,
    hears_revision,
    metric,
    patience_ends,
    refused_with,
)
from tests.rooms.people import Message, People
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import Servers
from tests.support.waiting import eventually

OUTAGE_S = LEASE_S + 1
REDIS_ERRORS = "streamit_redis_errors_total{"

Fault = Callable[[Valkey], None]


@pytest.mark.long
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        pytest.param(Valkey.freeze, Valkey.thaw, id="frozen"),
        pytest.param(Valkey.kill, Valkey.start, id="killed"),
    ],
)
async def test_a_room_outlives_an_outage(
    rig: Rig, people: People, begin: Fault, end: Fault
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    before = await party.command("PLAY", position=40)
    late = await people.arrive(rig.second, "Dua")
    ticket = (await late.join(party.code))["ticket"]
    begin(rig.valkey)
    began_s = time.monotonic()
    try:
        refusal = await party.ana.ask("SEEK", id="seek", position=90)
        assert (refusal["type"], refusal["code"]) == ("ERROR", "unavailable")
        asked_s = time.monotonic()
        for room_socket in party.everyone:
            await room_socket.in_step()
        # Redis would be waited for two seconds, each time.
        assert time.monotonic() - asked_s < 6
        closed, (room, room_two), (health, health_two) = await asyncio.gather(
            refused_with(late, party.code, ticket),
            asyncio.gather(
                *(s.guest.http.get(f"/rooms/{party.code}") for s in (party.ana, party.cem))
            ),
            asyncio.gather(*(_health(server.url) for server in (rig.first, rig.second))),
        )
        assert closed == 4503
        for reply in (room, room_two):
            assert (reply.status_code, reply.json()["error"]["code"]) == (503, "unavailable")
        for reply in (health, health_two):
            assert reply.status_code == 503
            assert (reply.json()["redis"], reply.json()["database"]) == ("unreachable", "ok")
        await asyncio.sleep(began_s + OUTAGE_S - time.monotonic())
    finally:
        end(rig.valkey)
    back_s = time.monotonic()

    async def obeyed() -> Message | None:
        told = await party.ana.ask("SEEK", id="seek", position=90)
        return told if told["type"] == "PLAYBACK_STATE" else None

    told = await eventually(obeyed)
    assert told is not None
    for room_socket in party.everyone:
        await hears_revision(room_socket, told["revision"])
    assert (told["revision"], told["playing"]) == (before["revision"] + 1, True)
    for room_socket in (party.cem, party.ana):
        said = await room_socket.ask("CHAT", text=f"{room_socket.guest.name} is here again")
        for other in party.everyone:
            await other.hears(lambda m, said=said: m.get("text") == said["text"])
    await party.is_complete(await late.enter(party.code))
    await asyncio.sleep(back_s + LEASE_S + 1.5 - time.monotonic())
    await party.agree()
    party.nobody_was_missed()


async def test_what_was_refused_during_an_outage_does_not_happen_after_it(
    rig: Rig, people: People
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    before = await party.command("PLAY", position=40)
    rig.valkey.freeze()
    try:
        refusal = await party.ana.ask("PAUSE", position=41)
        assert (refusal["type"], refusal["code"]) == ("ERROR", "unavailable")
    finally:
        rig.valkey.thaw()
    # It goes on with what it was sent meanwhile.
    await ask_redis(rig.valkey.url, "PING")
    now = await party.agree()
    assert (now["revision"], now["playing"]) == (before["revision"], True)


async def restart_empty(rig: Rig) -> None:
    """Every server notices that Valkey was away."""
    servers = (rig.first, rig.second)
    errors = [await metric(server, REDIS_ERRORS) for server in servers]
    rig.valkey.kill()
    rig.valkey.empty()

    async def all_have_noticed() -> bool:
        now = [await metric(server, REDIS_ERRORS) for server in servers]
        return all(new > old for new, old in zip(now, errors, strict=True))

    await eventually(all_have_noticed)
    rig.valkey.start()


async def flush(rig: Rig) -> None:
    """No connection notices."""
    await ask_redis(rig.valkey.url, "FLUSHALL")


async def evict(rig: Rig) -> None:
    """Valkey throws away what it has no room for: everything."""
    for name, value in (("maxmemory-policy", "allkeys-random"), ("maxmemory", "1")):
        await ask_redis(rig.valkey.url, "CONFIG", "SET", name, value)

    async def nothing_is_left() -> bool:
        return bool(await ask_redis(rig.valkey.url, "DBSIZE") == 0)

    await eventually(nothing_is_left)
    for name, value in (("maxmemory", "0"), ("maxmemory-policy", "noeviction")):
        await ask_redis(rig.valkey.url, "CONFIG", "SET", name, value)


@pytest.mark.parametrize("lose_everything", [restart_empty, flush, evict])
async def test_rooms_begin_again_where_they_were_when_everything_is_lost(
    rig: Rig, people: People, lose_everything: Callable[[Rig], Awaitable[None]]
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    cem = party.cem.guest
    assert (await party.ana.ask("COHOST", member=cem.id))["type"] == "ACK"
    before = await party.command("PLAY", position=40)
    await lose_everything(rig)
    back_ms = await rig.valkey.now_ms()
    for room_socket in party.everyone:
        await hears_revision(room_socket, before["revision"] + 1)
    again = await party.agree()
    # It starts a little ahead of now, and the end may have come before that.
    reached_s = 40 + max(0, again["at"] - before["at"]) / 1000
    assert not again["playing"]
    assert again["position"] == pytest.approx(reached_s, abs=0.05)
    assert again["source"] == before["source"]
    assert again["at"] - back_ms < 20_000
    await party.is_complete()
    # Host and co-host still are what they were, and nobody else is anything.
    moved = await party.command("SEEK", position=7)
    assert (await party.cem.ask("PLAY"))["by"] == cem.id
    await party.ben.say("PAUSE")
    assert (await party.ben.ask("COHOST", member=cem.id))["code"] == "forbidden"
    assert (await party.ben.ask("SYNC"))["revision"] == moved["revision"] + 1
    late = await people.arrive(rig.second, "Dua")
    await party.is_complete(await late.enter(party.code))
    party.nobody_was_missed()


@pytest.mark.parametrize("lose_everything", [restart_empty, flush])
async def test_a_lost_deadline_is_set_again(
    rig: Rig, people: People, lose_everything: Callable[[Rig], Awaitable[None]]
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    await party.ana.leave()
    ends_ms = (await party.cem.hears("HOST_DISCONNECTED"))["grace_ends_at"]
    await lose_everything(rig)
    again = await party.cem.hears(
        lambda m: m["type"] == "HOST_DISCONNECTED" and m["grace_ends_at"] != ends_ms
    )
    assert again["grace_ends_at"] > ends_ms
    await patience_ends(rig.valkey.url, party.code)
    await party.cem.hears("HOST_CHANGED")


async def _health(url: str) -> httpx2.Response:
    async with plain_client(timeout=PATIENCE_S) as http:
        return await http.get(f"{url}/healthz")


async def test_a_members_link_to_the_film_works_during_an_outage(rig: Rig, people: People) -> None:
    ana = await people.arrive(rig.first, "Ana")
    code = await ana.create_room(url=f"{ana.url}/videos/{await ana.upload()}")
    playable = (await ana.read(f"/rooms/{code}/playback"))["playable"]
    rig.valkey.stop()
    try:
        async with plain_client(base_url=ana.url) as http:
            reply = await http.get(playable["url"], headers={"Range": "bytes=0-3"})
        assert (reply.status_code, len(reply.content)) == (206, 4)
    finally:
        rig.valkey.start()


async def test_the_log_says_of_which_part_somebody_was_refused(rig: Rig, people: People) -> None:
    # A log of its own: one that has told of many refusals already only counts further ones.
    servers = Servers(rig.first.log.parent, rig.valkey.url)
    fresh = servers.start(env=SHORT_LEASES)
    try:
        ana = await people.arrive(fresh, "Ana")
        code = await ana.create_room()
        room_socket = await ana.enter(code)
        late = await people.arrive(fresh, "Dua")
        ticket = (await late.join(code))["ticket"]
        rig.valkey.stop()
        assert (await ana.http.get(f"/rooms/{code}")).status_code == 503
        asked = fresh.log.read_text()
        assert await refused_with(late, code, ticket) == 4503
        opened = fresh.log.read_text()
        assert (await room_socket.ask("CHAT", text="hello"))["code"] == "unavailable"
        said = fresh.log.read_text()
    finally:
        rig.valkey.start()
        servers.stop_all()
    for lines, what in (
        (asked, "rest"),
        (opened.removeprefix(asked), "socket opened"),
        (said.removeprefix(opened), "socket"),
    ):
        assert "somebody was refused" in lines, what
        assert "The live state is unavailable" in lines, what
        assert "ConnectionError" in lines, what
