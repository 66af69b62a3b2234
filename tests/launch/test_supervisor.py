import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch import supervisor as supervisor_module
from launch.supervisor import Child, Supervisor, backoff_s
from tests.support.waiting import wait_until


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"])


def stubborn(ready: Path) -> subprocess.Popen[bytes]:
    """Start a process that does not end when asked to."""
    code = f"""if True:
        import pathlib, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path({str(ready)!r}).touch()
        time.sleep(60)
    """
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.fixture
def reports() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def supervisor(reports: list[tuple[str, str, str]]) -> Supervisor:
    return Supervisor(report=lambda *report: reports.append(report))


def test_the_first_death_costs_no_time_and_a_series_more_and_more() -> None:
    waits = [backoff_s(deaths) for deaths in range(1, 12)]

    assert waits[:4] == [0.0, 0.2, 0.4, 0.8]
    assert waits[-1] == 5.0


def test_a_dead_child_is_reported_buried_and_started_again(
    supervisor: Supervisor, reports: list[tuple[str, str, str]]
) -> None:
    died: list[int] = []
    child = Child("server", sleeper, 5, died=died.append)
    supervisor.add(child)
    first = child.process
    assert first is not None
    first.kill()
    first.wait()

    supervisor.tend()

    assert child.process is not None
    assert child.process.pid != first.pid
    assert died == [first.pid]
    assert reports == [("process ended", "server", "exit code -9")]
    supervisor.stop()


def test_a_child_that_cannot_be_started_again_is_tried_later(
    supervisor: Supervisor, reports: list[tuple[str, str, str]]
) -> None:
    starts = [sleeper]

    def start_once() -> subprocess.Popen[bytes]:
        if not starts:
            raise SystemExit("no such program")
        return starts.pop()()

    child = Child("valkey", start_once, 5)
    supervisor.add(child)
    process = child.process
    assert process is not None
    process.kill()
    process.wait()

    before_s = time.monotonic()
    supervisor.tend()

    assert child.deaths == 2
    assert child.start_at >= before_s + backoff_s(2)
    assert reports[-1] == ("cannot start", "valkey", "no such program")


def test_what_cannot_be_started_at_first_is_an_error(supervisor: Supervisor) -> None:
    def start() -> subprocess.Popen[bytes]:
        raise SystemExit("no such program")

    with pytest.raises(SystemExit, match="no such program"):
        supervisor.add(Child("valkey", start, 5))


@pytest.fixture
def _handlers() -> Iterator[None]:
    """Put back what handled the signals of this process."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGTTOU)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_handlers")
def test_the_end_of_a_child_and_the_wish_to_end_are_seen_without_looking(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "REST_S", 3600)
    starts = 0

    def start() -> subprocess.Popen[bytes]:
        nonlocal starts
        starts += 1
        if starts == 1:
            return subprocess.Popen(["true"])
        return subprocess.Popen(["sh", "-c", f"kill -TERM {os.getpid()}; exec sleep 60"])

    supervisor.take_signals()
    supervisor.add(Child("server", start, 5))

    supervisor.run()

    assert starts == 2
    supervisor.stop()


def test_children_end_in_the_opposite_order_of_their_start(supervisor: Supervisor) -> None:
    asked: list[int] = []

    class Witness(subprocess.Popen[bytes]):
        def terminate(self) -> None:
            asked.append(self.pid)
            super().terminate()

    children = [Child(name, lambda: Witness(["sleep", "60"]), 5) for name in ("valkey", "server")]
    for child in children:
        supervisor.add(child)

    supervisor.stop()

    processes = [child.process for child in reversed(children) if child.process]
    assert asked == [process.pid for process in processes]
    assert None not in [process.poll() for process in processes]


def test_a_child_that_will_not_end_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    child = Child("server", lambda: stubborn(tmp_path / "ready"), stop_timeout_s=0.1)
    supervisor.add(child)
    wait_until((tmp_path / "ready").exists)

    supervisor.stop()

    assert child.process is not None
    assert child.process.returncode == -9


def test_a_second_request_to_stop_does_not_wait(supervisor: Supervisor, tmp_path: Path) -> None:
    child = Child("server", lambda: stubborn(tmp_path / "ready"), stop_timeout_s=60)
    supervisor.add(child)
    wait_until((tmp_path / "ready").exists)
    supervisor.impatient = True

    supervisor.stop()

    assert child.process is not None
    assert child.process.returncode == -9
