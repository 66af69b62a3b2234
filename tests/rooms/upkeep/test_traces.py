"""What a room leaves behind when everyone has gone: nothing that is not meant to stay."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import redis.asyncio

from accounts.principal import UNBOUND
from rooms import tickets
from tests.rooms.conftest import check_log
from tests.rooms.people import Guest, People, RoomSocket, metric
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually


@pytest.fixture
def server(servers: Servers) -> Iterator[Server]:
    """A server of its own, whose metrics and keys nobody else changes."""
    server = servers.start(
        env={
            "STREAMIT_RATE_LIMITS": "off",
            "STREAMIT_PRESENCE_LEASE": "6s",
            "STREAMIT_LOG_LEVEL": "debug",
        }
    )
    yield server
    check_log(server)


@pytest_asyncio.fixture
async def live_keys(valkey_socket: Path) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.Redis(unix_socket_path=str(valkey_socket), decode_responses=True) as r:
        yield r


async def all_keys(live_keys: redis.asyncio.Redis) -> list[str]:
    return [str(key) for key in await live_keys.keys()]


async def busy_room(server: Server, people: People) -> tuple[str, list[RoomSocket]]:
    """A room where everything has happened that leaves a key."""
    guests = [await people.arrive(server, name) for name in ("Ana", "Ben", "Cem")]
    ana, ben, cem = guests
    code = await ana.create_room(url="https://youtu.be/dQw4w9WgXcQ")
    room_sockets = [await guest.enter(code) for guest in guests]
    host = room_sockets[0]
    await host.sees(3)
    await host.ask("COHOST", member=ben.id)
    await host.ask("MUTE", member=cem.id)
    await host.ask("PLAY", position=3)
    for room_socket in room_sockets:
        await room_socket.ask("STATUS", position=3, buffering=False, drift_ms=2, rtt_ms=5)
    await room_sockets[1].ask("CHAT", text="Hello")
    film = {"provider": "youtube", "media_type": "movie", "external_id": "aqz-KE-bpKQ"}
    for _ in range(2):
        await host.ask("QUEUE_ADD", source=film)
    item = (await host.hears(lambda m: m["type"] == "QUEUE" and len(m["items"]) == 2))["items"][0]
    await host.ask("QUEUE_SET", skipping=True)
    await room_sockets[1].ask("QUEUE_VOTE", item=item["id"])
    await room_sockets[1].ask("SKIP_VOTE")
    return code, room_sockets


async def all_left(server: Server) -> None:
    """Wait until the server has dealt with every socket that was closed."""

    async def nobody_is_left() -> bool:
        sockets, rooms = [await metric(server, f"streamit_{what}") for what in ("sockets", "rooms")]
        return sockets == rooms == 0

    await eventually(nobody_is_left)


async def all_looked_after(live_keys: redis.asyncio.Redis) -> None:
    """Wait until no room is watched any more for leases that might expire."""

    async def none_is_watched() -> bool:
        return "rooms:occupied" not in await all_keys(live_keys)

    await eventually(none_is_watched)


def parts(keys: list[str], code: str) -> set[str]:
    prefix = f"room:{{{code}}}:"
    return {key.removeprefix(prefix).split(":")[0] for key in keys if key.startswith(prefix)}


async def test_an_empty_room_keeps_its_state_and_a_deleted_one_its_snapshot(
    server: Server, people: People, live_keys: redis.asyncio.Redis
) -> None:
    code, room_sockets = await busy_room(server, people)
    for room_socket in room_sockets:
        await room_socket.leave()
    await all_left(server)
    # Reports are stored within a second; none may come after its sender has left.
    await all_looked_after(live_keys)
    assert parts(await all_keys(live_keys), code) == {
        "live",
        "snapshot",
        "chat",
        "presence",
        # Those who left add what they find in their libraries.
        "left",
        "queue",
        "done",
    }
    assert await live_keys.keys("layer*") == []
    await room_sockets[0].guest.http.delete(f"/rooms/{code}")
    keys = await all_keys(live_keys)
    assert parts(keys, code) == {"snapshot", "done"}
    assert "rooms:deadlines" not in keys
    forever = [key for key in keys if await live_keys.ttl(key) == -1]
    assert forever == []


async def test_a_room_deleted_under_its_members_leaves_only_its_snapshot(
    server: Server, people: People, live_keys: redis.asyncio.Redis
) -> None:
    code, room_sockets = await busy_room(server, people)
    await room_sockets[0].guest.http.delete(f"/rooms/{code}")
    for room_socket in room_sockets:
        assert await room_socket.close_code() == 4410
    await all_left(server)
    await all_looked_after(live_keys)
    assert parts(await all_keys(live_keys), code) == {"snapshot", "done"}


async def test_a_crowd_costs_each_of_them_little_and_goes_without_a_trace(
    server: Server, people: People
) -> None:
    ana = await people.arrive(server, "Ana")
    code = await ana.create_room(capacity=1000)
    host = await ana.enter(code)
    now_s = (await host.ask("PING", t0=0))["t2"] / 1000

    async def enter(number: int) -> RoomSocket:
        # 120 people with a ticket each, 30 of them with a second socket.
        id_ = str(uuid.UUID(int=number % 120))
        ticket = tickets.issue(
            code=code, user_id=id_, name="P", grant=UNBOUND, now_s=now_s, ttl=timedelta(minutes=5)
        )
        return await Guest(server.url, "P", id_, ana.http).open(code, ticket)

    began_s = time.monotonic()
    crowd = await asyncio.gather(*(enter(number) for number in range(150)))
    await host.sees(121)
    await crowd[0].sees(121)
    presence = host.of("PRESENCE")
    took_s = time.monotonic() - began_s
    told = [entry["id"] for message in presence for entry in message["joined"]]
    # Nobody is told of twice, and no more than fit the roster stay in it: of those who come in
    # the same moment one may make room for another who was a little sooner.
    assert len(told) == len(set(told))
    made_room = {id_ for message in presence for id_ in message["left"]}
    assert len(set(told) - made_room) <= 100
    assert len(presence) < 10 + 4 * took_s
    assert await metric(server, "streamit_sockets") == 151
    await asyncio.gather(*(room_socket.leave() for room_socket in [host, *crowd]))
    await all_left(server)
