"""Room snapshots: what they tell, and how often they are made."""

import asyncio

import pytest

from rooms.snapshot import RoomSnapshot
from rooms.stores import snapshots
from tests.rooms.made import HostedRoom, a_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def test_a_crowd_that_comes_to_an_unknown_room_shares_the_making(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    make, made = snapshots.make, 0

    def count_and_make(code: str) -> RoomSnapshot:
        nonlocal made
        made += 1
        return make(code)

    monkeypatch.setattr(snapshots, "make", count_and_make)
    found = await asyncio.gather(*(snapshots.of(hosted.code) for _ in range(100)))
    assert {snapshot.code for snapshot in found} == {hosted.code}
    assert made == 1


async def test_of_those_who_were_let_in_and_nothing_more_it_tells_nothing() -> None:
    hosted = await HostedRoom.build()
    for name in ("Ben", "Cem"):
        await hosted.join(await a_person(name))
    snapshot = await snapshots.refresh(hosted.code)
    assert (snapshot.waiting, snapshot.banned, snapshot.muted) == ((), frozenset(), frozenset())
    assert snapshot.expelled == {}
