"""The system under test: a real server with its own Valkey and database."""

import contextlib
import os
import resource
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import redis

from bench.rig import beside, cores, people
from bench.rig.account import Account
from bench.rig.people import Somebody
from launch import valkey
from tests.support import warm
from tests.support.servers import Server, Servers, copy_template, migrate_template

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class System:
    """One server process with its Valkey and database."""

    servers: Servers
    server: Server
    environment: Mapping[str, str]
    valkey_pid: int
    folder: Path
    # Runs what makes accounts for a bench.
    run_beside: beside.Run

    def account(self) -> Account:
        """Return what the server process has used."""
        return Account.of(self.server.process.pid)

    def valkey_account(self) -> Account:
        """Return what Valkey has used."""
        return Account.of(self.valkey_pid)

    def people(self, count: int) -> list[Somebody]:
        """Make accounts; see ``bench.rig.people``."""
        return people.make(count, self.environment, self.run_beside)

    def redis(self) -> redis.Redis:
        """Return a client of the Valkey."""
        return redis.Redis.from_url(self.servers.redis_url)

    @contextlib.asynccontextmanager
    async def rest(self, who: Somebody | None = None) -> AsyncIterator[httpx2.AsyncClient]:
        """A REST client, signed in as ``who``."""
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        async with httpx2.AsyncClient(
            base_url=f"{self.server.url}/api/v1", timeout=PATIENCE_S, headers=headers
        ) as client:
            yield client


@contextlib.contextmanager
def running(
    settings: Mapping[str, str] | None = None,
    *,
    given: System | None = None,
    template: Path | None = None,
    run_beside: beside.Run = beside.run_anew,
) -> Iterator[System]:
    """Run everything in a temporary folder; ``settings`` go to the server.

    The server has one core to itself, and Valkey shares the other with the load. ``template`` is a
    folder with a migrated database. A ``given`` system is used instead of starting one.
    """
    if given is not None:
        yield given
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    environment = {
        "STREAMIT_SECRET_KEY": secrets.token_urlsafe(32),
        "STREAMIT_RATE_LIMITS": "off",
        "STREAMIT_LOG_LEVEL": "warning",
        "STREAMIT_MAX_CAPACITY": "100000",
        **(settings or {}),
    }
    with tempfile.TemporaryDirectory(prefix="streamit-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        data.mkdir()
        if template is None:
            migrate_template(data)
        else:
            copy_template(template, data)
        process = valkey.start(folder / "valkey")
        servers = Servers(
            data,
            f"unix://{folder / 'valkey' / 'valkey.sock'}",
            starter=warm.start_anew,
        )
        try:
            with cores.on(cores.SERVER):
                server = servers.start(env=environment)
            full = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "STREAMIT_DATA": str(servers.data),
                "REDIS_URL": servers.redis_url,
                **environment,
            }
            yield System(servers, server, full, process.pid, folder, run_beside)
        finally:
            servers.stop_all()
            process.terminate()
            process.wait()
