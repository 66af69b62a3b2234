"""People who sit in rooms by real sockets, and two servers that share everything."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.rooms.people import People
from tests.servers import Server, Servers, copy_template, own_valkey


@dataclass(frozen=True, slots=True)
class Pair:
    """Two server processes on one database and one Valkey; any serves any room."""

    first: Server
    second: Server
    valkey_socket: Path


@pytest.fixture(scope="session")
def pair(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A pair kept for the whole run: each test makes rooms of its own in it.

    A test that kills, floods or empties anything asks for ``servers`` instead.
    """
    data = copy_template(migrated_template, tmp_path_factory.mktemp("pair"))
    with own_valkey(data / "valkey") as socket:
        yield from _two_servers(Servers(data, f"unix://{socket}"), socket)


def _two_servers(servers: Servers, socket: Path) -> Iterator[Pair]:
    env = {
        "STREAMIT_RATE_LIMITS": "off",
        "STREAMIT_GRACE": "1s",
        "STREAMIT_IDLE": "30s",
        "STREAMIT_PRESENCE_LEASE": "2s",
        "STREAMIT_LOG_LEVEL": "debug",
    }
    try:
        first, second = servers.launch(env=env), servers.launch(env=env)
        servers.wait(first)
        servers.wait(second)
        yield Pair(first, second, socket)
    finally:
        servers.stop_all()
    for server in (first, second):
        check_log(server)


def check_log(server: Server) -> None:
    """Fail when a server has stumbled, or written down a ticket."""
    log = server.log.read_text()
    at = log.find("Traceback")
    assert at < 0, log[max(0, at - 500) : at + 3000]
    # Every ticket and token is a JSON Web Token, and all of those begin like this.
    assert "eyJ" not in log


@pytest_asyncio.fixture
async def people() -> AsyncIterator[People]:
    """Whoever a test invites; they leave when it ends."""
    everyone = People()
    yield everyone
    await everyone.go()
