import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from launch import valkey
from tests.config.entrance import call, enter_a_room
from tests.support.patience import PATIENCE_S
from tests.support.servers import Server, Servers, copy_template


def ask(server: Server, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    return call(server.port, method, path, Host="whatever.example")


def open_sockets(server: Server) -> list[str]:
    return values(server, "streamit_sockets")


def values(server: Server, metric: str) -> list[str]:
    status, headers, body = ask(server, "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=")
    return re.findall(rf"^{metric}(?:{{.*}})? (.+)$", body, re.MULTILINE)


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[int]:
    """A Valkey that the test may stop and kill; its process id."""
    process = valkey.start(tmp_path / "own")
    yield process.pid
    process.kill()
    process.wait()


def test_health_is_ok_when_database_and_redis_answer(servers: Servers) -> None:
    server = servers.start()

    status, headers, body = ask(server, "/healthz")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    parts = {"database": "ok", "redis": "ok", "disk": "ok"}
    assert json.loads(body) == {"status": "ok", **parts}

    status, headers, nothing = ask(server, "/healthz", "HEAD")
    assert (status, headers["content-length"], nothing) == (200, str(len(body)), "")


def test_a_redis_that_hangs_and_then_one_that_is_gone_are_named(
    own_valkey: int, migrated_template: Path, tmp_path: Path
) -> None:
    data = copy_template(migrated_template, tmp_path / "data")
    servers = Servers(data, f"unix://{tmp_path / 'own' / 'valkey.sock'}")
    try:
        server = servers.start()
        for sign in (signal.SIGSTOP, signal.SIGKILL):
            os.kill(own_valkey, sign)
            status, _, body = ask(server, "/healthz")
            assert status == 503
            assert json.loads(body) == {
                "status": "unavailable",
                "database": "ok",
                "redis": "unreachable",
                "disk": "ok",
            }
    finally:
        servers.stop_all()


def test_a_database_that_is_gone_is_named(servers: Servers) -> None:
    server = servers.start()
    database = servers.data / "streamit.sqlite3"
    database.rename(servers.data / "away")
    database.mkdir()

    status, _, body = ask(server, "/healthz")

    assert status == 503
    assert json.loads(body)["database"] == "unreachable"
    assert json.loads(body)["redis"] == "ok"


def test_metrics_add_up_the_processes_of_one_machine(servers: Servers, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    env = {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    first, second = servers.start(env=env), servers.start(env=env)

    with connect(enter_a_room(first.port)) as one, connect(enter_a_room(second.port)) as other:
        one.recv(timeout=PATIENCE_S)
        other.recv(timeout=PATIENCE_S)

        assert open_sockets(first) == open_sockets(second) == ["2.0"]


def test_a_process_alone_answers_for_itself(servers: Servers) -> None:
    first, second = servers.start(), servers.start()

    with connect(enter_a_room(first.port)) as viewer:
        viewer.recv(timeout=PATIENCE_S)

        assert open_sockets(first) == ["1.0"]
        assert open_sockets(second) == ["0.0"]
        # The viewer's, and the one that answers us.
        [tasks] = values(first, "streamit_tasks")
        assert float(tasks) >= 2


def test_metrics_are_for_this_machine_a_named_network_or_who_has_the_token(
    servers: Servers,
) -> None:
    open_here = servers.start(env={"STREAMIT_METRICS_NETWORKS": "127.0.0.1/32"})
    closed = servers.start(
        env={"STREAMIT_METRICS_NETWORKS": "10.0.0.0/8", "STREAMIT_METRICS_TOKEN": "t0ken"}
    )

    def status(server: Server, **headers: str) -> int:
        return call(server.port, "GET", "/metrics", **headers)[0]

    assert status(open_here) == 200
    # Through a proxy on this machine, for somebody else.
    assert status(open_here, **{"X-Forwarded-For": "203.0.113.9"}) == 404
    assert status(closed) == 404
    assert status(closed, Authorization="Bearer wrong") == 404
    assert status(closed, Authorization="Bearer t0ken") == 200
