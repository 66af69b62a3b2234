"""The socket wire, over real sockets and in the loop that serves in production."""

import asyncio
import contextlib
import queue
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from presence.store import Lease
from rooms.live.connections import Connection, Connections
from server import websocket as wires
from server.send_queue import BEHIND_BYTES, WireSendQueue
from server.websocket import MAX_FRAME_BYTES, RoomSocketProtocol
from server.wire import WIRE
from server.wire import Frame as OutFrame
from tests.server.threaded_server import Stage
from tests.support.patience import PATIENCE_S
from tests.support.waiting import wait_until

T = TypeVar("T")

# More than the system's own buffers take.
UNREAD_BYTES = 6_000_000
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def text_frame(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class SocketStage(Stage):
    """Its application hands each socket's wire to the test."""

    def __init__(self) -> None:
        self.wires: queue.Queue[RoomSocketProtocol] = queue.Queue()
        self.received: queue.Queue[Any] = queue.Queue()
        self.outcomes: queue.Queue[str] = queue.Queue()
        self.asked, self.may_accept = threading.Event(), threading.Event()
        self.may_accept.set()
        super().__init__()

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        self.asked.set()
        await asyncio.to_thread(self.may_accept.wait)
        await send({"type": "websocket.accept"})
        self.wires.put(scope["extensions"][WIRE])
        while True:
            message = await receive()
            self.received.put(message)
            if message["type"] == "websocket.disconnect":
                return
            match message.get("text"):
                case "fail":
                    raise RuntimeError("on purpose")
                case "flood":
                    await self.flood(send)
                case "leave":
                    await send({"type": "websocket.close", "code": 4401})

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
            yield client, self.wires.get(timeout=PATIENCE_S)

    @contextlib.contextmanager
    def connect_without_reading(self) -> Iterator[tuple[socket.socket, RoomSocketProtocol]]:
        """Connect with a client that never takes what the server sends after the handshake."""
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", self.port))
            client.sendall(HANDSHAKE)
            yield client, self.wires.get(timeout=PATIENCE_S)


@pytest.fixture
def stage() -> Iterator[SocketStage]:
    stage = SocketStage()
    yield stage
    stage.stop()


def in_loop(wire: RoomSocketProtocol, action: Callable[[], T]) -> T:
    """Run ``action`` in the server's loop, as a hub does."""
    done: queue.Queue[T] = queue.Queue()
    wire.loop.call_soon_threadsafe(lambda: done.put(action()))
    return done.get(timeout=PATIENCE_S)


def why_closed(client: ClientConnection) -> tuple[int, str]:
    """Wait until the server closes; return its code and reason, (1006, "") without any."""
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=PATIENCE_S)
    close = closed.value.rcvd
    return (close.code, close.reason) if close else (1006, "")


def read_to_the_end(client: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(1 << 20):
            parts.append(part)
    return b"".join(parts)


def test_a_frame_that_is_offered_arrives_as_one_message(stage: SocketStage) -> None:
    with stage.connect() as (client, wire):
        assert in_loop(wire, lambda: wire.offer(text_frame("grüße"), most_bytes=1))

        assert client.recv(timeout=PATIENCE_S) == "grüße"


def test_close_tells_the_peer_the_code_and_the_application_that_it_is_over(
    stage: SocketStage,
) -> None:
    with stage.connect() as (client, wire):
        in_loop(wire, lambda: wire.close(4409, "kicked"))

        assert why_closed(client) == (4409, "kicked")
    assert stage.received.get(timeout=PATIENCE_S) == {
        "type": "websocket.disconnect",
        "code": 4409,
        "reason": "kicked",
    }


def test_nothing_is_written_after_close_and_closing_twice_is_harmless(stage: SocketStage) -> None:
    def close_and_go_on(wire: RoomSocketProtocol) -> None:
        wire.close(4409, "first")
        assert wire.offer(text_frame("too late"), most_bytes=1)
        wire.close(4410, "second")

    with stage.connect() as (client, wire):
        in_loop(wire, lambda: close_and_go_on(wire))

        assert why_closed(client) == (4409, "first")


def test_no_more_is_taken_than_may_wait_and_a_viewer_who_stopped_reading_is_dropped(
    stage: SocketStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "CLOSE_HANDSHAKE_S", 0.2)

    def offer_much(wire: RoomSocketProtocol) -> bool:
        frame = text_frame("x" * 60_000)
        return all(wire.offer(frame, most_bytes=1_000_000) for _ in range(1_000))

    with stage.connect_without_reading() as (client, wire):
        assert not in_loop(wire, lambda: offer_much(wire))

        in_loop(wire, lambda: wire.close(4408, "too slow"))

        assert stage.received.get(timeout=PATIENCE_S)["code"] == 4408
        wait_until(lambda: wire.disconnected)
        assert len(read_to_the_end(client)) < 20_000_000


def test_the_system_keeps_little_for_a_viewer_who_stopped_reading(stage: SocketStage) -> None:

    def offer_until_it_waits(wire: RoomSocketProtocol) -> int:
        frame, taken_bytes = text_frame("x" * 1000), 0
        while wire.offer(frame, most_bytes=1):
            taken_bytes += len(frame)
        return taken_bytes

    with stage.connect_without_reading() as (_, wire):
        assert in_loop(wire, lambda: offer_until_it_waits(wire)) < 256 * 1024


def test_a_viewer_who_reads_again_gets_the_newest_state_before_what_else_waited(
    stage: SocketStage,
) -> None:
    def leave_him_behind(wire: RoomSocketProtocol) -> WireSendQueue:
        send_queue = WireSendQueue(wire)
        while wire.offer(text_frame("x" * 60_000), most_bytes=BEHIND_BYTES):
            pass
        for number in range(3):
            send_queue.send(OutFrame(f"chat {number}"))
            send_queue.send(OutFrame(f"state {number}", newest_only=True))
        return send_queue

    with stage.connect_without_reading() as (client, wire):
        send_queue = in_loop(wire, lambda: leave_him_behind(wire))
        got = b""
        while not got.endswith(text_frame("chat 2")):
            got += client.recv(1 << 20)
            in_loop(wire, send_queue.tend)

    waited = [text_frame(text) for text in ("state 2", "chat 0", "chat 1", "chat 2")]
    assert got.endswith(b"".join(waited))
    assert text_frame("state 1") not in got


def a_seat(wire: RoomSocketProtocol) -> Connection:
    return Connection(Lease("abc", "ana", "Ana", "c1"), WireSendQueue(wire), 0.0)


def test_what_a_room_tells_arrives_whole_and_in_order_when_part_of_it_had_to_wait(
    stage: SocketStage,
) -> None:
    connections, told, may_read = Connections(), bytearray(), threading.Event()

    def tell(text: str) -> None:
        frame = OutFrame(text)
        told.extend(frame.wire)
        connections.deliver(frame)

    def tell_past_what_waits(wire: RoomSocketProtocol) -> None:
        while not wire.fast_path.get_write_buffer_size():
            tell("x" * 20_000)
        # The operating system has room again before the loop has seen it.
        may_read.set()
        select.select([], [wire.transport.get_extra_info("socket").fileno()], [], 5)
        for number in range(5):
            tell(f"{number}")

    def read(client: socket.socket) -> bytes:
        may_read.wait(5)
        got = client.recv(1 << 22)
        while not got.endswith(text_frame("4")):
            got += client.recv(1 << 22)
        return got

    with stage.connect_without_reading() as (client, wire), ThreadPoolExecutor(1) as pool:
        client.settimeout(5)
        connections.add(connection := a_seat(wire))
        reading = pool.submit(read, client)
        in_loop(wire, lambda: tell_past_what_waits(wire))
        wait_until(lambda: in_loop(wire, connection.send_queue.tend) is None and reading.done())

        after_the_handshake = reading.result().partition(b"\r\n\r\n")[2]
        assert after_the_handshake == told


@pytest.mark.parametrize("end", ["close frame", "half close", "reset"])
def test_nothing_is_written_past_a_connection_that_ends(stage: SocketStage, end: str) -> None:
    """Its descriptor is another connection's soon."""
    connections = Connections()

    def tell(wire: RoomSocketProtocol) -> int:
        connections.deliver(OutFrame("hello"))
        return wire.fast_path.descriptor

    with stage.connect_without_reading() as (client, wire):
        connections.add(a_seat(wire))
        assert in_loop(wire, lambda: tell(wire)) >= 0
        match end:
            case "close frame":
                client.sendall(Frame(Opcode.CLOSE, b"").serialize(mask=True))
            case "half close":
                client.shutdown(socket.SHUT_WR)
            case "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()

        assert stage.received.get(timeout=PATIENCE_S)["type"] == "websocket.disconnect"
        assert in_loop(wire, lambda: tell(wire)) == -1


def test_a_ping_leaves_the_short_way_open(stage: SocketStage) -> None:
    """Each socket is pinged every 20 s; the message after that must not cost more."""
    connections = Connections()

    def tell_and_ping(wire: RoomSocketProtocol) -> int:
        connections.deliver(OutFrame("hello"))
        wire.send_keepalive_ping()
        return wire.fast_path.descriptor

    with stage.connect() as (client, wire):
        connections.add(a_seat(wire))
        assert in_loop(wire, lambda: tell_and_ping(wire)) >= 0
        client.ping().wait(timeout=PATIENCE_S)
        assert in_loop(wire, lambda: wire.fast_path.descriptor) >= 0


def test_a_ping_does_not_open_the_short_way_past_what_a_room_keeps_back(
    stage: SocketStage,
) -> None:
    """Else the room's next message would overtake those that wait for a slow viewer."""

    def ping(wire: RoomSocketProtocol) -> int:
        wire.send_keepalive_ping()
        return wire.fast_path.descriptor

    with stage.connect() as (client, wire):
        assert in_loop(wire, lambda: ping(wire)) == -1
        client.ping().wait(timeout=PATIENCE_S)
        assert in_loop(wire, lambda: wire.fast_path.descriptor) == -1


def test_close_frees_an_application_that_waits_to_send(stage: SocketStage) -> None:
    with stage.connect_without_reading() as (client, wire):
        client.sendall(Frame(Opcode.TEXT, b"flood").serialize(mask=True))
        assert stage.received.get(timeout=PATIENCE_S)["text"] == "flood"
        wait_until(lambda: not wire.writable.is_set())

        in_loop(wire, lambda: wire.close(4408, "too slow"))

        assert stage.outcomes.get(timeout=PATIENCE_S) == "ClientDisconnected"


def test_an_ending_server_closes_its_sockets_with_1012(stage: SocketStage) -> None:
    with stage.connect() as (client, _):
        stage.server.end()

        assert why_closed(client)[0] == 1012


def test_an_ending_server_listens_no_more_before_it_sends_anybody_away(
    stage: SocketStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else they would come to the process beside it, which ends in the same moment."""
    listened = []
    send_away = uvicorn.Server.shutdown

    async def look_and_send_away(*args: Any) -> None:
        listened.append(is_listening(stage.port))
        await send_away(*args)

    monkeypatch.setattr(uvicorn.Server, "shutdown", look_and_send_away)
    with stage.connect() as (client, _):
        stage.server.end()

        assert why_closed(client)[0] == 1012
    assert listened == [False]


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
    except ConnectionRefusedError:
        return False
    return True


def test_who_closes_without_taking_what_waits_for_them_is_cut(
    stage: SocketStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is given up: nobody else would count it, or what waits."""
    monkeypatch.setattr(wires, "CLOSE_HANDSHAKE_S", 0.2)
    with closing_unread(stage) as wire:
        wait_until(lambda: wire.disconnected)


def test_an_ending_server_does_not_stumble_over_who_reads_no_more(stage: SocketStage) -> None:
    with (
        closing_unread(stage),
        stage.connect_without_reading() as (_, stalled),
        stage.connect() as (client, _),
    ):
        in_loop(stalled, lambda: stalled.transport.write(bytes(UNREAD_BYTES)))
        stage.server.end()

        assert why_closed(client)[0] == 1012
        stage.thread.join(10)
        assert stage.ended_well


@contextlib.contextmanager
def closing_unread(stage: SocketStage) -> Iterator[RoomSocketProtocol]:
    """Have a client close who has not read what waits for them, and never will."""
    with stage.connect_without_reading() as (client, wire):
        in_loop(wire, lambda: wire.transport.write(bytes(UNREAD_BYTES)))
        client.sendall(Frame(Opcode.CLOSE, b"").serialize(mask=True))
        assert stage.received.get(timeout=PATIENCE_S)["type"] == "websocket.disconnect"
        yield wire


@pytest.mark.parametrize("size_bytes", [MAX_FRAME_BYTES + 1, 1024 * 1024])
def test_a_message_too_large_is_refused_by_its_announced_length(
    stage: SocketStage, size_bytes: int
) -> None:
    with stage.connect() as (client, wire):
        client.send("x" * size_bytes)

        assert why_closed(client) == (4413, "too large")
        assert stage.received.get(timeout=PATIENCE_S)["code"] == 4413
        wait_until(lambda: wire.disconnected)


def test_who_sends_without_end_after_a_refusal_is_cut(
    stage: SocketStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "LATE_BYTES", 1024 * 1024)
    monkeypatch.setattr(wires, "CLOSE_HANDSHAKE_S", 600)
    with stage.connect_without_reading() as (client, wire):
        # The head of a frame of 2 ** 40 bytes.
        client.sendall(b"\x81\xff" + (2**40).to_bytes(8, "big") + bytes(4))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            client.sendall(bytes(64 * 1024 * 1024))
        wait_until(lambda: wire.disconnected)


def test_many_small_messages_in_one_piece_arrive_in_order(stage: SocketStage) -> None:
    texts = [str(number) for number in range(3000)]
    frames = [Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in texts]
    with stage.connect_without_reading() as (client, _):
        client.sendall(b"".join(frames))

        assert [stage.received.get(timeout=PATIENCE_S)["text"] for _ in texts] == texts


def test_few_pings_are_answered_and_a_flood_of_them_is_refused(stage: SocketStage) -> None:
    with stage.connect() as (client, _):
        for _ in range(wires.PING_BURST):
            assert client.ping().wait(5)
        with contextlib.suppress(ConnectionClosed):
            for _ in range(100):
                client.ping()

        assert why_closed(client) == (4429, "too many pings")


# How each kind of frame is stopped that comes without end, with code and reason; None: the
# application takes one after the other, and counts them.
FLOODS: dict[Opcode, tuple[int, str] | None] = {
    Opcode.TEXT: None,
    Opcode.BINARY: None,
    Opcode.CONT: (4400, "too many fragments"),
    Opcode.PING: (4429, "too many pings"),
    Opcode.PONG: (4429, "too many pongs"),
    # After the first nothing is parsed.
    Opcode.CLOSE: (1000, ""),
}


@pytest.mark.parametrize("opcode", Opcode, ids=lambda opcode: opcode.name)
def test_no_kind_of_frame_may_come_without_end(stage: SocketStage, opcode: Opcode) -> None:
    """Each takes its time, also where no application hears of it."""
    begin = Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True)
    data = (1000).to_bytes(2, "big") if opcode is Opcode.CLOSE else b""
    frame = Frame(opcode, data, fin=opcode is not Opcode.CONT).serialize(mask=True)
    with stage.connect_without_reading() as (client, _):
        client.sendall(begin * (opcode is Opcode.CONT) + frame * 1000)

        if end := FLOODS[opcode]:
            told = stage.received.get(timeout=PATIENCE_S)
            assert (told["code"], told["reason"]) == end
        else:
            for _ in range(1000):
                assert stage.received.get(timeout=PATIENCE_S)["type"] == "websocket.receive"


def test_every_ping_of_ours_may_be_answered(stage: SocketStage) -> None:
    def ping(wire: RoomSocketProtocol) -> None:
        wire.stop_keepalive()
        wire.send_keepalive_ping()

    with stage.connect() as (client, wire), ThreadPoolExecutor(1) as pool:
        # Whoever reads answers pings.
        reading = pool.submit(why_closed, client)
        for _ in range(2 * wires.PING_BURST):
            in_loop(wire, lambda: ping(wire))
            wait_until(lambda: wire.pending_ping_payload is None)
        in_loop(wire, lambda: wire.close(4409, "kicked"))

        assert reading.result() == (4409, "kicked")


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.PING, Opcode.PONG])
@pytest.mark.parametrize("by", ["the application", "a refusal"])
def test_little_is_parsed_of_what_comes_after_we_closed(
    stage: SocketStage, opcode: Opcode, by: str
) -> None:
    """Else whoever is refused, which costs nothing, sends on for as long as we wait for them."""
    late = Frame(opcode, b"").serialize(mask=True) * wires.LATE_PARSED_BYTES
    with stage.connect_without_reading() as (client, wire):
        if by == "the application":
            client.sendall(Frame(Opcode.TEXT, b"leave").serialize(mask=True))
            assert stage.received.get(timeout=PATIENCE_S)["text"] == "leave"
            assert stage.received.get(timeout=PATIENCE_S)["code"] == 4401
        else:
            late = Frame(Opcode.PING, b"").serialize(mask=True) * (wires.PING_BURST + 1) + late
        client.sendall(late + Frame(Opcode.CLOSE, b"").serialize(mask=True))
        client.shutdown(socket.SHUT_WR)

        wait_until(lambda: wire.disconnected)
        assert wire.conn.close_rcvd is None


def test_frames_before_the_answer_to_the_handshake_are_bounded_too(stage: SocketStage) -> None:
    stage.may_accept.clear()
    with socket.create_connection(("127.0.0.1", stage.port)) as client:
        client.settimeout(5)
        client.sendall(HANDSHAKE)
        assert stage.asked.wait(5)
        client.sendall(Frame(Opcode.PONG, b"").serialize(mask=True) * 1000)
        ended = read_to_the_end(client)
        stage.may_accept.set()

    assert ended == b""


def test_a_flood_of_pings_that_ends_with_a_close_is_no_fault_of_ours(
    stage: SocketStage, caplog: pytest.LogCaptureFixture
) -> None:
    """websockets has answered the close before we look at the pings."""
    with stage.connect_without_reading() as (client, _wire):
        pings = Frame(Opcode.PING, b"").serialize(mask=True) * (wires.PING_BURST + 10)
        client.sendall(pings + Frame(Opcode.CLOSE, b"").serialize(mask=True))
        assert stage.received.get(timeout=PATIENCE_S)["type"] == "websocket.disconnect"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_failing_application_is_logged_without_its_ticket(
    stage: SocketStage, caplog: pytest.LogCaptureFixture
) -> None:
    with stage.connect() as (client, _):
        caplog.clear()
        client.send("fail")
        why_closed(client)

    assert "on purpose" in caplog.text
    assert "very-secret" not in caplog.text
