"""Real server processes for tests that speak HTTP or WebSocket, kill, or drive a browser.

Ask for the ``servers`` fixture and start what you need::

    first, second = servers.start(), servers.start()
    first.kill()
    again = servers.start(port=first.port)

All servers of one test share its data folder (with a migrated SQLite) and the test process's
Valkey, which the fixture empties. They are ended with the test. A server that outlives a test needs
``own_valkey``, because it would act on deadlines of other tests' rooms.
"""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from launch import valkey
from tests.support import warm
from tests.support.patience import PATIENCE_S
from tests.support.warm import ROOT as ROOT
from tests.support.warm import Process, Starter
from tests.support.warm_process import FD

MANAGE = ROOT / "manage.py"
START_TIMEOUT_S = 60


class ServerDidNotStart(AssertionError):
    """The server exited or never answered; the text is its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """One running server process."""

    process: Process
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End it as a crash does (kill -9)."""
        self.process.kill()
        self.process.wait()

    def stop(self, *, timeout_s: float = PATIENCE_S) -> int:
        """End it as the supervisor does (SIGTERM); return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def freeze(self) -> None:
        """Stop it without ending it (SIGSTOP)."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue it after ``freeze`` (SIGCONT)."""
        self.process.send_signal(signal.SIGCONT)


@dataclass(slots=True)
class Servers:
    """Starts servers on one data folder and one Redis, and ends them all.

    ``env`` has additional settings for all of them, for example another database.
    """

    data: Path
    redis_url: str
    env: Mapping[str, str] = field(default_factory=dict)
    starter: Starter = warm.start
    started: list[Server] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    def start(
        self,
        *,
        port: int = 0,
        env: Mapping[str, str] | None = None,
        program: Path = MANAGE,
    ) -> Server:
        """Start one and wait until /healthz returns 200; port 0 chooses a free one.

        ``env`` adds settings, for example ``{"STREAMIT_GRACE": "2s"}``. ``program`` replaces
        manage.py.
        """
        server = self.launch(port=port, env=env, program=program)
        self.wait(server)
        return server

    def launch(
        self,
        *,
        port: int = 0,
        env: Mapping[str, str] | None = None,
        program: Path = MANAGE,
    ) -> Server:
        """Start one without waiting; its socket accepts connections at once."""
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(2048)
            port = listener.getsockname()[1]
            log = self.data / f"server-{port}-{len(self.started)}.log"
            with log.open("wb") as output:
                command: list[str | Path] = [program, "serve", "--fd", FD]
                process = self.starter(
                    command, self.environment(env or {}), output, [listener.fileno()]
                )
        server = Server(process, port, log)
        self.started.append(server)
        return server

    def start_worker(self, *arguments: str, env: Mapping[str, str] | None = None) -> Process:
        """Start a worker on the same data folder and database; ``stop_all`` ends it too."""
        with (self.data / f"worker-{len(self.workers)}.log").open("wb") as output:
            command: list[str | Path] = [MANAGE, "work", *arguments]
            worker = self.starter(command, self.environment(env or {}), output, [])
        self.workers.append(worker)
        return worker

    def wait(self, server: Server) -> None:
        """Wait until /healthz of ``server`` returns 200; raise ServerDidNotStart."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_healthy(server.port):
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise ServerDidNotStart(server.log.read_text())
            time.sleep(0.02)

    def stop_all(self) -> None:
        """End every server that is still running, including frozen ones."""
        processes = [*(server.process for server in self.started), *self.workers]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()

    def query(self, sql: str, *values: str) -> list[Any]:
        """Query or change the servers' database directly; each ``?`` is a value."""
        if url := self.env.get("DATABASE_URL"):
            with psycopg.connect(url) as connection:
                cursor = connection.execute(sql.replace("?", "%s").encode(), values)
                return cursor.fetchall() if cursor.description else []
        path = self.data / "streamit.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database, database:
            return database.execute(sql, values).fetchall()

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of one server: ours, that of these servers, and ``extra``."""
        return {
            **os.environ,
            "STREAMIT_DATA": str(self.data),
            "REDIS_URL": self.redis_url,
            **self.env,
            **extra,
        }


def is_healthy(port: int) -> bool:
    """Tell whether /healthz of the server on ``port`` returns 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def own_valkey(folder: Path) -> Iterator[Path]:
    """Run a separate Valkey in ``folder``; yield its unix socket."""
    process = valkey.start(folder)
    try:
        yield folder / "valkey.sock"
    finally:
        process.terminate()
        process.wait()


def migrate_template(folder: Path) -> Path:
    """Make ``folder``, with a migrated SQLite database for ``copy_template``."""
    folder.mkdir(exist_ok=True)
    migrate({**os.environ, "STREAMIT_DATA": str(folder)})
    return folder


def migrate(env: Mapping[str, str]) -> None:
    """Migrate a database, as each server does at its start."""
    done = warm.run([MANAGE, "migrate", "--verbosity", "0"], env)
    assert done.returncode == 0, done.stderr


def copy_template(template: Path, folder: Path) -> Path:
    """Make ``folder`` a data folder with a copy of the template's database."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in template.glob("streamit.sqlite3*"):
        shutil.copy(part, folder)
    return folder
