"""Servers and a Valkey that may be broken; all of this folder is marked ``faults``."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.rig import Rig, Valkey
from tests.rooms.people import People
from tests.support.servers import Servers, copy_template

# Shorter than the outages: a lease that ends while nobody can renew it must do no harm.
LEASE_S = 5.0
SHORT_LEASES = {
    "STREAMIT_RATE_LIMITS": "off",
    "STREAMIT_GRACE": "2m",
    "STREAMIT_PRESENCE_LEASE": f"{LEASE_S}s",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def rig(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Two servers and a Valkey of their own: a test may break Valkey, and must mend it."""
    data = copy_template(migrated_template, tmp_path_factory.mktemp("rig"))
    broken = Valkey(data / "valkey")
    servers = Servers(data, broken.url)
    try:
        first, second = servers.launch(env=SHORT_LEASES), servers.launch(env=SHORT_LEASES)
        servers.wait(first)
        servers.wait(second)
        yield Rig(first, second, broken)
    finally:
        servers.stop_all()
        broken.end()


@pytest_asyncio.fixture
async def people() -> AsyncIterator[People]:
    """Whoever a test invites; they leave when it ends."""
    everyone = People()
    yield everyone
    await everyone.go()
