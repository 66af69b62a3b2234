"""Sentinel: its URL, and connections that follow a real primary."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError, RedisError

from core import live, sentinel
from core.sentinel import Watched
from tests.support import failover
from tests.support.patience import PATIENCE_S
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (
            "redis+sentinel://a:1,b/rooms",
            Watched((("a", 1), ("b", 26379)), service="rooms"),
        ),
        (
            "redis+sentinel://me:a%40b%2C@[::1]:7,b:8/my%20rooms/3?sentinel_password=x%26",
            Watched(
                (("::1", 7), ("b", 8)),
                service="my rooms",
                database=3,
                username="me",
                password="a@b,",
                sentinel_password="x&",
            ),
        ),
        (
            "redis+sentinel://:secret@a:1/rooms",
            Watched((("a", 1),), service="rooms", password="secret"),
        ),
    ],
)
def test_a_url_names_the_sentinels_and_what_they_watch(url: str, found: Watched) -> None:
    assert sentinel.parse(url) == found


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis+sentinel://a:1,b:2", "service"),
        ("redis+sentinel://a:1,b:2/", "service"),
        ("redis+sentinel://a:1,,b:2/rooms", "separated"),
        ("redis+sentinel:///rooms", "separated"),
        ("redis+sentinel://a:many/rooms", "port"),
        ("redis+sentinel://a:1,b:99999/rooms", "port"),
        ("redis+sentinel://a:1/rooms/first", "number"),
        ("redis+sentinel://a:1/rooms?password=x", "no option password"),
    ],
)
def test_anything_else_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        sentinel.parse(url)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[failover.Watched]:
    started = failover.Watched(tmp_path / "w")
    yield started
    started.end()


async def ports_in_use(redis: Redis) -> set[int]:
    """Return the port at the other end of each of some connections used at once."""
    answers = await asyncio.gather(*(redis.info("server") for _ in range(5)))
    return {int(answer["tcp_port"]) for answer in answers}


async def test_no_primary_of_that_name_is_redis_away(
    pair: failover.Watched, settings: object
) -> None:
    settings.REDIS_URL = pair.url.replace(failover.SERVICE, "others")  # type: ignore[attr-defined]
    with pytest.raises(live.LiveStateUnavailable):
        async with live.reaching_redis("test") as redis:
            await redis.ping()
    await live.close()


async def test_connections_leave_a_primary_that_is_none_any_more(pair: failover.Watched) -> None:
    redis = live.connect(pair.url)
    assert await ports_in_use(redis) == {pair.first.port}
    # It lives, and takes itself for the primary for some seconds more.
    pair.sentinel.ask("SENTINEL", "FAILOVER", failover.SERVICE)

    async def followed() -> bool:
        try:
            return await ports_in_use(redis) == {pair.second.port}
        except RedisError:
            return False

    await eventually(followed, within_s=PATIENCE_S)
    await redis.aclose()


async def test_a_coordinated_failover_loses_nothing(pair: failover.Watched) -> None:
    redis = live.connect(pair.url)
    layer = RedisPubSubChannelLayer(hosts=[live.layer_host(pair.url)])
    channel = await layer.new_channel()
    await layer.group_add("room", channel)
    counted = 0
    pair.sentinel.ask("SENTINEL", "FAILOVER", failover.SERVICE, "COORDINATED")

    async def counted_at_the_second() -> bool:
        nonlocal counted
        with contextlib.suppress(RedisError):
            await redis.incr("count")
            counted += 1
            return await ports_in_use(redis) == {pair.second.port}
        return False

    async def heard() -> bool:
        with contextlib.suppress(RedisError):
            await layer.group_send("room", {"type": "word"})
        return not layer.channels[channel].empty()

    await eventually(counted_at_the_second, within_s=PATIENCE_S, every_s=0)
    assert int(pair.second.ask("GET", "count")) >= counted > 0
    await eventually(heard, within_s=PATIENCE_S)
    await layer.flush()
    await redis.aclose()


async def test_a_primary_that_became_a_replica_is_left(pair: failover.Watched) -> None:
    redis = live.connect(pair.url)
    await redis.set("told", "before")
    # By hand, and before the Sentinel hears of it.
    pair.first.ask("REPLICAOF", "127.0.0.1", str(pair.second.port))
    with pytest.raises((ReadOnlyError, RedisError)):
        await redis.set("told", "after")
    with pytest.raises(RedisError, match="not the primary"):
        await redis.get("told")
    await redis.aclose()
