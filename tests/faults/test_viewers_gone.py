"""Viewers who stop reading, or whose line goes dead, harm nobody but themselves."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from tests.faults.frozen_viewer import FrozenViewer
from tests.faults.rig import Party, Rig, hears_of_people, hears_revision, metric, resident_bytes
from tests.rooms.people import People, RoomSocket
from tests.support.servers import ROOT, Server, Servers

# A message of nearly the largest size: half a megabyte is on its way before they are dropped.
WORDS = "\N{CLAPPER BOARD}" * 490
TALKERS = 2
AHEAD = 8
TOO_SLOW = 'streamit_socket_closes_total{code="4408"}'
GROWTH_BYTES = 24 * 1024 * 1024


async def test_a_viewer_who_stops_reading_delays_nobody_and_is_dropped(
    rig: Rig, people: People
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    here = {room_socket.guest.id for room_socket in party.everyone}
    dua = await people.arrive(rig.first, "Dua")
    with closing(await FrozenViewer.enter(dua, party.code)) as frozen:
        await hears_of_people(party.cem, here | {dua.id})
        dropped, before_bytes = await metric(rig.first, TOO_SLOW), resident_bytes(rig.first.process)
        async with talking(people, rig.first, party.code) as talkers:
            waits_s = await seek_until_gone(party, dua.id)
        # Who waits for them waits until they are dropped, fifteen seconds; ``bench stalled``
        # measures what a quiet machine takes.
        assert max(waits_s) < 10
        assert resident_bytes(rig.first.process) - before_bytes < GROWTH_BYTES
        assert await metric(rig.first, TOO_SLOW) == dropped + 1
        await frozen.is_cut()
    for room_socket in (party.ana, party.ben):
        await hears_of_people(room_socket, here | {talker.guest.id for talker in talkers})


async def seek_until_gone(party: Party, person: str) -> list[float]:
    """Seek again and again until a person is gone; return how long each took to reach all."""
    began_s, waits_s = time.monotonic(), []
    while not any(person in told["left"] for told in party.cem.of("PRESENCE")):
        assert time.monotonic() - began_s < 90, "the viewer is still there"
        asked_s = time.monotonic()
        told = await party.ana.ask("SEEK", position=asked_s)
        for room_socket in (party.ben, party.cem):
            await hears_revision(room_socket, told["revision"])
        waits_s.append(time.monotonic() - asked_s)
    return waits_s


@asynccontextmanager
async def talking(people: People, server: Server, code: str) -> AsyncIterator[list[RoomSocket]]:
    """Have some people talk without a pause."""
    guests = [await people.arrive(server, f"Talker {number}") for number in range(TALKERS)]
    talkers = [await guest.enter(code) for guest in guests]
    enough = asyncio.Event()
    tasks = [asyncio.create_task(talk(talker, enough)) for talker in talkers]
    try:
        yield talkers
    finally:
        enough.set()
        await asyncio.gather(*tasks)


async def talk(room_socket: RoomSocket, enough: asyncio.Event) -> None:
    """Chat a few messages ahead of the server, never the same twice."""
    for number in itertools.count(1):
        if enough.is_set():
            return
        id_ = f"{room_socket.guest.id} {number}"
        message = {"type": "CHAT", "text": f"{number} {WORDS}", "id": id_}
        await room_socket.socket.send(json.dumps(message, ensure_ascii=False))
        if number % AHEAD == 0:
            await room_socket.hears(lambda m, id_=id_: m.get("client_id") == id_)
            # RoomSocket keeps what it hears; this would be megabytes, and slow to look through.
            del room_socket.heard[:]


async def test_a_viewer_whose_line_went_dead_is_missed(servers: Servers, people: People) -> None:
    program = ROOT / "tests" / "faults" / "fast_clock_server.py"
    server = servers.start(program=program, env={"FREQUENT_PINGS": "yes"})
    ana, ben = await people.arrive(server, "Ana"), await people.arrive(server, "Ben")
    code = await ana.create_room()
    host = await ana.enter(code)
    with closing(await FrozenViewer.enter(ben, code)):
        await hears_of_people(host, {ana.id, ben.id})
        # Within the server's patience; without pings the system would take a quarter of an hour.
        await hears_of_people(host, {ana.id})
