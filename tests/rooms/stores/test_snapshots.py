"""Room snapshots: what they tell, and how often they are made."""

import asyncio

import pytest

from rooms import tickets
from rooms.commands.moderation import ModerationAction
from rooms.snapshot import RoomSnapshot
from rooms.stores import snapshots
from tests.rooms.made import HostedRoom, a_person, id_of, pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def test_a_crowd_that_comes_to_an_unknown_room_shares_the_making(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    make, made = snapshots.make, 0

    def count_and_make(code: str, *, now_s: float) -> RoomSnapshot:
        nonlocal made
        made += 1
        return make(code, now_s=now_s)

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


async def test_it_tells_of_a_kick_until_no_token_from_before_it_is_left() -> None:
    hosted = await HostedRoom.build()
    ben, cem = await hosted.let_in("Ben"), await hosted.let_in("Cem")
    await hosted.act(ModerationAction.KICK, ben, by=hosted.host)
    # A socket may get its last token while it is about to be closed for the kick.
    await pass_time(seconds=tickets.RESUME_TTL.total_seconds() + 60)
    assert (await snapshots.refresh(hosted.code)).expelled.keys() == {id_of(ben)}
    await pass_time(seconds=2 * 3600)
    await hosted.act(ModerationAction.KICK, cem, by=hosted.host)
    assert (await hosted.snapshot()).expelled.keys() == {id_of(cem)}
