"""``./streamit dev``: reloads server and pages when their code changes."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from core.packages import PACKAGES
from core.processes import die_with_parent
from launch.pages import WEB
from launch.supervisor import Child, Supervisor

ROOT = WEB.parent
# Children that run our code. The supervisor itself is not restarted.
_RUNNING = ("server", "worker")
EVERY_S = 0.5
STOP_TIMEOUT_S = 5.0


def pages_builder() -> Child:
    """Return the child process that builds the pages whenever their sources change."""
    command = [
        str(WEB / "node_modules" / ".bin" / "vite"),
        "build",
        "--watch",
        "--logLevel",
        "warn",
    ]
    return Child(
        "pages",
        lambda: subprocess.Popen(
            command, cwd=WEB, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent()
        ),
        STOP_TIMEOUT_S,
    )


class Reload:
    """Restarts servers and workers of ``supervisor`` when code changes. Call ``check`` often."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._seen = dict(_changed_at())
        self._looked_at_s = time.monotonic()

    def check(self) -> None:
        """Restart them if a file has changed; looks at the files twice a second."""
        if time.monotonic() - self._looked_at_s < EVERY_S:
            return
        self._looked_at_s = time.monotonic()
        found = dict(_changed_at())
        if found != self._seen:
            self._seen = found
            for child in self._supervisor.children:
                if child.name in _RUNNING and child.process is not None:
                    # This does not count as a crash: the next one starts at once.
                    child.deaths = 0
                    child.process.terminate()


def _changed_at() -> Iterator[tuple[Path, int]]:
    for package in PACKAGES:
        for ending in ("py", "lua"):
            for path in (ROOT / package).rglob(f"*.{ending}"):
                try:
                    yield path, path.stat().st_mtime_ns
                except OSError:  # an editor replaces files
                    continue
