"""The databases, Redis variants and servers that tests must pass on.

``embedded`` is what ``./streamit up`` runs: one Valkey, SQLite, uvicorn. Each of the others changes
one part. ``pytest --engine NAME tests/rooms tests/library`` runs whole suites on one of them.
tests/rooms/engines always runs the core of the protocol suite on all of them.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import postgresql
from tests.support.failover import Watched
from tests.support.servers import Servers, copy_template, own_valkey

EMBEDDED = "embedded"
OTHERS = ("postgresql", "sentinel", "daphne")


@dataclass(frozen=True, slots=True)
class Engine:
    """Starts servers, and has a plain address of the Redis that they share."""

    servers: Servers
    redis_url: str


@contextlib.contextmanager
def running(name: str, folder: Path, template: Path) -> Iterator[Engine]:
    """Run what servers of the engine ``name`` need; end it and all servers afterwards."""
    assert name in (EMBEDDED, *OTHERS), f"there is no engine {name}"
    with contextlib.ExitStack() as stack:
        data = copy_template(template, folder)
        env = {}
        if name == "postgresql":
            env["DATABASE_URL"] = stack.enter_context(postgresql.running(is_migrated=True)).url
        if name == "daphne":
            env["STREAMIT_SERVER"] = "daphne"
        if name == "sentinel":
            watched = Watched(data / "watched")
            stack.callback(watched.end)
            redis_url = f"redis://127.0.0.1:{watched.first.port}"
            servers = Servers(data, watched.url, env)
        else:
            redis_url = f"unix://{stack.enter_context(own_valkey(data / 'valkey'))}"
            servers = Servers(data, redis_url, env)
        stack.callback(servers.stop_all)
        yield Engine(servers, redis_url)
