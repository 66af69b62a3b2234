"""PostgreSQL away while servers run: rooms go on, and whoever needs it hears so in time."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.rig import FILM
from tests.rooms.people import Guest, People
from tests.support import postgresql
from tests.support.plain_http import plain_client
from tests.support.ports import free_port
from tests.support.proxies import Line, Proxy
from tests.support.servers import ROOT, Server, Servers
from tests.support.waiting import eventually

pytestmark = pytest.mark.engines


@dataclass(frozen=True, slots=True)
class Apart:
    """A server whose way to PostgreSQL can be cut."""

    server: Server
    way: Proxy


@pytest.fixture
def apart(valkey_socket: Path, tmp_path: Path, live: None) -> Iterator[Apart]:
    port = free_port()
    with postgresql.running(port=port, is_migrated=True), Proxy(port, Line()) as way:
        url = f"postgres://streamit:-@127.0.0.1:{way.port}/streamit"
        env = {"DATABASE_URL": url, "STREAMIT_RATE_LIMITS": "off"}
        servers = Servers(tmp_path, f"unix://{valkey_socket}", env)
        program = ROOT / "tests" / "faults" / "impatient_server.py"
        try:
            yield Apart(servers.start(program=program), way)
        finally:
            servers.stop_all()


def cut(way: Proxy) -> None:
    way.cut()


def silence(way: Proxy) -> None:
    way.silence()


async def refused(guest: Guest) -> None:
    """Ask for what only the database knows, and hear that it is away."""
    reply = await guest.http.get("/videos", timeout=60)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "unavailable")
    assert int(reply.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("go_away", [cut, silence])
async def test_a_database_that_is_away_stops_no_room_and_nobody_waits_for_it(
    apart: Apart, people: People, go_away: Callable[[Proxy], None]
) -> None:
    ann, ben = [await people.arrive(apart.server, name) for name in ("Ann", "Ben")]
    code = await ann.create_room(url=FILM)
    host, viewer = await ann.enter(code), await ben.enter(code)
    go_away(apart.way)

    waiting = [asyncio.create_task(refused(ann)) for _ in range(20)]
    revision = (await host.ask("PLAY", position=3.0))["revision"]
    assert (await viewer.hears(lambda m: m.get("revision") == revision))["playing"]
    await viewer.ask("CHAT", text="still here")
    # Whoever was in comes back without it.
    await (await ben.open(code, viewer.welcome["resume"])).in_step()
    async with plain_client(base_url=apart.server.url, timeout=60) as http:
        for page in ("/", f"/r/{code}"):
            assert (await http.get(page)).status_code == 200
    # It is still away: nobody waits for it to come back.
    await asyncio.gather(*waiting)
    assert not host.closed

    apart.way.cut()
    apart.way.restore()

    async def answers() -> bool:
        return (await ann.http.get("/videos", timeout=60)).status_code == 200

    await eventually(answers)
