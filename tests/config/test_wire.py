"""The socket wire, over real sockets and in the loop that serves in production."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from config import server
from config import wire as wires
from config.wire import MAX_FRAME_BYTES, WIRE, RoomSocketProtocol

T = TypeVar("T")


def text_frame(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Stage:
    """A server in a thread whose application hands each socket's wire to the test."""

    def __init__(self) -> None:
        self.wires: queue.Queue[RoomSocketProtocol] = queue.Queue()
        self.received: queue.Queue[Any] = queue.Queue()
        self.outcomes: queue.Queue[str] = queue.Queue()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server = uvicorn.Server(server.configure(self.application))
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],))
        self.thread.start()

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        self.wires.put(scope["extensions"][WIRE])
        while True:
            message = await receive()
            self.received.put(message)
            if message["type"] == "websocket.disconnect":
                return
            if message["text"] == "fail":
                raise RuntimeError("on purpose")
            if message["text"] == "flood":
                await self.flood(send)

    async def flood(self, send: Any) -> None:
        """Send until that fails, and tell the test how it failed."""
        try:
            while True:
                await send({"type": "websocket.send", "text": "x" * 60_000})
        except OSError as error:
            self.outcomes.put(type(error).__name__)
            raise

    @contextlib.contextmanager
    def connect(self) -> Iterator[tuple[ClientConnection, RoomSocketProtocol]]:
        with connect(f"ws://127.0.0.1:{self.port}/ws/rooms/abc/?ticket=very-secret") as client:
            yield client, self.wires.get(timeout=5)

    @contextlib.contextmanager
    def connect_without_reading(self) -> Iterator[tuple[socket.socket, RoomSocketProtocol]]:
        """Connect with a client that never takes what the server sends after the handshake."""
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", self.port))
            client.sendall(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            yield client, self.wires.get(timeout=5)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.stop()


def in_loop(wire: RoomSocketProtocol, action: Callable[[], T]) -> T:
    """Run ``action`` in the server's loop, as a hub does."""
    done: queue.Queue[T] = queue.Queue()
    wire.loop.call_soon_threadsafe(lambda: done.put(action()))
    return done.get(timeout=5)


def why_closed(client: ClientConnection) -> tuple[int, str]:
    """Wait until the server closes; return its code and reason, (1006, "") without any."""
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=5)
    close = closed.value.rcvd
    return (close.code, close.reason) if close else (1006, "")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read_to_the_end(client: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(1 << 20):
            parts.append(part)
    return b"".join(parts)


def test_a_written_frame_arrives_as_one_message(stage: Stage) -> None:
    with stage.connect() as (client, wire):
        in_loop(wire, lambda: wire.write(text_frame("grüße")))

        assert client.recv(timeout=5) == "grüße"
        assert in_loop(wire, wire.buffered_bytes) == 0


def test_close_tells_the_peer_the_code_and_the_application_that_it_is_over(stage: Stage) -> None:
    with stage.connect() as (client, wire):
        in_loop(wire, lambda: wire.close(4409, "kicked"))

        assert why_closed(client) == (4409, "kicked")
    assert stage.received.get(timeout=5) == {
        "type": "websocket.disconnect",
        "code": 4409,
        "reason": "kicked",
    }


def test_nothing_is_written_after_close_and_closing_twice_is_harmless(stage: Stage) -> None:
    def close_and_go_on(wire: RoomSocketProtocol) -> None:
        wire.close(4409, "first")
        wire.write(text_frame("too late"))
        wire.close(4410, "second")

    with stage.connect() as (client, wire):
        in_loop(wire, lambda: close_and_go_on(wire))

        assert why_closed(client) == (4409, "first")


def test_unread_bytes_show_and_a_viewer_who_stopped_reading_is_dropped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "CLOSE_HANDSHAKE_S", 0.2)

    def write_much(wire: RoomSocketProtocol) -> int:
        for _ in range(200):
            wire.write(text_frame("x" * 60_000))
        return wire.buffered_bytes()

    with stage.connect_without_reading() as (client, wire):
        assert in_loop(wire, lambda: write_much(wire)) > 1_000_000

        in_loop(wire, lambda: wire.close(4408, "too slow"))

        assert stage.received.get(timeout=5)["code"] == 4408
        wait_until(lambda: wire.disconnected)
        assert len(read_to_the_end(client)) < 12_000_000


def test_close_frees_an_application_that_waits_to_send(stage: Stage) -> None:
    with stage.connect_without_reading() as (client, wire):
        client.sendall(Frame(Opcode.TEXT, b"flood").serialize(mask=True))
        assert stage.received.get(timeout=5)["text"] == "flood"
        wait_until(lambda: not wire.writable.is_set())

        in_loop(wire, lambda: wire.close(4408, "too slow"))

        assert stage.outcomes.get(timeout=5) == "ClientDisconnected"


def test_an_ending_server_closes_its_sockets_with_1012(stage: Stage) -> None:
    with stage.connect() as (client, _):
        stage.server.should_exit = True

        assert why_closed(client)[0] == 1012


def test_a_frame_beyond_the_buffer_limit_closes_the_socket(stage: Stage) -> None:
    with stage.connect() as (client, _):
        client.send("x" * (MAX_FRAME_BYTES + 1))

        assert why_closed(client)[0] == 1009


def test_a_failing_application_is_logged_without_its_ticket(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with stage.connect() as (client, _):
        caplog.clear()
        client.send("fail")
        why_closed(client)

    assert "on purpose" in caplog.text
    assert "very-secret" not in caplog.text
