"""Viewers of a file over plain sockets, who read everything, read at the film's speed, or stall.

Run as ``python -m bench.rig.viewers PORT TARGET COUNT`` for viewers who read at the film's speed
until standard input is closed. Prints ``ready`` once all of them are reading.
"""

import contextlib
import select
import socket
import sys
import time
from collections.abc import Iterator, Sequence

# 2 Mbit/s, read as a player does: one piece from time to time.
PIECE_BYTES = 64 * 1024
PIECE_EVERY_S = 0.25
PATIENCE_S = 60.0


def ask(port: int, target: str, *, first: int = 0, last: int | None = None) -> socket.socket:
    """Connect and request bytes ``first`` to ``last``, without reading the response."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    request(connection, target, first=first, last=last)
    return connection


def request(
    connection: socket.socket, target: str, *, first: int = 0, last: int | None = None
) -> None:
    """Request bytes ``first`` to ``last``, on a connection that closes after the response."""
    end = "" if last is None else last
    head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={first}-{end}\r\n"
    connection.sendall(f"{head}Connection: close\r\n\r\n".encode())


class Piecewise:
    """A viewer who requests one piece after the other on one connection, as HLS players do."""

    def __init__(self, port: int, target: str, pieces: range, piece_bytes: int) -> None:
        """Start; ``pieces`` are numbered from the beginning of the file."""
        self.line = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._target, self._pieces, self._piece_bytes = target, iter(pieces), piece_bytes
        self._head, self._left_bytes = b"", 0
        self.is_done = not self._ask()

    def take(self, data: memoryview) -> None:
        """Read on, and request the next piece after the last one. Raises ConnectionError."""
        if not data:
            raise ConnectionError("the server closed the connection")
        if self._left_bytes == 0:
            self._head += data
            head, found, rest = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 206 " not in head[:20]:
                raise ConnectionError(head.decode("latin-1"))
            self._head, self._left_bytes = b"", self._piece_bytes - len(rest)
        else:
            self._left_bytes -= len(data)
        if self._left_bytes == 0:
            self.is_done = not self._ask()

    def _ask(self) -> bool:
        number = next(self._pieces, None)
        if number is None:
            return False
        first = number * self._piece_bytes
        head = f"GET {self._target} HTTP/1.1\r\nHost: localhost\r\n"
        self.line.sendall(
            f"{head}Range: bytes={first}-{first + self._piece_bytes - 1}\r\n\r\n".encode()
        )
        return True


def pull_pieces(port: int, target: str, count: int, pieces: int, piece_bytes: int) -> None:
    """Let ``count`` viewers each read this many pieces, from the beginning of the film."""
    buffer = memoryview(bytearray(1024 * 1024))
    with contextlib.ExitStack() as stack:
        poll = stack.enter_context(contextlib.closing(select.epoll()))
        reading = {}
        for _ in range(count):
            viewer = Piecewise(port, target, range(pieces), piece_bytes)
            stack.enter_context(viewer.line)
            reading[viewer.line.fileno()] = viewer
            poll.register(viewer.line, select.EPOLLIN)
        while reading:
            events = poll.poll(PATIENCE_S)
            if not events:
                raise TimeoutError
            for number, _ in events:
                viewer = reading[number]
                viewer.take(buffer[: viewer.line.recv_into(buffer)])
                if viewer.is_done:
                    poll.unregister(viewer.line)
                    del reading[number]


def first_byte_s(connection: socket.socket, began_s: float) -> float:
    """Return how long after ``began_s`` the first byte of the content came."""
    received = b""
    while received.partition(b"\r\n\r\n")[2] == b"":
        chunk = connection.recv(4096)
        if not chunk:
            raise ConnectionError(received.decode("latin-1"))
        received += chunk
    if b" 206 " not in received[:20]:
        raise ConnectionError(received.decode("latin-1"))
    return time.perf_counter() - began_s


def seek(port: int, target: str, first: int) -> float:
    """Request bytes from ``first`` on a new connection; return the time to the first byte."""
    began_s = time.perf_counter()
    with ask(port, target, first=first) as connection:
        return first_byte_s(connection, began_s)


@contextlib.contextmanager
def stalled(port: int, target: str, count: int) -> Iterator[None]:
    """Hold ``count`` viewers who request everything and read only the beginning."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(ask(port, target))
            first_byte_s(connection, 0)
        yield


def pull(port: int, target: str, count: int, bytes_each: int) -> list[float]:
    """Let ``count`` viewers read everything at once; return their times to the first byte."""
    buffer = bytearray(1024 * 1024)
    with contextlib.ExitStack() as stack:
        viewers = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S))
            for _ in range(count)
        ]
        poll = stack.enter_context(contextlib.closing(select.epoll()))
        asked_s: dict[int, float] = {}
        first_s: dict[int, float] = {}
        received = {viewer.fileno(): 0 for viewer in viewers}
        by_number = {viewer.fileno(): viewer for viewer in viewers}
        for viewer in viewers:
            poll.register(viewer, select.EPOLLIN)
            asked_s[viewer.fileno()] = time.perf_counter()
            request(viewer, target, last=bytes_each - 1)
            viewer.setblocking(False)
        while by_number:
            events = poll.poll(PATIENCE_S)
            if not events:
                raise TimeoutError
            for number, _ in events:
                size = by_number[number].recv_into(buffer)
                first_s.setdefault(number, time.perf_counter() - asked_s[number])
                received[number] += size
                if not size:
                    poll.unregister(by_number.pop(number))
    short = [size for size in received.values() if size < bytes_each]
    if short:
        raise ConnectionError(f"{len(short)} of {count} responses were incomplete: {short[:3]}")
    return list(first_s.values())


def watch(viewers: Sequence[socket.socket]) -> None:
    """Read from all viewers in turn, at the film's speed, until standard input is closed."""
    buffer = bytearray(PIECE_BYTES)
    for viewer in viewers:
        viewer.setblocking(False)
    while True:
        began_s = time.perf_counter()
        for viewer in viewers:
            with contextlib.suppress(BlockingIOError):
                viewer.recv_into(buffer)
        left_s = max(0.0, began_s + PIECE_EVERY_S - time.perf_counter())
        if select.select([sys.stdin], [], [], left_s)[0]:
            return


def main() -> None:
    port, target, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    viewers = [ask(port, target) for _ in range(count)]
    for viewer in viewers:
        first_byte_s(viewer, 0)
    print("ready", flush=True)
    watch(viewers)


if __name__ == "__main__":
    main()
