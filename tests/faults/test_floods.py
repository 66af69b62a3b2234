"""One who floods a server is refused, and nobody else in the room notices."""

import asyncio
import contextlib
import json
import resource
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.faults.rig import FILM, eventually, hears_revision, metric, resident_bytes
from tests.rooms.people import Guest, People, Sitting
from tests.support.servers import ROOT, Server, Servers

HALF_OPEN = 5_000
LORIS = 200
GROWTH_BYTES = 32 * 1024 * 1024

Flood = Callable[["House"], Coroutine[None, None, None]]


class House:
    """A server whose patience is short, two people in a room there, and one who floods it."""

    def __init__(self, server: Server, code: str, ana: Sitting, ben: Sitting, mal: Guest) -> None:
        self.server = server
        self.code = code
        self.ana = ana
        self.ben = ben
        self.mal = mal

    async def goes_on(self, position: float) -> None:
        """The host's command reaches the viewer; somebody new gets in by REST and socket."""
        told = await self.ana.ask("SEEK", position=position)
        await hears_revision(self.ben, told["revision"])
        reply = await self.ben.guest.http.get(f"/rooms/{self.code}")
        assert reply.status_code == 200
        late = await self.ben.guest.sit(self.code)
        await late.leave()

    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.server.process.pid}/fd").iterdir()))


@contextlib.asynccontextmanager
async def a_house(servers: Servers, people: People) -> AsyncIterator[House]:
    # A connection that is kept alive for long would be in the count of files.
    program = ROOT / "tests" / "faults" / "fast_clock_server.py"
    server = servers.start(program=program, env={"HASTY_REQUESTS": "yes"})
    ana, ben, mal = [await people.arrive(server, name) for name in ("Ana", "Ben", "Mal")]
    code = await ana.create_room(url=FILM)
    yield House(server, code, await ana.sit(code), await ben.sit(code), mal)


async def refused(house: House, code: int, frame: str, times: int) -> None:
    """Mal sends a frame many times, and is closed with ``code``."""
    closes = f'streamit_socket_closes_total{{code="{code}"}}'
    before = await metric(house.server, closes)
    mal = await house.mal.sit(house.code)
    with contextlib.suppress(ConnectionClosed):
        for _ in range(times):
            await mal.send(frame)
    # Who sends on and on may find the line cut before they have read why.
    assert await mal.close_code() in (code, 1006)
    assert await metric(house.server, closes) > before


async def many_messages(house: House) -> None:
    await refused(house, 4429, json.dumps({"type": "PING", "t0": 1}), 1_000)


async def nonsense(house: House) -> None:
    await refused(house, 4400, "{nonsense", 10_000)


async def wrong_messages(house: House) -> None:
    await refused(house, 4429, json.dumps({"type": "NOPE"}), 10_000)


async def large_frames(house: House) -> None:
    for _ in range(3):
        await refused(house, 4413, "x" * 1024 * 1024, 1)


async def half_open_handshakes(house: House) -> None:
    head = f"GET /ws/rooms/{house.code}/?ticket=x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    await given_up(house, head.encode(), HALF_OPEN)


async def slow_heads(house: House) -> None:
    await given_up(house, b"GET /api/v1/rooms HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", LORIS)


async def slow_bodies(house: House) -> None:
    head = "POST /api/v1/auth/guest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
    await given_up(house, head.encode(), LORIS)


async def given_up(house: House, beginning: bytes, times: int) -> None:
    """Many connections begin like this and trickle on; each is answered 408 and closed."""
    async with contextlib.AsyncExitStack() as stack:
        lines = []
        for _ in range(times):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
            stack.callback(writer.transport.abort)
            writer.write(beginning)
            lines.append((reader, writer))
        await house.goes_on(30)
        for reader, writer in lines:
            writer.write(b"x")
            # It may be answered and closed by now, and then this was one byte too many.
            with contextlib.suppress(ConnectionError):
                answer = await asyncio.wait_for(reader.read(), 60)
                assert answer.startswith(b"HTTP/1.1 408 "), answer


@pytest.mark.parametrize(
    "floods",
    [
        pytest.param((many_messages, nonsense, wrong_messages, large_frames), id="of messages"),
        pytest.param((half_open_handshakes, slow_heads, slow_bodies), id="of connections"),
    ],
)
async def test_a_flood_is_refused_and_nobody_else_notices(
    servers: Servers, people: People, floods: tuple[Flood, ...], many_files: None
) -> None:
    async with a_house(servers, people) as house:
        await house.goes_on(10)
        files, before_bytes = house.open_files(), resident_bytes(house.server.process)

        async def everything_is_given_back() -> bool:
            return house.open_files() <= files

        for flood in floods:
            flooding = asyncio.create_task(flood(house))
            await house.goes_on(20)
            await flooding
            await house.goes_on(40)
            await eventually(everything_is_given_back, within_s=30)
            grown_bytes = resident_bytes(house.server.process) - before_bytes
            assert grown_bytes < GROWTH_BYTES, flood.__name__
        for sitting in (house.ana, house.ben):
            assert not sitting.closed
            assert not sitting.of("ERROR")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process open as many connections as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
