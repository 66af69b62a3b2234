"""A process that has imported slow modules, from which others are forked."""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MESSAGE_BYTES = 128 * 1024
PID_BYTES = 4


def start_parent(module: str) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start ``module``, which runs a Parent; return the socket for orders, and the process.

    It ends when all copies of the socket are closed.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return ours, process


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


class Parent:
    """Forks a child for each order, which consists of JSON and file descriptors.

    The first descriptor is a pipe, to which the child's pid is written in PID_BYTES, and its exit
    code when it has ended. Several processes may share the socket for orders.
    """

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._ending: dict[int, int] = {}
        self._dead, self._died = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._died, warn_on_full_buffer=False)

    def run(self) -> tuple[dict[str, Any], list[int]] | None:
        """Serve until all clients are gone, then return None. In a child, return its order."""
        with selectors.DefaultSelector() as watched:
            watched.register(self._orders, selectors.EVENT_READ)
            watched.register(self._dead, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in watched.select()}
                if self._dead in ready:
                    os.read(self._dead, 4096)
                    self._bury()
                if self._orders.fileno() in ready:
                    message, fds, _, _ = socket.recv_fds(self._orders, MESSAGE_BYTES, 8)
                    if not message:
                        return None
                    ending, *given = fds
                    pid = os.fork()
                    if not pid:
                        os.close(ending)
                        self._forget()
                        return json.loads(message), given
                    for fd in given:
                        os.close(fd)
                    self._ending[pid] = ending
                    _tell(ending, pid.to_bytes(PID_BYTES))

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
        self._orders.close()
        for fd in (*self._ending.values(), self._dead, self._died):
            os.close(fd)


def _tell(pipe: int, what: bytes) -> None:
    # The client may have been killed.
    with contextlib.suppress(BrokenPipeError):
        os.write(pipe, what)
