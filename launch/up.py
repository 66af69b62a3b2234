"""``manage.py up``: starts everything StreamIt needs on one machine, and keeps it running.

It does not import Django and does not check the settings: the first server process does, and
reports what is wrong. So nothing is imported twice in a row (a warm start takes half as long), and
broken server code does not break the supervisor.
"""

import argparse
import functools
import http.client
import json
import math
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from core.processes import IS_MIGRATED, MIGRATES, OWN_GROUP, WAITS, die_with_parent
from launch import data_folder, log_rotation, metrics_folder, pages, reload, valkey, valkey_disk
from launch.data_folder import ROOT, given
from launch.supervisor import TICK_S, Child, Supervisor
from server import addresses

READY_TIMEOUT_S = 60.0
NO_ANSWER = "the server does not answer"
# A little longer than the server's own limit (server.run.LAST_RESORT_S).
SERVER_STOP_TIMEOUT_S = 12.0
VALKEY_STOP_TIMEOUT_S = 10.0
# The texts that pydantic reads as true.
_TRUE = ("1", "on", "t", "true", "y", "yes")
# A worker only has to give back its job.
WORKER_STOP_TIMEOUT_S = 10.0


class NotStarted(SystemExit):
    """StreamIt cannot start; the text says why, in one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise NotStarted(f"streamit up: {message}")


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {lowest} to {highest}")
        return int(text)

    return parse


def parse_options(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line; raise NotStarted if it is wrong."""
    parser = _Parser(prog="streamit up", description="Start StreamIt and keep it running.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_number(0, 65535), default=8000, help="port to listen on (%(default)s)"
    )
    parser.add_argument("--data", type=Path, help="folder of all data (STREAMIT_DATA, or var)")
    parser.add_argument(
        "--workers", type=_number(1, 64), default=1, help="server processes (%(default)s)"
    )
    parser.add_argument(
        "--reload", action="store_true", help="restart and rebuild when the code changes"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Run until a signal asks to stop. Raises SystemExit with one line that says what is wrong."""
    began = time.monotonic()
    options = parse_options(arguments)
    data = data_folder.choose(options.data)
    prepare_data_folder(data)
    listener = addresses.listen(options.host, options.port)
    metrics = metrics_link(data, listener)
    supervisor = Supervisor(report=log_event)
    supervisor.take_signals()
    supervisor.each_tick.append(log_rotation.Rotation(log_files(data)).check)
    try:
        pages.build_when_stale(say)
        # Only now: the built pages are not secret, and other users may serve them.
        os.umask(data_folder.PRIVATE_UMASK)
        if not given("REDIS_URL"):
            say("Starting Valkey")
            start_valkey(supervisor, data / "valkey")
        say("Starting the server")
        told, telling = os.pipe()
        # Nobody reads the pipe once everything runs. Servers that start later must not wait for it.
        os.set_blocking(telling, False)
        server = server_maker(metrics_folder.make(metrics), listener, options.host, telling)
        supervisor.add(server())
        wait_until_migrated(supervisor, told)
        wait_until_ready(supervisor, listener)
        if not supervisor.stopping:
            # Only after the first server has checked the settings and the database.
            for _ in range(1, options.workers):
                supervisor.add(server())
            # Through float, because the settings also accept 2.0.
            for _ in range(int(float(given("STREAMIT_JOBS") or 1))):
                supervisor.add(Child("worker", start_worker, WORKER_STOP_TIMEOUT_S))
            address = public_address(listener, options.host)
            say(f"StreamIt is ready: {address} (after {time.monotonic() - began:.1f} s)")
            if options.reload:
                supervisor.add(reload.pages_builder())
                supervisor.each_tick.append(reload.Reload(supervisor).check)
        supervisor.run()
        say("Stopping")
    finally:
        # Closed first, so that nobody connects to a server that will not answer.
        listener.close()
        supervisor.stop()
        metrics_folder.remove(metrics)


def prepare_data_folder(data: Path) -> None:
    """Create the data folder, private and with a secret key."""
    data_folder.make(data)
    nginx_reads = given("STREAMIT_NGINX_SENDS_FILES").lower() in _TRUE
    data_folder.make_private(data, tell=say, nginx_reads=nginx_reads)
    if not given("STREAMIT_SECRET_KEY"):
        data_folder.make_secret_key(data / "secret_key")


def say(line: str) -> None:
    """Print a line for the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def log_files(data: Path) -> list[Path]:
    """Return the log files of our processes."""
    chosen = given("STREAMIT_LOG_PATH")
    return [data / "valkey" / valkey.LOG, *([Path(chosen)] if chosen else [])]


def log_event(event: str, child: str, why: str) -> None:
    """Log an event of the supervisor in the format of the servers; imports what that needs.

    If that fails, because a secret's file is gone or code is broken, the supervisor goes on.
    """
    try:
        _log_event(event, child, why)
    except (Exception, SystemExit) as error:
        sys.stderr.write(f"{event}: {child}: {why} (not in the log: {error})\n")


def _log_event(event: str, child: str, why: str) -> None:
    import structlog

    from config.environment import read_environment
    from config.logs import configure_logging

    environment = read_environment()
    configure_logging(
        level=environment.log_level,
        as_json=environment.log_format == "json",
        file=environment.log_path,
    )
    structlog.get_logger(__name__).warning(event, child=child, why=why)


def start_valkey(supervisor: Supervisor, folder: Path) -> None:
    """Keep the embedded Valkey running, also on a full disk, and log its problems."""

    def tell(what: str) -> None:
        log_event("append-only file", "valkey", what)

    start = functools.partial(valkey.start, folder, tell=tell)
    supervisor.add(Child("valkey", start, VALKEY_STOP_TIMEOUT_S))
    supervisor.each_tick.append(valkey_disk.DiskWatch(folder, tell).check)


def metrics_link(data: Path, listener: socket.socket) -> Path:
    """Return the path of the link, in the data folder, to the metrics of this run."""
    # Two machines may share a data folder, and one machine may listen on two addresses.
    address, port = listener.getsockname()[:2]
    return data / "run" / f"{socket.gethostname()}-{address}-{port}" / "metrics"


def server_maker(
    metrics: Path | None, listener: socket.socket, host: str, telling: int
) -> Callable[[], Child]:
    """Return a function that starts servers, which share ``listener``, ``telling`` and metrics."""
    hosts = ",".join([given("STREAMIT_HOSTS"), *reachable_names(listener, host)])
    variables = {**os.environ, "STREAMIT_HOSTS": hosts}
    variables.pop("STREAMIT_HOSTS_FILE", None)
    start = functools.partial(start_server, listener, telling, variables)
    if metrics is None:
        return lambda: Child("server", start, SERVER_STOP_TIMEOUT_S)
    variables["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    return lambda: Child(
        "server",
        start,
        SERVER_STOP_TIMEOUT_S,
        died=lambda pid: metrics_folder.forget(metrics, pid),
    )


def reachable_names(listener: socket.socket, host: str) -> list[str]:
    """Return the host names to accept because of where we listen, as a setting."""
    if addresses.is_wildcard(listener):
        names = addresses.own_names(listener)
    else:
        given_names = dict.fromkeys([listener.getsockname()[0], host])
        names = [f"[{name}]" if ":" in name else name for name in given_names]
    # A machine may have a name that browsers cannot send.
    return [name for name in names if addresses.is_host(name)]


def start_server(
    listener: socket.socket, telling: int, variables: dict[str, str]
) -> subprocess.Popen[bytes]:
    """Start a server process on the listening socket that all of them share.

    It writes to the pipe ``telling`` when it waits for the database, migrates it, or is done.
    """
    fds = ["--fd", str(listener.fileno()), "--migrate", str(telling)]
    return subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "serve", *fds],
        env=variables,
        pass_fds=[listener.fileno(), telling],
        stdin=subprocess.DEVNULL,
        process_group=OWN_GROUP,
        preexec_fn=die_with_parent(),
    )


def start_worker() -> subprocess.Popen[bytes]:
    """Start a process that converts films, at low priority."""
    return subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "work", "--idle"],
        stdin=subprocess.DEVNULL,
        process_group=OWN_GROUP,
        preexec_fn=die_with_parent(),
    )


def wait_until_migrated(
    supervisor: Supervisor, told: int, timeout_s: float = READY_TIMEOUT_S
) -> None:
    """Wait until the server reports, through the pipe ``told``, that its database is ready.

    There is no time limit for migrations, because an interrupted one would begin again at the next
    start, and none while the server waits for an external database, because it has its own limit.
    Raises NotStarted if it does not get that far.
    """
    deadline = time.monotonic() + timeout_s
    while not supervisor.stopping:
        check_children(supervisor)
        supervisor.check_all()
        is_told = select.select([told], [], [], TICK_S)[0]
        news = os.read(told, 64) if is_told else b""
        if WAITS in news:
            deadline = math.inf
        if MIGRATES in news:
            say("Bringing the database up to date")
            deadline = math.inf
        if IS_MIGRATED in news:
            return
        if time.monotonic() > deadline:
            raise NotStarted(NO_ANSWER)


def check_children(supervisor: Supervisor) -> None:
    """Raise SystemExit if a child has ended before everything runs."""
    for child in supervisor.children:
        if child.process and (code := child.process.poll()) is not None:
            # With exit code 1 it has printed why.
            raise SystemExit(1 if code == 1 else f"{child.name} ended with exit code {code}")


def wait_until_ready(supervisor: Supervisor, listener: socket.socket) -> None:
    """Wait until /healthz answers 200; raise NotStarted if it does not."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    failing = NO_ANSWER
    while not supervisor.stopping:
        check_children(supervisor)
        supervisor.check_all()
        report = ask_health(listener)
        if report and report["status"] != "unavailable":
            return
        if report:
            part = next(name for name, state in report.items() if state == "unreachable")
            variables = {"database": "DATABASE_URL", "redis": "REDIS_URL", "disk": "STREAMIT_DATA"}
            variable = variables[part]
            failing = f"{variable}: the {part} there does not answer"
        if time.monotonic() > deadline:
            raise NotStarted(failing)
        time.sleep(TICK_S)


def ask_health(listener: socket.socket) -> dict[str, str] | None:
    """Return the status of /healthz, or None while nothing answers."""
    host, port = listener.getsockname()[:2]
    if addresses.is_wildcard(listener):
        host = "::1" if ":" in host else "127.0.0.1"
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        report: dict[str, str] = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    else:
        return report
    finally:
        connection.close()


def public_address(listener: socket.socket, host: str) -> str:
    """Return the address to open in a browser."""
    if url := given("STREAMIT_PUBLIC_URL"):
        return url.rstrip("/")
    if addresses.is_wildcard(listener):
        host = addresses.main_address()
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
