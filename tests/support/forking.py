"""A process that has imported slow modules, from which others are forked."""

import asyncio
import contextlib
import fcntl
import functools
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.shared_files import SHARED_FILES

ROOT = Path(__file__).resolve().parents[2]
MESSAGE_BYTES = 128 * 1024
PID_BYTES = 4


# Said to whoever connects, unless the parent is about to end.
WELCOME = b"."

# Kept, because one that nobody has waited for must not be collected as garbage.
_started: list[subprocess.Popen[bytes]] = []


def connect(module: str, name: str) -> socket.socket:
    """Return a connection to the Parent that ``module`` runs, which is started if nobody did yet.

    All test processes of a run have the same one if they give it the same name. It ends when all
    connections are closed.
    """
    path = _folder() / f"{name}.sock"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = _connected(path)
        if not connection:
            _start(module, path)
            connection = _connected(path)
    assert connection, f"{module} has ended"
    return connection


@functools.cache
def _folder() -> Path:
    if shared := os.environ.get(SHARED_FILES):
        return Path(shared)
    # In a bench.
    return Path(tempfile.mkdtemp(prefix="streamit-"))


def _connected(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with contextlib.suppress(FileNotFoundError, ConnectionError):
        connection.connect(str(path))
        if connection.recv(len(WELCOME)):
            return connection
    connection.close()
    return None


def _start(module: str, path: Path) -> None:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen(64)
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(listener.fileno())],
            cwd=ROOT,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
        )
    _started.append(process)


def request_fork(orders: socket.socket, order: dict[str, Any], fds: list[int]) -> tuple[int, int]:
    """Request a forked child; return its pid, and a pipe from which to read its exit code."""
    reading, writing = os.pipe()
    try:
        socket.send_fds(orders, [json.dumps(order).encode()], [writing, *fds])
    finally:
        os.close(writing)
    told = os.read(reading, PID_BYTES)
    assert told, "the process that others are forked from has ended"
    return int.from_bytes(told), reading


class Forked:
    """A running child, with the parts of asyncio's Process that do not depend on its pipes."""

    def __init__(self, pid: int, ending: int) -> None:
        self.pid = pid
        self._ending = ending
        loop = asyncio.get_running_loop()
        self._code: asyncio.Future[int] = loop.create_future()
        loop.add_reader(ending, self._ended)

    @property
    def returncode(self) -> int | None:
        return self._code.result() if self._code.done() else None

    def kill(self) -> None:
        if self._code.done():
            raise ProcessLookupError
        os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._code)

    def _ended(self) -> None:
        told = os.read(self._ending, 16)
        self._code.get_loop().remove_reader(self._ending)
        os.close(self._ending)
        assert told, "the process that it is forked from has ended"
        self._code.set_result(int(told))


class Parent:
    """Forks a child for each order, which consists of JSON and file descriptors.

    The first descriptor is a pipe, to which the child's pid is written in PID_BYTES, and its exit
    code when it has ended. Several processes may share a connection, too.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._connections: dict[int, socket.socket] = {}
        self._ending: dict[int, int] = {}
        self._dead, self._died = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._died, warn_on_full_buffer=False)

    def run(self) -> tuple[dict[str, Any], list[int]] | None:
        """Serve until all clients are gone, then return None. In a child, return its order."""
        with selectors.DefaultSelector() as watched:
            watched.register(self._listener, selectors.EVENT_READ)
            watched.register(self._dead, selectors.EVENT_READ)
            while True:
                for key, _ in watched.select():
                    if key.fileobj is self._listener:
                        watched.register(self._welcome(), selectors.EVENT_READ)
                    elif key.fd == self._dead:
                        os.read(self._dead, 4096)
                        self._bury()
                    else:
                        connection = self._connections[key.fd]
                        message, fds, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, 8)
                        if message and not self._fork(*fds):
                            return json.loads(message), fds[1:]
                        if not message:
                            watched.unregister(connection)
                            del self._connections[key.fd]
                            connection.close()
                            if not self._connections:
                                return None

    def _welcome(self) -> socket.socket:
        connection, _ = self._listener.accept()
        self._connections[connection.fileno()] = connection
        with contextlib.suppress(ConnectionError):
            connection.send(WELCOME)
        return connection

    def _fork(self, ending: int, *given: int) -> int:
        """Return the child's pid; in the child, 0."""
        pid = os.fork()
        # Whichever is first: the child has a group of its own before anybody can kill it.
        with contextlib.suppress(PermissionError):
            os.setpgid(pid, pid)
        if not pid:
            os.close(ending)
            self._forget()
            return 0
        for fd in given:
            os.close(fd)
        self._ending[pid] = ending
        _tell(ending, pid.to_bytes(PID_BYTES))
        return pid

    def _bury(self) -> None:
        while self._ending:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            ending = self._ending.pop(pid)
            _tell(ending, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(ending)

    def _forget(self) -> None:
        """Drop the parent's state in a child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (self._listener, *self._connections.values()):
            each.close()
        for fd in (*self._ending.values(), self._dead, self._died):
            os.close(fd)


def _tell(pipe: int, what: bytes) -> None:
    # The client may have been killed.
    with contextlib.suppress(BrokenPipeError):
        os.write(pipe, what)
