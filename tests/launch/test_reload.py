"""What ``./streamit dev`` does when code changes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.packages import PACKAGES
from launch import reload
from launch.supervisor import Child, Supervisor
from tests.support.patience import PATIENCE_S


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of a checkout that is looked at with every call."""
    monkeypatch.setattr(reload, "ROOT", tmp_path)
    monkeypatch.setattr(reload, "EVERY_S", 0.0)
    path = tmp_path / "rooms" / "hub.py"
    path.parent.mkdir()
    path.touch()
    return path


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor(report=lambda *_report: None)
    for name in ("valkey", "server", "worker"):
        supervisor.add(Child(name, lambda: subprocess.Popen(["sleep", "60"]), 5))
    yield supervisor
    supervisor.stop()


def process(supervisor: Supervisor, name: str) -> subprocess.Popen[bytes]:
    found = next(child.process for child in supervisor.children if child.name == name)
    assert found is not None
    return found


def touch(path: Path) -> None:
    """Change a file, also where a clock's tick is longer than a test."""
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000_000))


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_a_change_of_the_code_replaces_server_and_worker_and_nothing_else(
    module: Path, supervisor: Supervisor, change: str
) -> None:
    watch = reload.Reload(supervisor)
    server, worker = process(supervisor, "server"), process(supervisor, "worker")
    match change:
        case "edited":
            touch(module)
        case "added":
            (module.parent / "new.lua").touch()
        case "removed":
            module.unlink()

    watch.check()
    assert (server.wait(PATIENCE_S), worker.wait(PATIENCE_S)) == (-signal.SIGTERM, -signal.SIGTERM)
    supervisor.tend()

    assert process(supervisor, "server").pid != server.pid
    assert process(supervisor, "worker").pid != worker.pid
    assert process(supervisor, "valkey").poll() is None


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_looked_at(
    package: str, module: Path, supervisor: Supervisor, tmp_path: Path
) -> None:
    (tmp_path / package).mkdir(exist_ok=True)
    watch = reload.Reload(supervisor)
    (tmp_path / package / "new.py").touch()

    watch.check()

    assert process(supervisor, "server").wait(PATIENCE_S) == -signal.SIGTERM


def test_without_a_change_the_server_stays(module: Path, supervisor: Supervisor) -> None:
    watch = reload.Reload(supervisor)
    (module.parent / "notes.txt").touch()
    watch.check()
    assert process(supervisor, "server").poll() is None
