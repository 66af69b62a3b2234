"""``manage.py up`` as people run it: a real process with real children."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import threading
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from core.processes import IS_MIGRATED, MIGRATES, WAITS
from launch import up as launch_up
from launch.supervisor import Supervisor
from server import addresses
from tests.config.entrance import call, enter_a_room
from tests.support import postgresql
from tests.support.patience import PATIENCE_S
from tests.support.ports import free_port
from tests.support.servers import copy_template, is_healthy, own_valkey
from tests.support.supervised import Up, command, kind_of, running, surroundings
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults


# A worker starts as slowly as a server.
WITHOUT_WORKER = {"STREAMIT_JOBS": "0"}


@pytest.fixture
def data(migrated_template: Path, tmp_path: Path) -> Path:
    """A data folder whose database is up to date: to bring it there takes as long as a start."""
    return copy_template(migrated_template, tmp_path / "data")


def refused(*arguments: str, **env: str) -> str:
    """Return the one line with which ``up`` refuses to start."""
    done = subprocess.run(
        command(*arguments), env=surroundings(**env), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done
    (line,) = done.stderr.splitlines()
    return line


def close_code(viewer: ClientConnection) -> int | None:
    try:
        while True:
            viewer.recv(timeout=PATIENCE_S)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def test_it_serves_and_ends_with_1012_leaving_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2") as up:
        wait_until(
            lambda: sorted(up.children().values()) == ["server", "server", "valkey", "worker"]
        )
        children = up.children()
        assert is_healthy(up.port)
        assert (up.data / "secret_key").stat().st_mode & 0o777 == 0o600

        with connect(enter_a_room(up.port)) as viewer:
            up.process.send_signal(signal.SIGTERM)
            assert close_code(viewer) == 1012
        assert up.process.wait(PATIENCE_S) == 0
        assert {kind_of(pid) for pid in children} == {"gone"}


def test_at_a_terminal_all_share_its_processor_time_and_ctrl_c_ends_them_in_order(
    data: Path,
) -> None:
    ours, terminal = pty.openpty()
    modes = termios.tcgetattr(terminal)
    # Whoever writes without being in front is stopped, unless that is ignored.
    modes[3] |= termios.TOSTOP
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    said: list[bytes] = []
    reading = threading.Thread(target=read_all, args=(ours, said))
    with subprocess.Popen(
        command("--port", "0", "--data", str(data)),
        env=surroundings(STREAMIT_LOG_LEVEL="info"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(terminal)
        reading.start()
        ready = wait_until(lambda: re.search(rb"ready: (http://\S+)", b"".join(said)))
        up = Up(process, ready[1].decode(), data)
        wait_until(lambda: "worker" in up.children().values())
        # Linux compares ffmpeg's low priority only with what is in its own session.
        assert {os.getsid(pid) for pid in up.children()} == {process.pid}
        with connect(enter_a_room(up.port)) as viewer:
            os.write(ours, b"\x03")
            assert close_code(viewer) == 1012
        assert process.wait(PATIENCE_S) == 0
    reading.join(PATIENCE_S)
    os.close(ours)
    assert b"KeyboardInterrupt" not in b"".join(said)


def read_all(terminal: int, said: list[bytes]) -> None:
    """Read what is printed until nobody has the other end."""
    with contextlib.suppress(OSError):
        while content := os.read(terminal, 4096):
            said.append(content)


def test_a_killed_child_is_started_again_and_none_outlives_a_killed_supervisor(
    data: Path,
) -> None:
    with running(data) as up:
        server, live = up.the("server"), up.the("valkey")
        (metrics,) = up.data.glob("run/*/metrics")
        assert (metrics / f"gauge_livesum_{server}.db").exists()

        os.kill(server, signal.SIGKILL)
        wait_until(lambda: server not in up.children() and is_healthy(up.port))
        # The dead process's sockets no longer count.
        assert not (metrics / f"gauge_livesum_{server}.db").exists()

        worker = up.the("worker")
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: worker not in up.children() and "worker" in up.children().values())

        os.kill(live, signal.SIGKILL)
        wait_until(lambda: live not in up.children() and is_healthy(up.port))

        children = up.children()
        up.process.kill()
        wait_until(lambda: {kind_of(pid) for pid in children} == {"gone"})


@pytest.mark.long
def test_a_second_start_keeps_secret_and_data_and_a_second_run_is_refused(data: Path) -> None:
    with running(data, **WITHOUT_WORKER) as up:
        secret = (data / "secret_key").read_text()
        call(up.port, "POST", "/api/v1/auth/guest", {"display_name": "Ana"})

        line = refused("--port", "0", "--data", str(data))
        assert line == f"STREAMIT_DATA: another StreamIt is running with {data}"
        assert is_healthy(up.port)
        assert up.stop() == 0
    with running(data, **WITHOUT_WORKER) as up:
        assert (data / "secret_key").read_text() == secret
        assert up.stop() == 0


def test_a_database_may_take_its_time_to_be_brought_up_to_date(tmp_path: Path) -> None:
    with (
        (tmp_path / "migrate.lock").open("w") as lock,
        subprocess.Popen(
            command("--port", "0", "--data", str(tmp_path)),
            env=surroundings(**WITHOUT_WORKER),
            stdout=subprocess.PIPE,
            text=True,
        ) as up,
    ):
        assert up.stdout is not None
        # As long as another process migrates.
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = [up.stdout.readline() for _ in range(3)]
        fcntl.flock(lock, fcntl.LOCK_UN)
        said.append(up.stdout.readline())
        up.terminate()
        assert up.wait(PATIENCE_S) == 0

    assert said[:3] == [
        "Starting Valkey\n",
        "Starting the server\n",
        "Bringing the database up to date\n",
    ]
    assert said[3].startswith("StreamIt is ready: ")


@pytest.mark.parametrize(("told", "waits"), [(MIGRATES, True), (WAITS, True), (b"", False)])
def test_only_a_server_that_is_not_at_the_database_has_to_answer_in_time(
    told: bytes, waits: bool
) -> None:
    reading, writing = os.pipe()
    os.write(writing, told)
    looks = iter(range(3))

    def look() -> None:
        if next(looks, None) is None:
            os.write(writing, IS_MIGRATED)

    supervisor = Supervisor(report=lambda *_: None, each_tick=[look])
    try:
        with contextlib.nullcontext() if waits else pytest.raises(launch_up.NotStarted):
            launch_up.wait_until_migrated(supervisor, reading, timeout_s=0)
    finally:
        os.close(reading)
        os.close(writing)
    assert (next(looks, None) is None) is waits


def test_a_database_and_a_redis_elsewhere_may_start_later(tmp_path: Path) -> None:
    port, socket_path = free_port(), tmp_path / "valkey" / "valkey.sock"
    env = {
        "DATABASE_URL": f"postgres://streamit:secret@127.0.0.1:{port}/streamit",
        "REDIS_URL": f"unix://:secret@{socket_path}",
        **WITHOUT_WORKER,
    }
    with (
        contextlib.ExitStack() as stack,
        subprocess.Popen(
            command("--port", "0", "--data", str(tmp_path / "data")),
            env=surroundings(**env),
            stdout=subprocess.PIPE,
            text=True,
        ) as up,
    ):
        assert up.stdout is not None
        said = [up.stdout.readline() for _ in range(2)]
        stack.enter_context(postgresql.running(password="secret", port=port))
        said.append(up.stdout.readline())
        stack.enter_context(own_valkey(socket_path.parent))
        said += [up.stdout.readline() for _ in range(2)]
        up.terminate()
        assert up.wait(PATIENCE_S) == 0

    assert said[0] == "Starting the server\n"
    database, redis = (
        f"DATABASE_URL: the database at 127.0.0.1 {port} streamit",
        f"REDIS_URL: the Redis at {socket_path}",
    )
    for line, where in ((said[1], database), (said[2], redis)):
        assert line.startswith(f"{where} does not answer; waiting for it, at most 60 s: ")
    assert said[3] == "Bringing the database up to date\n"
    assert said[4].startswith("StreamIt is ready: ")
    assert "secret" not in "".join(said)


def test_on_all_addresses_it_answers_to_its_own_names_only(data: Path) -> None:
    with running(data, "--host", "0.0.0.0", **WITHOUT_WORKER) as up:
        assert up.address == f"http://{addresses.main_address()}:{up.port}"
        with socket.create_server(("0.0.0.0", 0)) as listener:
            names = addresses.own_names(listener)
        assert not any(":" in name for name in names)
        for name in names:
            assert call(up.port, "GET", "/", Host=name)[0] == 200, name
        assert call(up.port, "GET", "/", Host="evil.example")[0] == 400
        assert up.stop() == 0


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        line = refused("--port", port, "--data", str(tmp_path))

    assert line == f"--port: {port} is in use by another program; choose one with --port"


@pytest.mark.parametrize(
    ("arguments", "env", "expected"),
    [
        (["--port", "70000"], {}, "--port: 70000 is not a number from 0 to 65535"),
        (["--workers", "none"], {}, "--workers: none is not a number from 1 to 64"),
        (["--host", "nowhere.invalid"], {}, "--host: nowhere.invalid"),
        (["--colour"], {}, "unrecognized arguments: --colour"),
        ([], {"STREAMIT_GRACE": "soon"}, "STREAMIT_GRACE: "),
        ([], {"STREAMIT_COLOUR": "red"}, "STREAMIT_COLOUR: there is no such setting"),
        (
            ["--host", "0.0.0.0", "--port", "0"],
            {"STREAMIT_RATE_LIMITS": "off"},
            "STREAMIT_RATE_LIMITS: off is allowed only on a loopback --host",
        ),
        (
            ["--port", "0"],
            {"STREAMIT_PLAYBACK_SOURCES": "no.such.Thing"},
            "STREAMIT_PLAYBACK_SOURCES: cannot import no.such.Thing: ",
        ),
        (
            ["--port", "0"],
            {"STREAMIT_LOG_PATH": "/nonexistent/x.log"},
            "STREAMIT_LOG_PATH: cannot write to /nonexistent/x.log: No such file or directory",
        ),
        (["--port", "0"], {"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "DATABASE_URL: "),
    ],
)
def test_a_wrong_option_or_setting_is_named_in_one_line(
    data: Path, arguments: list[str], env: dict[str, str], expected: str
) -> None:
    line = refused("--data", str(data), *arguments, **env)

    assert expected in line


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    line = refused("--data", str(in_the_way))

    assert line == f"STREAMIT_DATA: cannot write to {in_the_way}: File exists"


def test_a_secret_whose_file_is_gone_ends_no_supervisor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "token"
    monkeypatch.setenv("STREAMIT_METRICS_TOKEN_FILE", str(gone))

    launch_up.log_event("process ended", "server", "exit code 1")

    said = capsys.readouterr().err
    assert said.startswith("process ended: server: exit code 1 (not in the log: STREAMIT_METRICS_")
    assert str(gone) in said
