"""Frames that are wrong, too large or too many, sent to a real server."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from rooms.entry.admission import SOCKETS_OF_A_PERSON
from rooms.stores import chat
from tests.rooms.conftest import Pair, check_log
from tests.rooms.people import People, RoomSocket
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually


async def a_viewer(pair: Pair, people: People) -> RoomSocket:
    ana = await people.arrive(pair.first, "Ana")
    return await ana.enter(await ana.create_room())


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b'{"type":"SYNC"}', 4400),
        (b"", 4400),
        ("", 4400),
        ("PLAY", 4400),
        ("[]", 4400),
        ('{"type":"SYNC","type":"SYNC"}', 4400),
        ('{"type":"PING","t0":NaN}', 4400),
        ('{"a":' * 600, 4400),
        (json.dumps({"type": "CHAT", "text": "x" * 4070}), 4413),
        ("x" * 60_000, 4413),
    ],
)
async def test_what_is_no_message_closes_the_socket(
    pair: Pair, people: People, frame: str | bytes, code: int
) -> None:
    room_socket = await a_viewer(pair, people)
    await room_socket.send(frame)
    assert await room_socket.close_code() == code


async def test_bytes_that_are_not_utf8_close_the_socket(pair: Pair, people: People) -> None:
    room_socket = await a_viewer(pair, people)
    raw = Frame(Opcode.TEXT, b'{"type":"CHAT","text":"\xff"}').serialize(mask=True)
    room_socket.socket.transport.write(raw)
    assert await room_socket.close_code() == 4400


async def test_a_message_in_pieces_is_one_message(pair: Pair, people: People) -> None:
    room_socket = await a_viewer(pair, people)
    await room_socket.socket.send(iter(['{"type":"SY', 'NC","id"', ':"é"}']))
    assert (await room_socket.hears(lambda m: m.get("id") == "é"))["type"] == "PLAYBACK_STATE"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"type": "PLAY", "id": "x", "zest": 1}, "zest"),
        ({"type": "SEEK", "id": "x"}, "position"),
        ({"type": "SEEK", "id": "x", "position": -1}, "position"),
        ({"type": "RATE", "id": "x", "rate": 4.5}, "rate"),
        ({"type": "DANCE", "id": "x"}, "type"),
        ({"type": "SOURCE", "id": "x", "source": {}}, "source"),
    ],
)
async def test_a_wrong_part_is_named_to_the_sender_and_the_socket_stays(
    pair: Pair, people: People, message: dict[str, Any], told: str
) -> None:
    room_socket = await a_viewer(pair, people)
    await room_socket.send(json.dumps(message))
    answer = await room_socket.hears("ERROR")
    assert (answer["code"], answer["id"]) == ("invalid", "x")
    assert answer["message"].startswith(told)
    await room_socket.in_step()


async def test_half_a_character_is_answered_and_the_socket_stays(
    pair: Pair, people: People
) -> None:
    room_socket = await a_viewer(pair, people)
    for frame in ('{"type":"SYNC","id":"\\ud800"}', '{"type":"SYNC","\\ud800":"\\udfff"}'):
        await room_socket.send(frame)
    await room_socket.in_step()
    assert [m["code"] for m in room_socket.of("ERROR")] == ["invalid", "invalid"]


async def test_a_socket_may_be_silent_and_leave_in_any_way(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    host = await ana.enter(code)
    for close in (1000, 3000, 4999, 1012):
        ben = await people.arrive(pair.second, "Ben")
        viewer = await ben.enter(code)
        await viewer.socket.close(close)
    abrupt = await (await people.arrive(pair.second, "Cem")).enter(code)
    abrupt.socket.transport.abort()
    await host.hears(lambda m: m["type"] == "PRESENCE" and m["viewer_count"] == 1 and m["left"])


# --- with limits on -------------------------------------------------------------------


SHORT_LIFE = {"STREAMIT_GRACE": "1s", "STREAMIT_IDLE": "1s", "STREAMIT_PRESENCE_LEASE": "2s"}


@pytest.fixture
def limited(servers: Servers) -> Iterator[Server]:
    """A server as people run it: with every limit, and a short life for empty rooms."""
    server = servers.start(env=SHORT_LIFE)
    yield server
    check_log(server)


async def test_the_limits_hold(limited: Server, people: People) -> None:
    ana, ben = [await people.arrive(limited, name) for name in ("Ana", "Ben")]
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    # Chat: a few at once, then one is refused and told how long to wait.
    for number in range(20):
        await viewer.say("CHAT", text=f"hello {number}", id=f"c{number}")
    refused = await viewer.hears("ERROR")
    assert refused["code"] == "rate_limited"
    assert int(refused["id"].removeprefix("c")) >= chat.SPEAKING.burst
    assert refused["retry_after_s"] >= 1
    # Frames: sixty at once may come; far more close the socket, and nobody else's.
    with_noise = asyncio.gather(*(viewer.say("SYNC") for _ in range(200)), return_exceptions=True)
    assert await viewer.close_code() == 4429
    await with_noise
    await host.in_step()
    assert await ben.refused(code, "x") == 4401
    await ben.enter(code)
    # One person may have a room open in twenty places, and ask to come in once a second.
    cem = await people.arrive(limited, "Cem")
    for _ in range(SOCKETS_OF_A_PERSON):
        await cem.enter(code)
    assert await cem.refused(code, (await cem.join(code))["ticket"]) == 4429
    for room_socket in cem.room_sockets:
        await room_socket.leave()
    asked = [await cem.http.post(f"/rooms/{code}/join", json={}) for _ in range(30)]
    assert [reply.status_code for reply in asked][-1] == 429
    # An empty room is kept for its idle time and no longer.
    await host.leave()
    await ben.room_sockets[-1].leave()
    other = await people.arrive(limited, "Dua")

    async def has_expired() -> bool:
        return bool((await other.read(f"/rooms/{code}"))["status"] == "EXPIRED")

    await eventually(has_expired)
    assert await other.refusal("POST", f"/rooms/{code}/join", json={}) == (409, "room_over")
