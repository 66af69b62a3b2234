"""People who sit in rooms by real sockets, and two servers that share everything."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from core import live as live_state
from playback.clock import room_clock
from playback.state import LiveState
from rooms import bus, queue_state
from rooms import state as live_states
from rooms.live import auto_advance, player_activity
from rooms.live.hub import Hub
from rooms.stores import snapshots
from tests.rooms.live_only import CODE, FILM
from tests.rooms.made import HostedRoom, a_snapshot
from tests.rooms.people import People
from tests.rooms.visits import Place
from tests.support import engines
from tests.support.servers import Server


@dataclass(frozen=True, slots=True)
class Pair:
    """Two server processes on one database and one Redis; any serves any room."""

    first: Server
    second: Server
    redis_url: str


ENV = {
    "STREAMIT_RATE_LIMITS": "off",
    "STREAMIT_GRACE": "1s",
    "STREAMIT_IDLE": "30s",
    # Some tests wait for its end; much shorter, and a busy machine ends it.
    "STREAMIT_PRESENCE_LEASE": "6s",
    "STREAMIT_LOG_LEVEL": "debug",
}


@contextlib.contextmanager
def a_pair(engine: str, template: Path, folder: Path) -> Iterator[Pair]:
    """Run two servers on an engine; look at what they have logged afterwards."""
    with engines.running(engine, folder, template) as running:
        first, second = running.servers.launch(env=ENV), running.servers.launch(env=ENV)
        running.servers.wait(first)
        running.servers.wait(second)
        yield Pair(first, second, running.redis_url)
    for server in (first, second):
        check_log(server)


@pytest.fixture(scope="session")
def pair(
    migrated_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Pair]:
    """A pair kept for the whole run: each test makes rooms of its own in it.

    A test that kills, floods or empties anything asks for ``servers`` instead.
    """
    name = request.config.getoption("--engine")
    with a_pair(name, migrated_template, tmp_path_factory.mktemp("pair")) as pair:
        yield pair


def check_log(server: Server) -> None:
    """Fail when a server has stumbled, or written down a ticket."""
    check_log_text(server.log.read_text())


def check_log_text(log: str) -> None:
    """The same for what has been read already."""
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


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    """A room whose sockets are in this process; it hears what this process publishes."""
    hub = Hub()
    bus.listen(hub._on_notice)
    yield Place(hub, await HostedRoom.build(capacity=1000))
    bus.unlisten(hub._on_notice)
    await hub.stop()
    await live_state.close()


@pytest_asyncio.fixture
async def elsewhere() -> AsyncIterator[RedisPubSubChannelLayer]:
    """The channel layer of another process."""
    layer = RedisPubSubChannelLayer(
        hosts=[live_state.layer_host(settings.REDIS_URL)], prefix=live_state.LAYER_PREFIX
    )
    yield layer
    await layer.flush()


@pytest_asyncio.fixture
async def hub(live: None) -> AsyncIterator[Hub]:
    """A room without rows: Ana hosts, Ben is co-host, Dua is muted, the chat is closed."""
    now_ms = (await room_clock()).now_ms()
    await live_states.create(CODE, LiveState(host="ana", cohosts=("ben",), at=now_ms, source=FILM))
    snapshot = a_snapshot(code=CODE, chat_open=False, muted=frozenset({"dua"}))
    await snapshots.save(snapshot)
    await queue_state.create(CODE)
    hub = Hub()
    # It hears what this process publishes; its once-a-second look at all rooms is not begun.
    bus.listen(hub._on_notice)
    yield hub
    bus.unlisten(hub._on_notice)
    await hub.stop()
    await live_state.close()


@pytest.fixture
def heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server tell the others at once what its players say."""
    monkeypatch.setattr(player_activity, "UPDATE_EVERY_S", 0.0)
    monkeypatch.setattr(auto_advance, "DOUBTS_EVERY_S", 0.0)
