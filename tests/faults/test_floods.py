"""One who floods a server is refused, and nobody else in the room notices."""

import asyncio
import contextlib
import json
import resource
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.faults.rig import FILM, hears_revision, metric, resident_bytes
from tests.rooms.people import Guest, People, RoomSocket
from tests.support.servers import ROOT, Server, Servers
from tests.support.waiting import eventually

HALF_OPEN = 5_000
LORIS = 200
GROWTH_BYTES = 32 * 1024 * 1024

Flood = Callable[["HostedRoom"], Coroutine[None, None, None]]


class HostedRoom:
    """A server whose patience is short, two people in a room there, and one who floods it."""

    def __init__(
        self, server: Server, code: str, ana: RoomSocket, ben: RoomSocket, mal: Guest
    ) -> None:
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
        late = await self.ben.guest.enter(self.code)
        await late.leave()

    def open_files(self) -> int:
        """Return how many there are, without those that are kept once they were needed.

        These are the database's, of which a few threads have some each, and a pool of connections
        to Redis, which is at a unix socket.
        """
        sockets = Path("/proc/net/unix").read_text().splitlines()[1:]
        kept = {f"socket:[{line.split()[6]}]" for line in sockets}
        count = 0
        for file in Path(f"/proc/{self.server.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = str(file.readlink())
                count += ".sqlite3" not in target and target not in kept
        return count


@contextlib.asynccontextmanager
async def a_hosted_room(servers: Servers, people: People) -> AsyncIterator[HostedRoom]:
    # A connection that is kept alive for long would be in the count of files.
    program = ROOT / "tests" / "faults" / "fast_clock_server.py"
    server = servers.start(program=program, env={"HASTY_REQUESTS": "yes"})
    ana, ben, mal = [await people.arrive(server, name) for name in ("Ana", "Ben", "Mal")]
    code = await ana.create_room(url=FILM)
    yield HostedRoom(server, code, await ana.enter(code), await ben.enter(code), mal)


async def refused(hosted: HostedRoom, code: int, frame: str, times: int) -> None:
    """Mal sends a frame many times, and is closed with ``code``."""
    closes = f'streamit_socket_closes_total{{code="{code}"}}'
    before = await metric(hosted.server, closes)
    mal = await hosted.mal.enter(hosted.code)
    with contextlib.suppress(ConnectionClosed):
        for _ in range(times):
            await mal.send(frame)
    # Who sends on and on may find the line cut before they have read why.
    assert await mal.close_code() in (code, 1006)
    assert await metric(hosted.server, closes) > before


async def many_messages(hosted: HostedRoom) -> None:
    await refused(hosted, 4429, json.dumps({"type": "PING", "t0": 1}), 1_000)


async def nonsense(hosted: HostedRoom) -> None:
    await refused(hosted, 4400, "{nonsense", 10_000)


async def wrong_messages(hosted: HostedRoom) -> None:
    await refused(hosted, 4429, json.dumps({"type": "NOPE"}), 10_000)


async def large_frames(hosted: HostedRoom) -> None:
    for _ in range(3):
        await refused(hosted, 4413, "x" * 1024 * 1024, 1)


async def half_open_handshakes(hosted: HostedRoom) -> None:
    head = f"GET /ws/rooms/{hosted.code}/?ticket=x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    await given_up(hosted, head.encode(), HALF_OPEN)


async def slow_heads(hosted: HostedRoom) -> None:
    await given_up(hosted, b"GET /api/v1/rooms HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", LORIS)


async def slow_bodies(hosted: HostedRoom) -> None:
    head = "POST /api/v1/auth/guest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
    await given_up(hosted, head.encode(), LORIS)


async def given_up(hosted: HostedRoom, beginning: bytes, times: int) -> None:
    """Many connections begin like this and trickle on; each is answered 408 and closed."""
    async with contextlib.AsyncExitStack() as stack:
        lines = []
        for _ in range(times):
            reader, writer = await asyncio.open_connection("127.0.0.1", hosted.server.port)
            stack.callback(writer.transport.abort)
            writer.write(beginning)
            lines.append((reader, writer))
        await hosted.goes_on(30)
        for reader, writer in lines:
            writer.write(b"x")
            # It may be answered and closed by now, and then this was one byte too many.
            with contextlib.suppress(ConnectionError):
                answer = await asyncio.wait_for(reader.read(), 60)
                assert answer.startswith(b"HTTP/1.1 408 "), answer


@pytest.mark.long
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
    async with a_hosted_room(servers, people) as hosted:
        await hosted.goes_on(10)
        files, before_bytes = hosted.open_files(), resident_bytes(hosted.server.process)

        async def everything_is_given_back() -> bool:
            return hosted.open_files() <= files

        for flood in floods:
            flooding = asyncio.create_task(flood(hosted))
            await hosted.goes_on(20)
            await flooding
            await hosted.goes_on(40)
            await eventually(everything_is_given_back, within_s=30)
            grown_bytes = resident_bytes(hosted.server.process) - before_bytes
            assert grown_bytes < GROWTH_BYTES, flood.__name__
        for room_socket in (hosted.ana, hosted.ben):
            assert not room_socket.closed
            assert not room_socket.of("ERROR")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process open as many connections as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
