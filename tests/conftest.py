"""What every test stands on: a real Valkey of its own for each test process."""

import asyncio
import contextlib
import fcntl
import gc
import inspect
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from pathlib import Path

from tests.support.shared_files import SHARED_FILES

TESTS = Path(__file__).resolve().parent

# Collecting garbage while modules are imported and tests are found costs a sixth of that.
gc.disable()
_folder = tempfile.TemporaryDirectory(prefix="streamit-test-")
os.environ["STREAMIT_DATA"] = _folder.name
os.environ["STREAMIT_SECRET_KEY"] = "a secret for tests only, long enough to be accepted"
# See tests/support/shared_files.py. Test processes of xdist inherit that of their starter.
os.environ.setdefault(SHARED_FILES, _folder.name)
os.environ.pop("REDIS_URL", None)
os.environ.pop("DATABASE_URL", None)
# No site is asked what its videos are called.
os.environ["STREAMIT_TITLES"] = "0"
# Not in pyproject.toml: pytest-django would read the settings before this file has run.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402

django.setup()
# Test processes of xdist inherit it, and would read the settings before their own conftest.
del os.environ["DJANGO_SETTINGS_MODULE"]

from django.conf import settings  # noqa: E402
from django.contrib.contenttypes.management import create_contenttypes  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.models.signals import post_migrate  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

# argon2 takes 0.05 s by design; tests that are not about it need not wait.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

import hypothesis  # noqa: E402
import pytest  # noqa: E402
import pytest_asyncio  # noqa: E402
import redis  # noqa: E402
from pytest_django import DjangoDbBlocker  # noqa: E402

import core.live  # noqa: E402
from tests.faults.cutter import Cutter  # noqa: E402
from tests.support import encoders, engines, packages, probes  # noqa: E402
from tests.support import servers as server_processes  # noqa: E402
from tests.support.growing_film import Gate  # noqa: E402
from tests.support.shared_files import shared  # noqa: E402

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("streamit", deadline=None)
hypothesis.settings.load_profile("streamit")

probes.fork()
encoders.fork()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=[engines.EMBEDDED, *engines.OTHERS],
        default=engines.EMBEDDED,
        help="what the servers of rooms and library tests stand on (tests/support/engines.py)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what starts servers or commands: they stand on a copy of the migrated database."""
    for item in items:
        if "migrated_template" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.programs)
    if workers := getattr(config, "workerinput", {}).get("workercount"):
        items[:] = long_ones_first(items, workers)


def long_ones_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Let each test process begin with its share of the tests that are marked as long.

    It is given so many in a row (xdist's worksteal), and takes some from others when it has done
    them. Whoever came to a long one at the end would be waited for by the rest.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    rest = [item for item in items if not item.get_closest_marker("long")]
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = long[worker::workers]
        others = max(0, (len(items) - len(ordered)) // (workers - worker) - len(share))
        ordered += [*share, *rest[:others]]
        rest = rest[others:]
    return ordered


@contextlib.contextmanager
def first_alone() -> Iterator[None]:
    """Let one test process compile all tests when nobody has; the others read what it has made."""
    if sys.dont_write_bytecode or (TESTS / "webhooks" / "__pycache__").is_dir():
        # The last folder, so all of them are compiled.
        yield
        return
    with Path(os.environ[SHARED_FILES], "compiling").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect garbage from then on, but look at nothing that is there already."""
    with first_alone():
        found = yield
    gc.freeze()
    gc.enable()
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Give no program that must be installed to a test that --quick runs."""
    with packages.requested_by(item):
        return (yield)


@pytest.fixture(scope="session")
def migrated_file(django_db_blocker: DjangoDbBlocker) -> Path:
    """A migrated SQLite database, made once in a test run; nobody may change it."""

    def migrate(file: Path) -> None:
        before = connections["default"].settings_dict["NAME"]
        stand_on(file)
        with django_db_blocker.unblock():
            call_command("migrate", verbosity=0)
            # The last one to leave writes all of it into the one file.
            stand_on(before)

    return shared("tests.sqlite3.migrated", migrate)


@pytest.fixture(scope="session")
def django_db_setup(migrated_file: Path) -> None:
    """This test process's database.

    A file, as in production: SQLite in memory lets nobody write beside another, and waits for none.
    """
    own = Path(_folder.name, "tests.sqlite3")
    shutil.copy(migrated_file, own)
    stand_on(own)
    # Nobody reads what Django writes of every model, again after each test that commits: nine
    # tenths of what emptying the database took.
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


def stand_on(file: Path | str) -> None:
    """Let the models of this process be kept in ``file``, whatever thread asks."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = str(file)


@pytest.fixture(scope="session")
def valkey_socket() -> Iterator[Path]:
    """The unix socket of a real Valkey that this test process has to itself."""
    with server_processes.own_valkey(Path(_folder.name) / "valkey") as socket:
        yield socket


@pytest_asyncio.fixture
async def closed_connections() -> AsyncIterator[None]:
    """Close the connections to Redis of this test's loop, which nobody could close after it."""
    yield
    # What is still at work in the background might open another one.
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await core.live.close()


@pytest.fixture
def live(valkey_socket: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """An empty live state, reachable as settings.REDIS_URL."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("closed_connections")
    client = redis.Redis(unix_socket_path=str(valkey_socket))
    client.flushall()
    yield
    client.close()


@pytest_asyncio.fixture
async def cutter(live: None, valkey_socket: Path, tmp_path: Path) -> AsyncIterator[Cutter]:
    """What stands between this test and its Valkey, and can break off an answer."""
    async with Cutter(tmp_path / "cut.sock", valkey_socket) as cutter:
        with override_settings(REDIS_URL=cutter.url):
            yield cutter
        await core.live.close()


@pytest.fixture(scope="session")
def migrated_template(migrated_file: Path) -> Path:
    """A data folder with that database, of which servers get a copy."""

    def make(folder: Path) -> None:
        folder.mkdir()
        shutil.copy(migrated_file, folder / "streamit.sqlite3")

    return shared("template", make)


@pytest.fixture
def servers(
    live: None, valkey_socket: Path, migrated_template: Path, tmp_path: Path
) -> Iterator[server_processes.Servers]:
    """Real servers on one data folder and one empty Valkey (tests/support/servers.py)."""
    data = server_processes.copy_template(migrated_template, tmp_path / "data")
    started = server_processes.Servers(data, f"unix://{valkey_socket}")
    yield started
    started.stop_all()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """An ffmpeg that makes a film as far as the test lets it."""
    gate = Gate(tmp_path)
    yield gate
    gate.close()


@pytest.fixture(autouse=True)
def _empty_storage() -> Iterator[None]:
    """Remove the videos of a test when its rows have gone."""
    yield
    for video in Path(_folder.name, "videos").glob("????????-????-*"):
        shutil.rmtree(video)
