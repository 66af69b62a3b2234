"""Who keeps the chat of a room in order, and how; over real sockets."""

from dataclasses import dataclass

import pytest_asyncio

from tests.rooms.conftest import Pair
from tests.rooms.people import People, RoomSocket


@dataclass
class Room:
    code: str
    host: RoomSocket
    viewer: RoomSocket
    other: RoomSocket


@pytest_asyncio.fixture
async def room(pair: Pair, people: People) -> Room:
    """Ana hosts; Ben and, at the other server, Cem watch."""
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    cem = await people.arrive(pair.second, "Cem")
    code = await ana.create_room()
    return Room(code, await ana.enter(code), await ben.enter(code), await cem.enter(code))


async def said(room: Room, by: RoomSocket, text: str) -> str:
    """Have ``text`` said and heard by all; return its id."""
    heard = await by.ask("CHAT", text=text)
    assert heard["type"] == "CHAT", heard
    for room_socket in (room.host, room.viewer, room.other):
        await room_socket.hears(lambda m: m.get("id") == heard["id"])
    return str(heard["id"])


async def test_host_and_cohosts_delete_a_line_for_everybody(room: Room) -> None:
    first, second = await said(room, room.viewer, "Rude"), await said(room, room.viewer, "Ruder")
    assert (await room.host.ask("DELETE_CHAT", message=first))["type"] == "ACK"
    for room_socket in (room.host, room.viewer, room.other):
        assert (await room_socket.hears("CHAT_DELETED"))["id"] == first
    await room.host.ask("COHOST", member=room.other.guest.id, on=True)
    assert (await room.other.ask("DELETE_CHAT", message=second))["type"] == "ACK"
    late = await room.viewer.guest.enter(room.code)
    assert late.welcome["chat"] == []
    for gone in (first, f"{'9' * 19}-{'9' * 19}"):
        assert (await room.host.ask("DELETE_CHAT", message=gone))["code"] == "not_found"
    huge = await room.host.ask("DELETE_CHAT", message=f"{'9' * 20}-0")
    assert huge["code"] == "invalid"


async def test_anybody_else_deletes_their_own_lines_only(room: Room) -> None:
    mine, anas = await said(room, room.viewer, "Oops"), await said(room, room.host, "Hello")
    assert (await room.viewer.ask("DELETE_CHAT", message=anas))["code"] == "forbidden"
    assert (await room.other.ask("DELETE_CHAT", message=mine))["code"] == "forbidden"
    assert (await room.viewer.ask("DELETE_CHAT", message=mine))["type"] == "ACK"
    assert (await room.other.hears("CHAT_DELETED"))["id"] == mine


async def test_a_line_whose_id_is_written_in_another_way_is_deleted_for_everybody_too(
    room: Room,
) -> None:
    rude = await said(room, room.viewer, "Rude")
    # Or its author could leave it on all screens, where host and co-hosts cannot delete it.
    padded = "0" + rude.replace("-", "-0")
    assert (await room.viewer.ask("DELETE_CHAT", message=padded))["type"] == "ACK"
    assert (await room.other.hears("CHAT_DELETED"))["id"] == rude
    assert (await room.viewer.guest.enter(room.code)).welcome["chat"] == []


async def test_a_deleted_line_that_is_sent_again_does_not_come_back(room: Room) -> None:
    said = await room.viewer.ask("CHAT", text="Rude", id="r1")
    assert (await room.host.ask("DELETE_CHAT", message=said["id"]))["type"] == "ACK"
    for room_socket in (room.viewer, room.other):
        await room_socket.hears("CHAT_DELETED")
    heard = [len(room_socket.heard) for room_socket in (room.viewer, room.other)]
    again = await room.viewer.ask("CHAT", text="Rude", id="r1")
    assert (again["id"], again["client_id"]) == (said["id"], "r1")
    gone = await room.viewer.hears("CHAT_DELETED", after=heard[0])
    assert gone["id"] == said["id"]
    await room.other.in_step()
    assert not [m for m in room.other.heard[heard[1] :] if m["type"].startswith("CHAT")]


async def test_the_chat_is_read_and_its_lines_are_deleted_over_rest(room: Room) -> None:
    ana, ben, path = room.host.guest, room.viewer.guest, f"/rooms/{room.code}/chat"
    anas, bens = await said(room, room.host, "Hello"), await said(room, room.viewer, "Rude")
    read = (await ben.read(path))["messages"]
    assert [(line["id"], line["text"]) for line in read] == [(anas, "Hello"), (bens, "Rude")]
    assert await ben.refusal("DELETE", f"{path}/{anas}") == (403, "forbidden")
    assert (await ana.http.delete(f"{path}/{bens}")).status_code == 204
    assert (await room.other.hears("CHAT_DELETED"))["id"] == bens
    assert await ana.refusal("DELETE", f"{path}/{bens}") == (404, "not_found")
    assert [line["id"] for line in (await ben.read(path))["messages"]] == [anas]


async def test_a_line_says_what_its_sender_was(room: Room) -> None:
    await said(room, room.viewer, "Hi")
    await said(room, room.host, "Hello")
    roles = [line["role"] for line in room.other.of("CHAT")]
    assert roles == ["viewer", "host"]
    late = await room.viewer.guest.enter(room.code)
    assert [line["role"] for line in late.welcome["chat"]] == roles


async def test_in_slow_mode_viewers_wait_between_lines_and_moderators_do_not(
    room: Room,
) -> None:
    assert room.host.welcome["room"]["slow_mode_s"] == 0
    reply = await room.host.guest.http.patch(f"/rooms/{room.code}", json={"slow_mode_s": 60})
    assert reply.json()["slow_mode_s"] == 60
    for room_socket in (room.host, room.viewer, room.other):
        changed = await room_socket.hears("ROOM_CHANGED")
        assert changed["room"]["slow_mode_s"] == 60
    assert (await room.viewer.ask("CHAT", text="one"))["type"] == "CHAT"
    refused = await room.viewer.ask("CHAT", text="two")
    assert refused["code"] == "rate_limited"
    assert 50 < refused["retry_after_s"] <= 60
    assert refused["message"].startswith("Slow mode is on: you can write again in ")
    assert (await room.other.ask("CHAT", text="mine"))["type"] == "CHAT"
    for text in ("one", "two", "three"):
        assert (await room.host.ask("CHAT", text=text))["type"] == "CHAT"
