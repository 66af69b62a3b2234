"""Connections to a real Redis that ends them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import uvloop
from channels_redis.pubsub import RedisPubSubChannelLayer
from channels_redis.utils import create_pool
from redis.asyncio import ConnectionPool, Redis

from core import live as redis_live
from core.live_scripts import Scripts
from tests.support.ports import free_port
from tests.support.waiting import eventually


@pytest.fixture(params=["socket", "tcp"])
def kill_all(
    request: pytest.FixtureRequest, live: None, valkey_socket: Path, settings: Any
) -> Iterator[Callable[[ConnectionPool], Awaitable[None]]]:
    """End the idle connections of a pool from elsewhere, as a restart does or a firewall.

    redis-py looks after those of a socket otherwise than after those by TCP.
    """
    with redis.Redis(unix_socket_path=str(valkey_socket)) as other:

        async def kill(pool: ConnectionPool) -> None:
            other.client_kill_filter(_type="normal")
            other.client_kill_filter(_type="pubsub")
            of_trips = redis_live.untimed.get()._kept.values()
            for connection in (*pool._available_connections, *of_trips):
                await eventually(connection.can_read)

        if request.param == "tcp":
            port = free_port()
            other.config_set("bind", "127.0.0.1")
            other.config_set("port", port)
            settings.REDIS_URL = f"redis://127.0.0.1:{port}"
        yield kill
        other.config_set("port", 0)


async def test_connections_that_redis_has_ended_are_made_anew(
    tmp_path: Path, kill_all: Callable[[ConnectionPool], Awaitable[None]]
) -> None:
    (tmp_path / "count.lua").write_text("return redis.call('INCR', KEYS[1])")
    trips = Scripts(tmp_path).sharing("count")
    client = redis_live.client()

    async def use() -> list[Any]:
        alone = [client.incr(f"alone {n}") for n in range(4)]
        return await asyncio.gather(*alone, trips.call(keys=["together"], args=[]))

    assert await use() == [1] * 5
    await kill_all(client.connection_pool)
    assert await use() == [2] * 5
    await kill_all(client.connection_pool)
    assert await trips.call(keys=["together"], args=[]) == 3
    await redis_live.close()


async def test_the_channel_layer_sends_after_redis_has_ended_its_connections(
    kill_all: Callable[[ConnectionPool], Awaitable[None]], settings: Any
) -> None:
    layer = RedisPubSubChannelLayer(hosts=[redis_live.layer_host(settings.REDIS_URL)])

    async def send() -> None:
        await asyncio.gather(*(layer.group_send("nobody", {"type": "notice"}) for _ in range(4)))

    await send()
    await kill_all(layer._get_shard("nobody")._redis.connection_pool)
    await send()
    await layer.flush()


async def test_the_channel_layer_waits_for_what_is_published_longer_than_it_says(
    live: None, settings: Any
) -> None:
    pool = create_pool(redis_live.layer_host(settings.REDIS_URL))
    async with Redis(connection_pool=pool) as client, client.pubsub() as pubsub:
        await pubsub.subscribe("news")
        while not await pubsub.get_message(timeout=0):
            pass
        waiting = asyncio.create_task(pubsub.get_message(timeout=0))
        await asyncio.sleep(0)
        await client.publish("news", "It has begun.")
        heard = await waiting
    await pool.disconnect()
    assert heard["data"] == b"It has begun."


# What redis-py and the loop raise if another task has just closed the connection.
async def _write_to_a_closed_connection(client: Redis) -> None:
    connection = await client.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    await connection.disconnect()
    await connection._send_packed_command([b"PING"])


async def _write_to_a_closed_transport(client: Redis) -> None:
    connection = await client.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    connection._writer.transport.abort()
    await asyncio.sleep(0)
    await connection._send_packed_command([b"PING"])


@pytest.mark.parametrize("write", [_write_to_a_closed_connection, _write_to_a_closed_transport])
def test_a_connection_that_is_closed_while_somebody_writes_counts_as_one_that_broke(
    live: None, write: Callable[[Redis], Awaitable[None]]
) -> None:
    async def reach() -> None:
        async with redis_live.reaching_redis("test") as client:
            try:
                await write(client)
            finally:
                await redis_live.close()

    # As servers run.
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(redis_live.LiveStateUnavailable),
    ):
        runner.run(reach())


async def test_our_own_mistakes_are_no_outage(live: None) -> None:
    with pytest.raises(AttributeError):
        async with redis_live.reaching_redis("test"):
            raise AttributeError(name="nothing")
    with pytest.raises(RuntimeError):
        async with redis_live.reaching_redis("test"):
            raise RuntimeError("something else")
