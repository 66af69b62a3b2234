"""Keys of ours that are of another type in Redis, as somebody who shares it may make them."""

from collections.abc import Awaitable, Iterator
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from core import live as live_state
from core import recheck
from core.errors import StreamItError
from presence import store as presence
from rooms.upkeep import wrong_types
from tests.rooms.made import a_person
from tests.rooms.people import People
from tests.rooms.visits import Place, Visit
from tests.support.servers import Servers
from tests.support.waiting import eventually

OF_A_ROOM = ("live", "presence", "leases", "status", "snapshot", "chat", "queue")
OF_ALL = ("rooms:deadlines", "rooms:occupied", "clock", "recheck")
TOLD = "what Redis holds is of a wrong type"


class Party:
    """A room with a host and a viewer whose sockets are in this process."""

    def __init__(self, place: Place, host: Visit, viewer: Visit) -> None:
        self.place, self.host, self.viewer = place, host, viewer
        self.tried = 0

    async def failures(self) -> list[str]:
        """Do everything that needs a key of its own; return what was refused."""
        self.tried += 1
        refused = []
        for name, doing in self._everything():
            try:
                await doing
            except (StreamItError, redis.ResponseError) as error:
                refused.append(f"{name}: {error!r}")
        return refused

    def _everything(self) -> Iterator[tuple[str, Awaitable[Any]]]:
        hub, n = self.place.hub, self.tried
        yield "chat", self.host.say("CHAT", text=f"Hello {n}", id=f"c{n}")
        yield "play", self.host.say("PLAY", id=f"p{n}")
        yield "queue", self.host.say("QUEUE_SET", skipping=True, autoplay=False, id=f"q{n}")
        member = self.viewer.sender.person
        yield "mute", self.host.say("MUTE", member=member, on=False, id=f"m{n}")
        told = {"position": 1, "buffering": False, "drift_ms": n, "ready": True, "revision": 1}
        yield "status", self.viewer.say("STATUS", **told, id=f"s{n}")
        yield "reports", hub._store_reports()
        yield "coming and going", self._come_and_go()
        hub._measured_at_s = hub._renewed_at_s = float("-inf")
        yield "once a second", hub._tick()
        yield "what is due", hub._scheduler.run_due()
        yield "what was revoked", recheck.trigger()

    async def _come_and_go(self) -> None:
        lease = await self.place.hosted.enter(await a_person("Cleo"))
        await self.place.hosted.leave(lease)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("name", [*OF_A_ROOM, *OF_ALL])
async def test_a_key_of_another_type_is_told_of_once_and_made_again(
    place: Place, name: str
) -> None:
    hosted = place.hosted
    key = f"room:{{{hosted.code}}}:{name}" if name in OF_A_ROOM else name
    party = Party(place, await place.visit(hosted.host), await place.visit(await a_person("Ben")))
    assert await party.failures() == []
    assert not await wrong_types.discard()

    async with live_state.reaching_redis("test") as client:
        await client.delete(key)
        await client.rpush(key, "spoilt")
    await party.failures()
    with capture_logs() as logs:
        assert await wrong_types.discard()
    assert [(line["event"], line["key"]) for line in logs] == [(TOLD, key)]

    # What was lost with it is noticed by the first look.
    await place.hub._tick()
    assert await party.failures() == []
    assert not await wrong_types.discard()
    # Nobody is counted twice, or stays when they have gone.
    assert await presence.count(hosted.code) == 2


async def test_a_server_looks_for_keys_of_another_type_by_itself(
    servers: Servers, people: People
) -> None:
    server = servers.start(env={"STREAMIT_RATE_LIMITS": "off"})
    ana = await people.arrive(server, "Ana")
    code = await ana.create_room(entry="open")
    host = await ana.enter(code)
    client = redis.Redis.from_url(servers.redis_url, decode_responses=True)
    key = f"room:{{{code}}}:live"
    pipeline = client.pipeline()
    # At once: the server makes it again.
    pipeline.delete(key)
    pipeline.rpush(key, "spoilt")
    pipeline.execute()

    async def plays() -> bool:
        return bool((await host.ask("PLAY"))["type"] == "PLAYBACK_STATE")

    await eventually(plays)
    assert server.log.read_text().count(TOLD) == 1
