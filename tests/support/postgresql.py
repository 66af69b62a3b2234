"""Runs Debian's PostgreSQL with a temporary cluster."""

import contextlib
import functools
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
from tests.support.servers import migrate
from tests.support.shared_files import SHARED_FILES, shared

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
    is_migrated: bool = False,
) -> Iterator[Cluster]:
    """Run a new cluster on a unix socket, and on a TCP port that needs the password.

    It is a copy of one that is made once in a test run, which takes several times as long.
    """
    with _folder() as folder:
        # The port is part of the socket's file name even if no TCP port is used.
        cluster = Cluster(folder, user, database, port or 5432)
        make = functools.partial(_make, user, password, database, is_migrated)
        if SHARED_FILES in os.environ:
            kind = f"{user}-{password}-{database}{'-migrated' if is_migrated else ''}"
            kept = shared(f"postgresql-{kind}", make)
            subprocess.run(["cp", "-a", kept, folder / "data"], check=True)
        else:
            make(folder / "data")
        # "Immediate" shutdown, because nothing must be kept.
        with _served(cluster, "127.0.0.1" if port else "", signal.SIGQUIT):
            yield cluster


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder of PostgreSQL's user for as long as it is needed."""
    # Not below pytest's folders, which belong to root and have too long paths for a socket.
    folder = Path(tempfile.mkdtemp(prefix="streamit-pg-", dir="/tmp"))
    if account := _account():
        os.chown(folder, account["user"], account["group"])
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _make(user: str, password: str, database: str, is_migrated: bool, data: Path) -> None:
    """Make the data folder of a cluster with a database, and with our tables if asked to."""
    with _folder() as folder:
        cluster = Cluster(folder, user, database, 5432)
        _initialise(cluster, password)
        with _served(cluster, "", signal.SIGINT) as process:
            with _connect(cluster, process) as connection:
                connection.execute(f'CREATE DATABASE "{database}"')
            if is_migrated:
                migrate({**os.environ, "DATABASE_URL": cluster.url})
        (folder / "data").rename(data)


@contextlib.contextmanager
def _served(
    cluster: Cluster, listen: str, ending: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server of a cluster, which ends by the signal ``ending``."""
    process = _start(cluster, listen)
    try:
        _connect(cluster, process).close()
        yield process
    finally:
        process.send_signal(ending)
        process.wait()


def _initialise(cluster: Cluster, password: str) -> None:
    account = _account()
    secret = cluster.folder / "password"
    secret.write_text(password)
    if account:
        os.chown(secret, account["user"], account["group"])
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
