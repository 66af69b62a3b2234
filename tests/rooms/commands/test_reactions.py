"""Reactions: everyone at both servers hears them counted, the muted and the hasty are refused."""

import time
from collections import Counter
from functools import partial
from typing import Any

import pytest

from core.errors import RateLimited
from rooms.commands import reactions
from tests.rooms.conftest import Pair
from tests.rooms.made import id_of
from tests.rooms.people import People, RoomSocket
from tests.rooms.visits import Place
from tests.support.limits import use_up

FAMILY = "👨‍👩‍👧‍👦"


def heard(room_socket: RoomSocket) -> Counter[str]:
    """Add up all that one socket was told."""
    total: Counter[str] = Counter()
    for message in room_socket.of("REACTIONS"):
        total.update(message["counts"])
    return total


def hears_all(room_socket: RoomSocket, expected: Counter[str]) -> bool:
    return heard(room_socket) == expected


async def test_reactions_are_counted_together_for_everyone(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    began_s = time.monotonic()
    for _ in range(4):
        await host.say("REACT", emoji="😂")
    for _ in range(3):
        await viewer.say("REACT", emoji="😂")
    assert (await viewer.ask("REACT", emoji=FAMILY))["type"] == "ACK"
    expected = Counter({"😂": 7, FAMILY: 1})
    for room_socket in (host, viewer):
        await room_socket.until(partial(hears_all, room_socket, expected))
        # Eight were pressed within a moment; a message each would be eight. On a busy machine the
        # moment lasts, and it is told of four times a second.
        assert len(room_socket.of("REACTIONS")) <= 5 + 4 * (time.monotonic() - began_s)


@pytest.mark.parametrize("emoji", ["a", "😂😂", "<b>", "1", " 😂", "\u200d"])
async def test_what_is_not_one_emoji_is_refused(pair: Pair, people: People, emoji: str) -> None:
    ana = await people.arrive(pair.first, "Ana")
    host = await ana.enter(await ana.create_room())
    answer = await host.ask("REACT", emoji=emoji)
    assert (answer["type"], answer["code"]) == ("ERROR", "invalid")
    await host.in_step()
    assert host.of("REACTIONS") == []


async def test_the_muted_cannot_react(pair: Pair, people: People) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.sees(2)
    await host.ask("MUTE", member=ben.id)
    await viewer.hears(lambda m: any(each["muted"] for each in m.get("changed", [])))
    assert (await viewer.ask("REACT", emoji="👏"))["code"] == "muted"


async def test_reactions_over_rest_are_seen_by_all_but_not_from_the_muted(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ben")
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    path = f"/rooms/{code}/reactions"
    assert (await ben.http.post(path, json={"emoji": "👏"})).status_code == 204
    for room_socket in (host, viewer):
        await room_socket.until(partial(hears_all, room_socket, Counter({"👏": 1})))
    assert await ben.refusal("POST", path, json={"emoji": "no"}) == (422, "invalid")
    await host.ask("MUTE", member=ben.id)
    assert await ben.refusal("POST", path, json={"emoji": "👏"}) == (403, "muted")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("live")
async def test_one_member_reacts_over_rest_only_so_often(place: Place, settings: Any) -> None:
    settings.RATE_LIMITS = True
    code, host = place.hosted.code, id_of(place.hosted.host)

    async def react(_number: int) -> RateLimited | None:
        try:
            await reactions.react(code, "👏", by=host)
        except RateLimited as refusal:
            return refusal
        return None

    refused = await use_up(reactions.REACTING, react)
    assert refused.retry_after_s is not None
