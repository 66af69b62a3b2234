"""Notices between processes, over the real channel layer; a second layer is another process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from core import live as live_state
from rooms import bus

pytestmark = pytest.mark.usefixtures("live")

CODE = "bus123"


@dataclass
class Process:
    """One that listens in the room, by a channel of its own layer."""

    layer: RedisPubSubChannelLayer
    channel: str

    @classmethod
    async def listening(cls, layer: RedisPubSubChannelLayer) -> "Process":
        channel = await layer.new_channel()
        await layer.group_add(bus.group(CODE), channel)
        return cls(layer, channel)

    async def heard(self) -> list[bus.Notice]:
        """Return what it has heard up to now."""
        end = "heard so far"
        await self.layer.send(self.channel, {"type": end})
        notices = []
        while (notice := await self.layer.receive(self.channel))["type"] != end:
            notices.append(notice)
        return notices


@pytest_asyncio.fixture
async def own() -> AsyncIterator[Process]:
    yield await Process.listening(get_channel_layer())
    bus.remote_listeners().assume_everywhere()
    await live_state.close()


async def test_a_notice_makes_no_trip_where_nobody_else_listens(own: Process) -> None:
    heard_here: list[bus.Notice] = []
    bus.listen(heard_here.append)
    try:
        await bus.remote_listeners().refresh([CODE], own_channel=own.channel)
        await bus.publish(CODE, "chat")
    finally:
        bus.unlisten(heard_here.append)
    assert [notice["topic"] for notice in heard_here] == ["chat"]
    assert await own.heard() == []
    assert bus.remote_listeners().has_none(CODE)


async def test_a_notice_reaches_whoever_else_listens(
    own: Process, elsewhere: RedisPubSubChannelLayer
) -> None:
    process = await Process.listening(elsewhere)
    await bus.remote_listeners().refresh([CODE], own_channel=own.channel)
    await bus.publish(CODE, "chat")
    assert [notice["topic"] for notice in await process.heard()] == ["chat"]


async def test_a_notice_reaches_the_only_one_who_listens_when_we_do_not(
    elsewhere: RedisPubSubChannelLayer,
) -> None:
    """Our own connection may be the one that was cut."""
    process = await Process.listening(elsewhere)
    await bus.remote_listeners().refresh([CODE], own_channel="layerhub.cut")
    await bus.publish(CODE, "chat")
    assert [notice["topic"] for notice in await process.heard()] == ["chat"]


async def test_a_room_that_was_left_is_not_known_any_more(own: Process) -> None:
    await bus.remote_listeners().refresh([CODE], own_channel=own.channel)
    assert bus.remote_listeners().has_none(CODE)
    await bus.remote_listeners().refresh([], own_channel=own.channel)
    assert not bus.remote_listeners().has_none(CODE)


async def test_every_notice_is_sent_where_redis_does_not_say_who_listens(own: Process) -> None:
    user = redis.Redis.from_url(settings.REDIS_URL)
    user.acl_setuser("default", enabled=True, commands=["-pubsub|numsub"])
    try:
        await bus.remote_listeners().refresh([CODE], own_channel=own.channel)
        await bus.publish(CODE, "chat")
    finally:
        user.acl_setuser("default", enabled=True, commands=["+pubsub|numsub"])
        user.close()
    assert [notice["topic"] for notice in await own.heard()] == ["chat"]


async def test_a_notice_is_sent_where_nobody_has_looked_who_listens(own: Process) -> None:
    await bus.remote_listeners().refresh(["another"], own_channel=own.channel)
    await bus.publish(CODE, "chat")
    assert [notice["topic"] for notice in await own.heard()] == ["chat"]


async def test_who_is_expected_while_it_is_asked_who_listens_is_not_missed(own: Process) -> None:
    looking = asyncio.create_task(bus.remote_listeners().refresh([CODE], own_channel=own.channel))
    await asyncio.sleep(0)
    bus.remote_listeners().assume(CODE)
    await looking
    assert not bus.remote_listeners().has_none(CODE)
