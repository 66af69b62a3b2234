"""How many rooms somebody keeps, whatever several connections to the database do at once."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any
from uuid import UUID

import pytest

from accounts.principal import Principal
from rooms import services
from rooms.errors import TooManyKept
from rooms.models import MembershipStatus, Room
from rooms.stores import room_rows
from tests.accounts import people
from tests.rooms.made import HostedRoom, id_of

pytestmark = pytest.mark.usefixtures("live", "each_database")

MOST = 5


@pytest.fixture(autouse=True)
def few_may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_rows, "MOST_KEPT", MOST)


async def a_member() -> Principal:
    user = await people.registered()
    return Principal(user.pk, user.display_name, user.is_guest, via="session")


def make(host: Principal, **facts: Any) -> Coroutine[Any, Any, services.RoomView]:
    return services.create_room(host, source=None, name="Films", capacity=9, **facts)


async def kept_by(user_id: UUID) -> int:
    return await Room.objects.filter(host_id=user_id, kept=True).acount()


async def refusals(*works: Awaitable[Any]) -> int:
    """Do all at once; return how many were refused because too many are kept."""
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    failures = [each for each in outcomes if isinstance(each, BaseException)]
    assert {type(each) for each in failures} <= {TooManyKept}, failures
    return len(failures)


async def test_of_rooms_that_are_kept_at_once_no_more_are_than_one_person_may_keep() -> None:
    ana = await a_member()
    rooms = [await make(ana) for _ in range(8)]
    keeping = (services.change_room(each.room.code, ana, {"kept": True}) for each in rooms)

    refused = await refusals(*keeping, *(make(ana, kept=True) for _ in range(8)))

    assert (await kept_by(ana.user_id), refused) == (MOST, 16 - MOST)


async def test_of_rooms_handed_over_at_once_no_more_are_kept_than_the_new_host_may() -> None:
    ana = await a_member()
    given = [await HostedRoom.build() for _ in range(8)]
    for room in given:
        await Room.objects.filter(code=room.code).aupdate(kept=True)
        await room.record(ana, MembershipStatus.APPROVED)

    handing = (room.transfer(ana, by=room.host) for room in given)
    await refusals(*handing, *(make(ana, kept=True) for _ in range(4)))

    assert await kept_by(ana.user_id) == MOST
    assert {str((await room.row()).host_id) for room in given} == {id_of(ana)}
