"""One server for the library tests of a test process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.library.site import Site
from tests.support import engines

UPLOAD_LIMIT = 4_000_000
OWNER_LIMIT = 60_000_000
DURATION_LIMIT_S = 60


@pytest.fixture(scope="session")
def site(
    migrated_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Site]:
    """A real server without rate limits that takes files of UPLOAD_LIMIT bytes.

    Tests share it, so they look at their own videos only, or at what changes.
    """
    folder = tmp_path_factory.mktemp("library") / "data"
    limits = {
        "STREAMIT_RATE_LIMITS": "off",
        "STREAMIT_MAX_UPLOAD_BYTES": str(UPLOAD_LIMIT),
        "STREAMIT_MAX_OWNER_BYTES": str(OWNER_LIMIT),
        "STREAMIT_MAX_DURATION": f"{DURATION_LIMIT_S}s",
    }
    engine = request.config.getoption("--engine")
    with engines.running(engine, folder, migrated_template) as running:
        yield Site(running.servers, running.servers.start(env=limits))
