"""All of StreamIt as ``streamit up`` runs it: a supervisor, a server and a Valkey."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.rig import cores
from bench.rig.report import ROOT

READY = "StreamIt is ready: "


@dataclass(frozen=True, slots=True)
class Supervised:
    """A running installation, whose supervisor restarts the server after it ends."""

    process: subprocess.Popen[str]
    url: str
    environment: Mapping[str, str]

    def end_server(self, number: signal.Signals) -> None:
        """Send a signal to the server process, not to its supervisor."""
        os.kill(self._server_pid(), number)

    def _server_pid(self) -> int:
        supervisor = self.process.pid
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        [server] = [pid for pid in children if b"serve" in _words(pid)]
        return int(server)


def _words(pid: str) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


@contextlib.contextmanager
def running(data: Path | None = None) -> Iterator[Supervised]:
    """Run everything on the server's core, in ``data`` or a temporary folder; end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="streamit-bench-") as folder:
        own = {name: v for name, v in os.environ.items() if not name.startswith("STREAMIT_")}
        own.pop("REDIS_URL", None)
        own.pop("DATABASE_URL", None)
        environment = {
            **own,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STREAMIT_DATA": str(data or folder),
            "STREAMIT_SECRET_KEY": secrets.token_urlsafe(32),
            "STREAMIT_RATE_LIMITS": "off",
            "STREAMIT_LOG_LEVEL": "error",
            "STREAMIT_MAX_CAPACITY": "100000",
        }
        with cores.on(cores.SERVER):
            process = subprocess.Popen(
                [sys.executable, ROOT / "manage.py", "up", "--port", "0"],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
        try:
            yield Supervised(process, _address(process), environment)
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).split()[0]
    raise SystemExit("streamit up did not start")
