"""Runs Debian's PostgreSQL with a temporary cluster."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg

from core.processes import die_with_parent
from tests.support import packages

START_TIMEOUT_S = 60


class Account(TypedDict, total=False):
    """The user to run as, as arguments of subprocess."""

    user: int
    group: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server with one empty database."""

    folder: Path
    user: str
    database: str
    port: int

    @property
    def url(self) -> str:
        """DATABASE_URL over the unix socket, without a password."""
        place = str(self.folder).replace("/", "%2F")
        return f"postgres://{self.user}@{place}:{self.port}/{self.database}"


@contextlib.contextmanager
def running(
    *,
    user: str = "streamit",
    password: str = "-",
    database: str = "streamit",
    port: int | None = None,
) -> Iterator[Cluster]:
    """Run a new cluster on a unix socket, and on a TCP port that needs the password."""
    # Not below pytest's folders, which belong to root and have too long paths for a socket.
    folder = Path(tempfile.mkdtemp(prefix="streamit-pg-", dir="/tmp"))
    # The port is part of the socket's file name even if no TCP port is used.
    cluster = Cluster(folder, user, database, port or 5432)
    try:
        _initialise(cluster, password)
        process = _start(cluster, "127.0.0.1" if port else "")
        try:
            with _connect(cluster, process) as connection:
                connection.execute(f'CREATE DATABASE "{database}"')
            yield cluster
        finally:
            # "Immediate" shutdown, because nothing must be kept.
            process.send_signal(signal.SIGQUIT)
            process.wait()
    finally:
        shutil.rmtree(folder)


def _initialise(cluster: Cluster, password: str) -> None:
    account = _account()
    secret = cluster.folder / "password"
    secret.write_text(password)
    if account:
        for path in (cluster.folder, secret):
            os.chown(path, account["user"], account["group"])
    subprocess.run(
        [
            _binaries() / "initdb",
            *("--pgdata", cluster.folder / "data", "--username", cluster.user),
            *("--pwfile", secret, "--auth-local", "trust", "--auth-host", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        ],
        stdout=subprocess.DEVNULL,
        cwd=cluster.folder,
        check=True,
        timeout=START_TIMEOUT_S,
        **account,
    )


def _start(cluster: Cluster, listen: str) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": listen,
        "port": str(cluster.port),
        "unix_socket_directories": str(cluster.folder),
        "shared_buffers": "32MB",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (cluster.folder / "log").open("wb") as log:
        return subprocess.Popen(
            [_binaries() / "postgres", "-D", cluster.folder / "data", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=cluster.folder,
            preexec_fn=die_with_parent(),
            **_account(),
        )


def _connect(
    cluster: Cluster, process: subprocess.Popen[bytes]
) -> psycopg.Connection[tuple[object, ...]]:
    """Wait until the server answers; return a connection to its initial database."""
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            return psycopg.connect(
                host=str(cluster.folder),
                port=cluster.port,
                user=cluster.user,
                dbname="postgres",
                autocommit=True,
            )
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise AssertionError((cluster.folder / "log").read_text()) from None
            time.sleep(0.02)


def _binaries() -> Path:
    return packages.find("postgresql").parent


def _account() -> Account:
    """Return the user to run as, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid}
    raise AssertionError("there is no user to run PostgreSQL as")
