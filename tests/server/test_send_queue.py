"""The way out to one socket: nobody waits for a viewer who has stopped reading."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from core.close_codes import CloseCode
from server.send_queue import (
    BACKLOG_BYTES,
    BEHIND_BYTES,
    BEHIND_SECONDS,
    AsgiSendQueue,
    WireSendQueue,
)
from server.wire import FastPath, Frame, NoFastPath


@dataclass
class StalledWire:
    """A wire whose peer reads only when told to."""

    unread: list[bytes] = field(default_factory=list)
    read: list[bytes] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    fast_path: FastPath = field(default_factory=NoFastPath)

    @property
    def is_open(self) -> bool:
        return self.closed is None

    def offer(self, frame: bytes, *, most_bytes: int) -> bool:
        assert self.closed is None
        if sum(map(len, self.unread)) >= most_bytes:
            return False
        self.unread.append(frame)
        return True

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def read_all(self) -> None:
        self.read += self.unread
        self.unread.clear()

    def texts(self) -> list[str]:
        self.read_all()
        return [payload(frame) for frame in self.read]


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def payload(wire: bytes) -> str:
    """Return the text that a server frame holds: lengths of RFC 6455 section 5.2."""
    skip = {126: 4, 127: 10}.get(wire[1], 2)
    return wire[skip:].decode()


def a_frame(name: str, *, kilobytes: float = 0, newest_only: bool = False) -> Frame:
    return Frame(name.ljust(int(kilobytes * 1024), "."), newest_only=newest_only)


def names(wire: StalledWire) -> list[str]:
    return [text.rstrip(".") for text in wire.texts()]


def an_outbox() -> tuple[WireSendQueue, StalledWire, Clock]:
    wire, clock = StalledWire(), Clock()
    return WireSendQueue(wire, now_s=clock), wire, clock


BEHIND_KB = BEHIND_BYTES / 1024
BACKLOG_KB = BACKLOG_BYTES / 1024


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_encoded_once_as_the_rfc_says(length: int) -> None:
    frame = a_frame("é" * (length // 2) + "x" * (length % 2))
    expected = WebSocketFrame(Opcode.TEXT, frame.text.encode()).serialize(mask=False)
    assert frame.wire == expected
    assert frame.wire is frame.wire
    assert payload(frame.wire) == frame.text


def test_a_reader_gets_everything_at_once_and_in_order() -> None:
    send_queue, wire, _ = an_outbox()
    for number in range(50):
        send_queue.send(a_frame(str(number), newest_only=number % 2 == 0))
    assert names(wire) == [str(number) for number in range(50)]


def test_a_stalled_viewer_gets_the_newest_state_and_then_the_rest_in_order() -> None:
    send_queue, wire, _ = an_outbox()
    send_queue.send(a_frame("welcome", kilobytes=BEHIND_KB))
    for number in range(3):
        send_queue.send(a_frame(f"chat {number}"))
        send_queue.send(a_frame(f"state {number}", newest_only=True))
    send_queue.send(a_frame("chat 3"))
    assert len(wire.unread) == 1
    wire.read_all()
    send_queue.tend()
    assert names(wire) == ["welcome", "state 2", "chat 0", "chat 1", "chat 2", "chat 3"]


def test_the_next_message_flushes_what_waits_once_the_viewer_reads_again() -> None:
    send_queue, wire, _ = an_outbox()
    send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
    send_queue.send(a_frame("waits"))
    wire.read_all()
    send_queue.send(a_frame("next"))
    assert names(wire) == ["big", "waits", "next"]


def test_a_viewer_is_dropped_when_too_much_waits_for_them() -> None:
    send_queue, wire, _ = an_outbox()
    send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
    for _ in range(int(BACKLOG_KB) - 1):
        send_queue.send(a_frame("x", kilobytes=1))
    send_queue.tend()
    assert wire.is_open
    send_queue.send(a_frame("x", kilobytes=2))
    send_queue.tend()
    assert wire.closed == (CloseCode.TOO_SLOW, "too slow")
    assert len(wire.unread) == 1


def test_one_huge_burst_drops_a_viewer_too() -> None:
    send_queue, wire, _ = an_outbox()
    send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
    send_queue.send(a_frame("huge", kilobytes=BACKLOG_KB + 1))
    send_queue.tend()
    assert not wire.is_open


def test_states_alone_never_fill_a_viewers_backlog() -> None:
    send_queue, wire, _ = an_outbox()
    send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
    for number in range(2_000):
        send_queue.send(a_frame(f"state {number}", kilobytes=1, newest_only=True))
    assert wire.is_open
    wire.read_all()
    send_queue.tend()
    assert names(wire) == ["big", "state 1999"]


def test_of_a_kind_the_newest_waits_alone_and_in_its_turn() -> None:
    wire = StalledWire()
    send_queue = WireSendQueue(wire)
    send_queue.send(a_frame("much", kilobytes=BEHIND_BYTES / 1024))
    send_queue.send(Frame("chat 1"))
    for number in range(100):
        send_queue.send(Frame(f"queue {number}".ljust(40 * 1024, "."), kind="queue"))
    send_queue.send(Frame("chat 2"))
    assert wire.is_open
    wire.read_all()
    send_queue.tend()
    assert [text.rstrip(".") for text in wire.texts()[1:]] == ["chat 1", "queue 99", "chat 2"]


def test_a_viewer_is_dropped_who_has_been_behind_too_long() -> None:
    send_queue, wire, clock = an_outbox()
    send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
    send_queue.send(a_frame("waits"))
    clock.now_s += BEHIND_SECONDS
    send_queue.tend()
    assert wire.is_open
    clock.now_s += 0.1
    send_queue.tend()
    assert wire.closed == (CloseCode.TOO_SLOW, "too slow")


def test_catching_up_starts_the_time_anew() -> None:
    send_queue, wire, clock = an_outbox()
    for _ in range(3):
        send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
        send_queue.send(a_frame("waits"))
        clock.now_s += BEHIND_SECONDS
        wire.read_all()
        send_queue.tend()
    assert wire.is_open
    assert names(wire) == ["big", "waits"] * 3


def test_nothing_is_written_after_closing_and_it_closes_once() -> None:
    send_queue, wire, clock = an_outbox()
    send_queue.send(a_frame("big", kilobytes=BEHIND_KB))
    send_queue.send(a_frame("waits"))
    send_queue.close(CloseCode.KICKED, "kicked")
    send_queue.close(CloseCode.ROOM_OVER, "deleted")
    send_queue.send(a_frame("late"))
    clock.now_s += 1000
    wire.read_all()
    send_queue.tend()
    assert wire.closed == (CloseCode.KICKED, "kicked")
    assert names(wire) == ["big"]


@given(
    st.lists(st.tuples(st.sampled_from(["chat", "state", "read"]), st.floats(0, 100)), max_size=60)
)
def test_however_a_viewer_reads_order_holds_and_the_last_state_arrives(
    steps: list[tuple[str, float]],
) -> None:
    send_queue, wire, _ = an_outbox()
    sent: list[str] = []
    for number, (what, kilobytes) in enumerate(steps):
        if what == "read":
            wire.read_all()
            send_queue.tend()
        elif wire.is_open:
            sent.append(f"{what} {number}")
            send_queue.send(a_frame(sent[-1], kilobytes=kilobytes, newest_only=what == "state"))
    while wire.is_open and wire.unread:
        wire.read_all()
        send_queue.tend()
    got = names(wire)
    for what in ("chat", "state"):
        told = [name for name in got if name.startswith(what)]
        assert told == [name for name in sent if name in told]
    if wire.is_open:
        assert [name for name in got if name.startswith("chat")] == [
            name for name in sent if name.startswith("chat")
        ]
        states = [name for name in sent if name.startswith("state")]
        assert states[-1:] == [name for name in got if name.startswith("state")][-1:]


async def test_plain_asgi_keeps_the_order_and_never_makes_the_writer_wait() -> None:
    gate, done, sent = asyncio.Event(), asyncio.Event(), list[dict[str, Any]]()

    async def send(message: dict[str, Any]) -> None:
        await gate.wait()
        sent.append(message)
        if message["type"] == "websocket.close":
            done.set()

    send_queue = AsgiSendQueue(send)
    send_queue.send(Frame(json.dumps(1)))
    send_queue.send(Frame(json.dumps(2), newest_only=True))
    send_queue.close(CloseCode.KICKED, "kicked")
    send_queue.send(Frame(json.dumps(3)))
    gate.set()
    await done.wait()
    assert [message.get("text", message.get("code")) for message in sent] == ["1", "2", 4409]


async def test_plain_asgi_keeps_the_newest_state_for_who_does_not_read_and_drops_them() -> None:
    gate, sent, clock = asyncio.Event(), list[dict[str, Any]](), Clock()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        await gate.wait()

    send_queue = AsgiSendQueue(send, now_s=clock)
    send_queue.send(Frame("first"))
    await asyncio.sleep(0)
    for number in range(3):
        send_queue.send(Frame(f"chat {number}"))
        send_queue.send(Frame(f"state {number}", newest_only=True))
    gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [m["text"] for m in sent] == ["first", "state 2", "chat 0", "chat 1", "chat 2"]
    gate.clear()
    send_queue.send(Frame("unread"))
    await asyncio.sleep(0)
    send_queue.send(Frame("waits"))
    clock.now_s += BEHIND_SECONDS + 1
    send_queue.tend()
    send_queue.send(Frame("too late"))
    gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [m.get("text", m.get("code")) for m in sent[5:]] == ["unread", 4408]


async def test_plain_asgi_drops_who_lets_too_much_wait() -> None:
    sent = list[dict[str, Any]]()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        await asyncio.Event().wait()

    send_queue = AsgiSendQueue(send)
    send_queue.send(Frame("unread"))
    await asyncio.sleep(0)
    for _ in range(int(BACKLOG_KB) + 1):
        send_queue.send(a_frame("x", kilobytes=1))
    assert send_queue.is_closed


async def test_plain_asgi_survives_a_socket_that_is_gone() -> None:
    tried: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        tried.append(message["type"])
        raise RuntimeError("gone")

    async def has_survived() -> None:
        assert send_queue._task
        await asyncio.wait([send_queue._task])
        assert send_queue._task.exception() is None

    send_queue = AsgiSendQueue(send)
    send_queue.send(Frame("x"))
    await has_survived()
    send_queue.close(CloseCode.ROOM_OVER)
    await has_survived()
    assert tried == ["websocket.send", "websocket.close"]
