"""Valkey answers, but refuses writes, forgets or breaks off in the middle of a word."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.faults.conftest import LEASE_S
from tests.faults.cutter import Cutter
from tests.faults.rig import FILM, Party, Rig, ask_redis, hears_revision, refused_with
from tests.rooms.people import Message, People
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import Servers
from tests.support.waiting import eventually

READ_ONLY = (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"))
NO_MEMORY = (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"))
NO_REPLICAS = (
    ("CONFIG", "SET", "min-replicas-to-write", "1"),
    ("CONFIG", "SET", "min-replicas-to-write", "0"),
)


@pytest.mark.parametrize(
    ("ail", "heal", "for_s"),
    [
        pytest.param(*READ_ONLY, 0, id="a replica"),
        # Deleting is still allowed: no lease may end because it cannot be renewed.
        pytest.param(*NO_MEMORY, LEASE_S + 1, id="out of memory"),
        pytest.param(*NO_REPLICAS, 0, id="without the replicas it needs"),
    ],
)
async def test_when_valkey_refuses_writes_films_go_on_and_commands_wait(
    rig: Rig, people: People, ail: tuple[str, ...], heal: tuple[str, ...], for_s: float
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    before = await party.command("PLAY", position=40)
    late = await people.arrive(rig.second, "Dua")
    ticket = (await late.join(party.code))["ticket"]
    await ask_redis(rig.valkey.url, *ail)
    began_s = time.monotonic()
    try:
        refusal = await party.ana.ask("SEEK", id="seek", position=90)
        assert (refusal["type"], refusal["code"]) == ("ERROR", "unavailable")
        assert (await party.ben.ask("CHAT", text="Anyone?"))["code"] == "unavailable"
        muted = await party.ana.ask("MUTE", id="mute", member=party.ben.guest.id)
        assert muted["code"] == "unavailable"
        for room_socket in party.everyone:
            told = await room_socket.ask("SYNC")
            assert (told["revision"], told["playing"]) == (before["revision"], True)
        assert await refused_with(late, party.code, ticket) == 4503
        assert await health(rig.first.url) == (503, "unreachable")
        await asyncio.sleep(began_s + for_s - time.monotonic())
    finally:
        await ask_redis(rig.valkey.url, *heal)

    async def obeyed() -> Message:
        told = await party.ana.ask("SEEK", id="seek", position=90)
        return told if told["type"] == "PLAYBACK_STATE" else {}

    told = await eventually(obeyed)
    for room_socket in party.everyone:
        await hears_revision(room_socket, told["revision"])
    await party.is_complete(await late.enter(party.code))
    await party.agree()
    assert await health(rig.first.url) == (200, "ok")
    party.nobody_was_missed()


@pytest.mark.parametrize(
    ("marker", "cut_short"),
    [
        pytest.param(b"the seek", "SEEK", id="after the command was carried out"),
        pytest.param(b"$5\r\nstate", "SYNC", id="while the state is read"),
    ],
)
async def test_a_reply_that_breaks_off_loses_and_doubles_nothing(
    servers: Servers, people: People, tmp_path: Path, marker: bytes, cut_short: str
) -> None:
    target = Path(servers.redis_url.removeprefix("unix://"))
    async with Cutter(tmp_path / "cut.sock", target) as cutter:
        cut_off = Servers(servers.data, cutter.url)
        try:
            near, far = cut_off.launch(), servers.launch()
            await asyncio.to_thread(cut_off.wait, near)
            await asyncio.to_thread(servers.wait, far)
            party = await Party.gather(people, near, far)
            assert (await party.ana.ask("COHOST", member=party.cem.guest.id))["type"] == "ACK"
            for number in range(10):
                before = await party.cem.ask("SEEK", position=number)
                await hears_revision(party.ana, before["revision"])
                # The hub may read the state just then, and lose its line instead.
                cutter.marker = marker
                where = {"position": 90} if cut_short == "SEEK" else {}
                told = await party.ana.ask(cut_short, id=f"the seek {number}", **where)
                if told["type"] == "ERROR" or cut_short == "SEEK":
                    break
            assert cutter.cuts
            # Of a change Redis is asked again; who wants to read can ask again themselves.
            assert told.get("code") == (None if cut_short == "SEEK" else "unavailable")
            told = await party.ana.ask("SEEK", id=f"the seek {number}", position=90)
            assert (told["revision"], told["position"]) == (before["revision"] + 1, 90)
            for room_socket in party.everyone:
                await hears_revision(room_socket, told["revision"])
            await party.agree()
            party.nobody_was_missed()
        finally:
            cut_off.stop_all()


LOST_ALONE = ["live", "since", "names", "sockets", "status", "presence", "snapshot", "chat"]


async def test_a_room_mends_each_key_that_is_lost_alone(rig: Rig, people: People) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    await party.ana.ask("CHAT", text="Good evening")

    async def all_leases_are_taken_again() -> bool:
        return bool(await ask_redis(rig.valkey.url, "ZCARD", leases) == len(party.everyone))

    leases = f"room:{{{party.code}}}:leases"

    # The leases twice: the first time also mends what the loss of the sockets left behind.
    for number, name in enumerate([*LOST_ALONE, "leases", "leases"]):
        await party.command("PLAY", position=number)
        await ask_redis(rig.valkey.url, "DEL", f"room:{{{party.code}}}:{name}")
        moved = await party.command("SEEK", position=100 + number)
        assert moved["source"] is not None, name
        assert (await party.cem.ask("CHAT", text=f"{number}: without {name}"))["type"] == "CHAT"
        if name in ("since", "presence", "leases"):
            late = await (await people.arrive(rig.second, "Dua")).enter(party.code)
            await party.is_complete(late)
            await late.leave()
        await party.is_complete()
        await eventually(all_leases_are_taken_again)
    await party.agree()

    # They may have seemed to be away until the leases were taken again, but not for longer.
    party.nobody_heard("HOST_CHANGED", "ROOM_CLOSED")
    assert (await party.ana.guest.http.get(f"/rooms/{party.code}")).json()["status"] == "LIVE"
    for room_socket in (party.ben, party.cem, party.ana):
        await room_socket.leave()

    async def nobody_is_left() -> bool:
        keys = [f"room:{{{party.code}}}:{name}" for name in ("leases", "since", "sockets")]
        return bool(await ask_redis(rig.valkey.url, "EXISTS", *keys) == 0)

    await eventually(nobody_is_left)


async def test_an_empty_room_gets_a_lost_deadline_again(rig: Rig, people: People) -> None:
    ana = await people.arrive(rig.first, "Ana")
    code = await ana.create_room(url=FILM)
    await ask_redis(rig.valkey.url, "DEL", "rooms:deadlines", "rooms:occupied")
    host = await ana.enter(code)
    await host.leave()

    async def has_a_deadline() -> bool:
        words = ("ZSCORE", "rooms:deadlines", f"{code} idle")
        return await ask_redis(rig.valkey.url, *words) is not None

    await eventually(has_a_deadline)


async def health(url: str) -> tuple[int, str]:
    """Return the status of /healthz and what it says of Redis."""
    async with plain_client(timeout=PATIENCE_S) as http:
        reply = await http.get(f"{url}/healthz")
    return reply.status_code, reply.json()["redis"]
