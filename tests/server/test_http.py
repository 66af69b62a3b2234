"""HTTP connections that dawdle, over real sockets and in the loop that serves in production."""

import asyncio
import contextlib
import json
import queue
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from server import http
from tests.server.threaded_server import Stage
from tests.support.patience import PATIENCE_S
from tests.support.waiting import wait_until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
POST_WITHOUT_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"


class RequestStage(Stage):
    """Reads the body, each piece when ``may_read`` is set, and answers 200 with its length."""

    def __init__(self) -> None:
        self.outcomes: queue.Queue[str | int] = queue.Queue()
        self.may_read = threading.Event()
        self.may_read.set()
        self.began = threading.Event()
        self.fields: list[tuple[bytes, bytes]] = []
        super().__init__()

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        size_bytes, more = 0, True
        self.fields = list(scope["headers"])
        self.began.set()
        while more:
            await asyncio.to_thread(self.may_read.wait)
            event = await receive()
            if event["type"] == "http.disconnect":
                self.outcomes.put("disconnect")
                return
            size_bytes += len(event["body"])
            more = event["more_body"]
        self.outcomes.put(size_bytes)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size_bytes).encode()})

    @contextlib.contextmanager
    def connect(self, first: bytes = b"") -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as client:
            client.sendall(first)
            yield client


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[RequestStage]:
    monkeypatch.setattr(http, "HEAD_TIMEOUT_S", 0.5)
    monkeypatch.setattr(http, "BODY_WINDOW_S", 0.5)
    stage = RequestStage()
    yield stage
    stage.may_read.set()
    stage.stop()


def all_of(client: socket.socket) -> bytes:
    """Read until the server has closed."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answer_to(client: socket.socket) -> bytes:
    """Read one answer of the application, which ends with an empty chunk."""
    answer = b""
    while not answer.endswith(b"0\r\n\r\n"):
        part = client.recv(65536)
        assert part, answer
        answer += part
    return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def test_half_a_head_is_answered_408_in_the_one_error_shape(stage: RequestStage) -> None:
    with stage.connect(HALF_A_HEAD) as client:
        head, _, body = all_of(client).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"Connection: close" in head
    assert json.loads(body)["error"]["code"] == "timeout"


def test_what_is_no_request_is_refused_in_the_one_error_shape(stage: RequestStage) -> None:
    with stage.connect(b"this is no request\r\n\r\n") as client:
        head, _, body = all_of(client).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"X-Content-Type-Options: nosniff" in head
    assert json.loads(body)["error"]["code"] == "bad_request"


@pytest.mark.parametrize("said", [b"", b"\r\n", HALF_A_HEAD], ids=["nothing", "blank", "half"])
def test_a_connection_that_served_before_has_no_more_time(
    stage: RequestStage, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage.connect(GET) as client:
        answer_to(client)
        client.sendall(said)
        rest = all_of(client)

    assert rest.startswith(b"HTTP/1.1 408") or not said


def test_a_head_that_trickles_is_answered_408(stage: RequestStage) -> None:
    with stage.connect(HALF_A_HEAD) as client:
        stopped = threading.Event()

        def trickle() -> None:
            with contextlib.suppress(OSError):
                while not stopped.wait(0.05):
                    client.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        answer = all_of(client)
        stopped.set()
        thread.join()

    assert status_of(answer) == 408


def test_a_head_too_large_is_answered_431(stage: RequestStage) -> None:
    with stage.connect(HALF_A_HEAD) as client:
        client.sendall(b"x" * http.MAX_HEAD_BYTES)

        assert status_of(all_of(client)) == 431


def head_of(size: int) -> bytes:
    """Return the head of a request of exactly this many bytes."""
    return GET[:-4] + b"\r\nX: " + b"x" * (size - len(GET) - 5) + b"\r\n\r\n"


@pytest.mark.parametrize("before", [b"", GET, GET + GET], ids=["alone", "second", "third"])
def test_a_head_of_all_it_may_have_is_taken_and_one_byte_more_is_not(
    stage: RequestStage, before: bytes
) -> None:
    count = before.count(GET) + 1
    with stage.connect(before + head_of(http.MAX_HEAD_BYTES)) as client:
        answers = b""
        while answers.count(b"\r\n0\r\n\r\n") < count:
            part = client.recv(65536)
            assert part, answers
            answers += part
        assert answers.count(b"HTTP/1.1 200") == count
    with stage.connect(before + head_of(http.MAX_HEAD_BYTES + 1)) as client:
        answers = all_of(client)
        assert answers.count(b"HTTP/1.1 200") < count
        assert answers.count(b"HTTP/1.1 431") == 1


def test_blank_lines_after_a_large_body_begin_the_head_of_the_next_request(
    stage: RequestStage,
) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n"
    with stage.connect(post + b"x" * 99_999) as client:
        assert status_of(answer_to(client)) == 200
        client.sendall(b"\r\n")
        client.sendall(head_of(http.MAX_HEAD_BYTES - 2))
        assert status_of(answer_to(client)) == 200


def test_many_connections_without_a_head_make_the_oldest_give_way(
    stage: RequestStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "HEAD_TIMEOUT_S", 600)
    monkeypatch.setattr(http, "MAX_HEADLESS", 5)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(stage.connect()) for _ in range(5)]
        honest = stack.enter_context(stage.connect(GET))
        assert status_of(answer_to(honest)) == 200
        idle += [stack.enter_context(stage.connect()) for _ in range(2)]

        assert status_of(all_of(idle[0])) == 408
        assert status_of(all_of(idle[1])) == 408
        idle[-1].sendall(GET)
        assert status_of(answer_to(idle[-1])) == 200


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"


def test_what_comes_after_a_body_is_no_field_of_the_request(stage: RequestStage) -> None:
    trailers = b"Authorization: Bearer x\r\nX-Forwarded-For: x\r\n\r\n"
    with stage.connect(CHUNKED + trailers) as client:
        assert status_of(answer_to(client)) == 200

    assert stage.fields == [(b"host", b"x"), (b"transfer-encoding", b"chunked")]


@pytest.mark.parametrize("some", [b"x" * 1000 + b"\r\nX: ", b"x" * 1000], ids=["many", "long"])
def test_what_comes_after_a_body_does_not_fill_memory(stage: RequestStage, some: bytes) -> None:
    ended = pytest.raises((BrokenPipeError, ConnectionResetError))
    with stage.connect(CHUNKED + b"X: ") as client, ended:
        client.sendall(some * 100_000)

    assert stage.outcomes.get(timeout=PATIENCE_S) == "disconnect"


@pytest.mark.parametrize("chunks", [1, 1000])
def test_fields_after_a_body_that_are_longer_than_a_head_may_be_are_refused(
    stage: RequestStage, chunks: int
) -> None:
    begun = CHUNKED.removesuffix(b"0\r\n") + b"3\r\nabc\r\n" * chunks + b"0\r\n"
    stage.may_read.clear()
    with stage.connect(begun) as client:
        client.sendall(b"X: " + b"x" * http.MAX_HEAD_BYTES + b"\r\n\r\n")
        assert status_of(all_of(client)) == 431


def test_many_requests_at_once_are_answered_in_order(stage: RequestStage) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
    sizes = [(7 * number) % 301 for number in range(2_000)]
    with stage.connect() as client:
        requests_at_once = b"".join(post % (size, b"x" * size) for size in sizes)
        sending = threading.Thread(target=client.sendall, args=(requests_at_once,))
        sending.start()
        answers = b""
        while answers.count(b"\r\n0\r\n\r\n") < len(sizes):
            answers += client.recv(65536)
        sending.join()

    bodies = [answer.split(b"\r\n")[1] for answer in answers.split(b"\r\n\r\n")[1::2]]
    assert [stage.outcomes.get(timeout=PATIENCE_S) for _ in sizes] == sizes
    assert [int(body) for body in bodies] == sizes


def test_requests_that_wait_for_their_turn_are_not_taken_apart(stage: RequestStage) -> None:
    stage.may_read.clear()
    with stage.connect(GET * 20_000):
        stage.began.wait(PATIENCE_S)
        connection: Any = next(iter(stage.server.server_state.connections))
        assert 0 < len(connection.pipeline) < http.SLICE_BYTES / len(GET) + 1


def test_a_body_that_does_not_come_is_answered_408(stage: RequestStage) -> None:
    with stage.connect(POST_WITHOUT_BODY + b"some") as client:
        assert status_of(all_of(client)) == 408

    assert stage.outcomes.get(timeout=PATIENCE_S) == "disconnect"


def test_a_body_that_comes_slowly_but_steadily_is_taken(
    stage: RequestStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BODY_WINDOW_S", 60.0)
    with stage.connect(POST_WITHOUT_BODY + bytes(http.MIN_BODY_BYTES)) as client:
        client.settimeout(10)
        stage.began.wait(PATIENCE_S)
        connection: Any = next(iter(stage.server.server_state.connections))
        wait_until(lambda: connection._body_bytes >= http.MIN_BODY_BYTES)
        # The end of a window, in which enough has come.
        connection.loop.call_soon_threadsafe(connection._judge_body)
        wait_until(lambda: connection._body_bytes == 0)
        client.sendall(bytes(100_000 - http.MIN_BODY_BYTES))

        assert status_of(answer_to(client)) == 200


def test_nobody_is_blamed_while_we_do_not_read(stage: RequestStage) -> None:
    stage.may_read.clear()
    with stage.connect(POST_WITHOUT_BODY + bytes(80_000)) as client:
        client.settimeout(1.5)
        with pytest.raises(TimeoutError):
            client.recv(100)
        client.settimeout(10)
        stage.may_read.set()
        client.sendall(bytes(20_000))

        assert status_of(answer_to(client)) == 200


def test_a_peer_who_takes_nothing_of_an_answer_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "UNTAKEN_S", 0.5)
    stage = SendingStage()
    try:
        with stage.connect(GET) as client:
            assert stage.ended.wait(60)
            # The system has some of the answer; what comes after that is the cut.
            assert len(all_of(client)) < SendingStage.BYTES
    finally:
        stage.stop()


def test_a_peer_who_takes_an_answer_slowly_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "UNTAKEN_S", 3)
    stage = SendingStage()
    parts = []
    try:
        with stage.connect(GET) as client:
            while part := client.recv(SendingStage.BYTES // 16, socket.MSG_WAITALL):
                parts.append(part)
                stage.ended.wait(0.3)
    finally:
        stage.stop()
    assert b"".join(parts).endswith(b"\r\n\r\n" + bytes(SendingStage.BYTES))


class SendingStage(RequestStage):
    """Answers with so much that no system takes it all for a peer, and tells when it has ended."""

    BYTES = 32 * 1024**2

    def __init__(self) -> None:
        self.ended = threading.Event()
        super().__init__()

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        head = [(b"content-length", str(self.BYTES).encode()), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for _ in range(self.BYTES // 65536):
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        self.ended.set()
