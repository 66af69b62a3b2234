"""All of StreamIt as ``manage.py up`` runs it: a supervisor with real children."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S
from tests.support.servers import ROOT


@dataclass(frozen=True, slots=True)
class Up:
    """One running ``manage.py up``."""

    process: subprocess.Popen[str]
    address: str
    data: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def children(self) -> dict[int, str]:
        """Return the pids of its children and what each one is."""
        pid = self.process.pid
        ids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {int(child): kind_of(int(child)) for child in ids}

    def the(self, kind: str) -> int:
        return next(pid for pid, name in self.children().items() if name == kind)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def kind_of(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "gone"
    words = command.split(b"\0")
    kinds = {b"serve": "server", b"work": "worker"}
    return next(
        (kind for word, kind in kinds.items() if word in words), "valkey" if command else "gone"
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "up", *arguments]


def surroundings(**env: str) -> dict[str, str]:
    ours = ("STREAMIT_", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, **env}


@contextlib.contextmanager
def running(data: Path, *arguments: str, **env: str) -> Iterator[Up]:
    """Start on a free port and wait for the address; kill it if the test has not ended it."""
    with subprocess.Popen(
        command("--port", "0", "--data", str(data), *arguments),
        env=surroundings(**env),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"ready: (http://\S+)", line):
                try:
                    yield Up(process, found[1], data)
                finally:
                    process.kill()
                return
        pytest.fail(f"no address: {said}")
