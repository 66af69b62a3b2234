"""A room of which nobody is told of everyone: what those outside of the sample hear."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from accounts.principal import Principal
from core import live as live_state
from core.close_codes import CloseCode
from presence import store as presence
from rooms.protocol import ROSTER_LIMIT
from rooms.upkeep import renaming
from tests.rooms.made import a_person, id_of
from tests.rooms.visits import Message, Place, Visit
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


class Crowd:
    """A crowd with Ana as host, and Ben, who came after the first hundred."""

    def __init__(self, place: Place, ana: Visit, ben: Visit, person: Principal) -> None:
        self.place, self.ana, self.ben, self.person = place, ana, ben, person

    async def say(self, type_: str, **fields: object) -> Message:
        member = id_of(self.person)
        return await self.ana.say(type_, member=member, id=f"{type_} {fields}", **fields)

    def told(self) -> list[Message]:
        """Return what Ben has heard about Ben."""
        return [
            member
            for message in self.ben.hears.heard
            if message["type"] == "PRESENCE"
            for member in message["changed"]
            if member["id"] == id_of(self.person)
        ]

    async def hears(self, **facts: object) -> None:
        """Wait until the last that Ben has heard about Ben says ``facts``."""

        async def does() -> bool:
            return any(facts.items() <= member.items() for member in self.told()[-1:])

        await eventually(does)


@pytest_asyncio.fixture
async def crowd(place: Place) -> AsyncIterator[Crowd]:
    ana = await place.visit(place.hosted.host)
    async with live_state.reaching_redis("test") as redis:
        first = {f"person {number}": number for number in range(ROSTER_LIMIT + 20)}
        await redis.zadd(presence.key(place.hosted.code, "since"), first)
    person = await a_person("Ben")
    ben = await place.visit(person)
    await ana.sender.room.refresh_presence()
    assert id_of(person) not in ana.sender.room.presence_feed.members
    yield Crowd(place, ana, ben, person)


async def test_who_is_outside_of_the_sample_hears_of_themselves(crowd: Crowd) -> None:
    await crowd.say("MUTE", on=True)
    await crowd.hears(muted=True, name="Ben", role="viewer")
    await crowd.say("MUTE", on=False)
    await crowd.hears(muted=False)
    await renaming.rename(crowd.person.user_id, "Benno")
    await crowd.hears(name="Benno")
    others = [m for m in crowd.ana.hears.heard if m["type"] == "PRESENCE" and m["changed"]]
    assert id_of(crowd.person) not in {one["id"] for m in others for one in m["changed"]}


async def test_who_falls_out_of_the_sample_hears_that_they_are_here(crowd: Crowd) -> None:
    await crowd.say("COHOST", on=True)
    await crowd.hears(role="cohost")

    async def is_listed() -> bool:
        return id_of(crowd.person) in crowd.ana.sender.room.presence_feed.members

    await eventually(is_listed)
    await crowd.say("COHOST", on=False)

    async def is_put_back() -> bool:
        last = [m for m in crowd.ben.hears.heard if m["type"] == "PRESENCE"][-2:]
        return [
            (id_of(crowd.person) in m["left"], [one["role"] for one in m["changed"]]) for m in last
        ] == [(True, []), (False, ["viewer"])]

    await eventually(is_put_back)


async def test_who_wrote_a_line_is_dealt_with_by_its_member(crowd: Crowd) -> None:
    line = await crowd.ben.say("CHAT", text="Rude", id="line")
    assert line["member"] == id_of(crowd.person)
    assert (await crowd.ana.say("KICK", member=line["member"], id="kick"))["type"] == "ACK"

    async def is_out() -> bool:
        return crowd.ben.hears.closed is CloseCode.KICKED

    await eventually(is_out)
    assert (await crowd.ana.say("BAN", member=line["member"], id="ban"))["type"] == "ACK"
