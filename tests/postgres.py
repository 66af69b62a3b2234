"""A real PostgreSQL of one's own, in a folder, reachable by a unix socket."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.processes import die_with_parent

START_TIMEOUT_S = 60
# PostgreSQL refuses to run as root; any other account will do.
USER_ID = 65534


class DidNotStart(AssertionError):
    """PostgreSQL ended or never answered; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One running server with an empty database ``streamit``."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def url(self) -> str:
        return f"postgres://streamit@/streamit?host={self.folder}"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def start(programs: Path, folder: Path) -> Postgres:
    """Start a server that keeps its data in ``folder``, whose path must be short.

    It does not wait for the disk: its data need not outlive the test.
    """
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, USER_ID, USER_ID)
    data = folder / "data"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "streamit", "-A", "trust", "--no-sync"],
        preexec_fn=_somebody(),
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise DidNotStart(made.stderr.decode())
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "shared_buffers": "16MB",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(f"-c{k}={v}" for k, v in options.items())],
            preexec_fn=_somebody(),
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    server = Postgres(process, folder)
    _create_database(programs, server)
    return server


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


def _create_database(programs: Path, server: Postgres) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    command = [str(programs / "createdb"), "-h", str(server.folder), "-U", "streamit", "streamit"]
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart((server.folder / "log").read_text())
        time.sleep(0.05)


def _somebody() -> Callable[[], None]:
    """Return a ``preexec_fn`` that drops root's rights and ties the child to us."""
    tie = die_with_parent()

    def become() -> None:
        if os.geteuid() == 0:
            os.setgid(USER_ID)
            os.setuid(USER_ID)
        tie()

    return become
