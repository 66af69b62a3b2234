"""Runs servers that serve a film from one storage each, with what that storage needs."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from bench.rig import baseline
from bench.rig.baseline import Baseline
from tests.support import buckets, nginx
from tests.support import servers as server_processes

# More than the system buffers for a viewer who has stopped reading, and no more than the contract
# suite's database accepts.
FILM_BYTES = 10_000_000


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[str]:
    yield ""


@contextlib.contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    server_processes.migrate_template(folder)
    yield f"sqlite:///{folder / 'streamit.sqlite3'}"


@contextlib.contextmanager
def _elsewhere(folder: Path) -> Iterator[str]:
    (folder / "film.mp4").write_bytes(os.urandom(FILM_BYTES))
    site = f"server {{ listen 127.0.0.1:PORT; root {folder}; }}"
    with nginx.running(folder / "nginx", site) as running:
        yield f"{running.url}/film.mp4"


# For each storage: what runs its server in a folder and yields its address, and its name in
# tests/contracts/storages.py.
STORAGES: dict[str, tuple[Callable[[Path], AbstractContextManager[str]], str]] = {
    "local": (_disk, "local"),
    "database": (_sqlite, "sqlite"),
    "s3": (buckets.serving, "s3"),
    "remote": (_elsewhere, "remote"),
}


@contextlib.contextmanager
def serving(name: str) -> Iterator[tuple[Baseline, str]]:
    """Serve a film from the storage called ``name``; yield the server and the film's path."""
    served_by, place = STORAGES[name]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamit-bench-")))
        address = stack.enter_context(served_by(folder))
        environment = {
            **os.environ,
            "STREAMIT_DATA": str(folder),
            "STREAMIT_SECRET_KEY": "x" * 32,
            "STREAMIT_LOG_LEVEL": "warning",
        }
        server = stack.enter_context(
            baseline.module("stored_film", environment, place, str(folder), address)
        )
        yield server, f"/{address}" if name == "remote" else "/film"
