"""The compose file's nginx, two web, Valkey and PostgreSQL; one web is taken out."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.faults.rig import FILM, hears_revision
from tests.rooms.conftest import check_log_text
from tests.rooms.people import Guest, Message, People, Refused, RoomSocket
from tests.support import topology
from tests.support.plain_http import plain_client
from tests.support.topology import Topology
from tests.support.waiting import eventually

pytestmark = pytest.mark.engines

VIEWERS = 5
SOCKETS_EACH = 8
# Three on a machine that does nothing else; this one may be busy.
BACK_WITHIN_S = 20.0
MOVED = 1012
NOT_AUTHENTICATED = 4401


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Topology]:
    with topology.running(tmp_path) as running:
        yield running
    for web in running.webs:
        check_log_text(web.log.read_text())


@dataclass
class Visitors:
    """People who open pages and join all the time."""

    guest: Guest
    code: str
    statuses: list[tuple[str, int]] = field(default_factory=list)
    gone: bool = False

    async def come(self) -> None:
        async with plain_client(base_url=self.guest.url, timeout=20) as browser:
            while not self.gone:
                for path in ("/", f"/r/{self.code}", "/healthz"):
                    self.statuses.append((path, (await browser.get(path)).status_code))
                room = await self.guest.http.get(f"/rooms/{self.code}")
                joined = await self.guest.http.post(f"/rooms/{self.code}/join", json={})
                self.statuses += [("room", room.status_code), ("join", joined.status_code)]

    async def have_seen_more(self) -> None:
        """Wait until they have come again, all ways."""
        enough = len(self.statuses) + 10

        async def is_enough() -> bool:
            return len(self.statuses) >= enough

        await eventually(is_enough)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody who is connected again: how long that took, and whether they had to join anew."""

    room_socket: RoomSocket
    took_s: float
    joined: bool


async def comes_back(room_socket: RoomSocket) -> Move:
    """When the socket is closed open it again, as a page does."""
    code = await room_socket.close_code()
    closed_s = time.monotonic()
    assert code == MOVED
    room, ticket = str(room_socket.welcome["room"]["code"]), str(room_socket.welcome["resume"])
    joined = False
    while True:
        try:
            again = await room_socket.guest.open(room, ticket)
        except Refused as refused:
            # It came to a server that was ending, which has perhaps taken the token.
            if refused.code not in (MOVED, NOT_AUTHENTICATED):
                raise
            joined, ticket = True, (await room_socket.guest.join(room))["ticket"]
        except InvalidStatus:
            pass
        else:
            return Move(again, time.monotonic() - closed_s, joined)
        await asyncio.sleep(0.1)


async def sockets_at(url: str) -> int:
    async with plain_client() as http:
        text = (await http.get(f"{url}/metrics")).text
    (line,) = [line for line in text.splitlines() if line.startswith("streamit_sockets ")]
    return int(float(line.split()[-1]))


async def all_hear(room_sockets: list[RoomSocket], told: Message) -> None:
    await asyncio.gather(
        *(hears_revision(room_socket, told["revision"]) for room_socket in room_sockets)
    )


async def test_a_web_is_taken_out_and_everybody_goes_on_at_the_other(
    whole: Topology, people: People
) -> None:
    ana, *viewers = [await arrive(people, whole.url, f"Viewer {n}") for n in range(VIEWERS + 1)]
    code = await ana.create_room(url=FILM)
    host = await ana.enter(code)
    connections = [
        room_socket
        for viewer in viewers
        for room_socket in await asyncio.gather(*(viewer.enter(code) for _ in range(SOCKETS_EACH)))
    ]
    await all_hear([host, *connections], await host.ask("PLAY", position=40))
    leaving, staying = whole.webs
    at_leaving, at_staying = [await sockets_at(web.url) for web in whole.webs]
    assert at_leaving > 0
    assert at_staying > 0
    assert at_leaving + at_staying == len(connections) + 1

    visitors = Visitors(ana, code)
    visiting = asyncio.create_task(visitors.come())
    moves = [asyncio.create_task(comes_back(room_socket)) for room_socket in (host, *connections)]
    assert await asyncio.to_thread(leaving.stop) == 0

    async def all_of_them_know() -> bool:
        return sum(room_socket.closed for room_socket in (host, *connections)) >= at_leaving

    # Told by the one that ended; nginx may take a moment to pass it on.
    await eventually(all_of_them_know)
    stayed = [room_socket for room_socket in (host, *connections) if not room_socket.closed]
    staying_moves = [
        move for move, s in zip(moves, (host, *connections), strict=True) if s in stayed
    ]
    for move in staying_moves:
        move.cancel()
    moved = [await move for move in moves if move not in staying_moves]
    await visitors.have_seen_more()
    # Whoever nginx brought to the one that was ending has come back once more.
    moved = [
        await comes_back(move.room_socket) if move.room_socket.closed else move for move in moved
    ]
    visitors.gone = True
    await visiting

    assert len(moved) == at_leaving
    assert max(move.took_s for move in moved) < BACK_WITHIN_S
    # nginx may bring somebody to the one that ends, but that is the exception.
    assert sum(move.joined for move in moved) < len(moved) / 2
    assert [seen for seen in visitors.statuses if seen[1] != 200] == []
    now = [*stayed, *(move.room_socket for move in moved)]
    assert await sockets_at(staying.url) == len(now)
    (host,) = [room_socket for room_socket in now if room_socket.guest is ana]
    await all_hear(now, await host.ask("PAUSE"))
    for room_socket in now:
        assert not room_socket.of("HOST_DISCONNECTED")


async def arrive(people: People, url: str, name: str) -> Guest:
    guest = await Guest.arrive(url, name)
    people.guests.append(guest)
    return guest
