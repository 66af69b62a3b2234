"""Limits that hold also for those who come back as somebody else."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient

from accounts import tokens
from accounts.budgets import Budget, spend
from accounts.principal import Principal
from core.errors import RateLimited
from core.limits import Limit
from rooms.services import ROOMS
from tests.accounts import people
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

# One comes back in 100 minutes: never while a test runs.
THINGS = Budget(
    person=Limit("thing", burst=2, per_minute=0.01),
    address=Limit("thing-address", burst=4, per_minute=0.01),
    guests=Limit("thing-guests", burst=6, per_minute=0.01),
)


def somebody(address: str, *, is_guest: bool = True) -> Principal:
    return Principal(uuid4(), "Somebody", is_guest, via="session", address=address)


async def spent(count: int, address: str, *, is_guest: bool = True) -> int:
    """Return how many of ``count`` people, each new, could do the thing once."""
    done = 0
    for _ in range(count):
        try:
            await spend(THINGS, somebody(address, is_guest=is_guest))
        except RateLimited:
            continue
        done += 1
    return done


async def test_who_comes_back_as_somebody_else_is_counted_by_their_address() -> None:
    assert await spent(10, "10.0.0.1") == 4
    assert await spent(1, "10.0.0.2") == 1


async def test_all_guests_share_a_bound_which_is_not_for_accounts() -> None:
    assert sum([await spent(2, f"10.0.0.{n}") for n in range(5)]) == 6
    assert await spent(2, "10.0.0.9", is_guest=False) == 2


async def test_who_is_refused_because_of_others_loses_nothing_of_their_own() -> None:
    ana = somebody("10.0.0.1", is_guest=False)
    assert await spent(4, "10.0.0.1") == 4
    for _ in range(3):
        with pytest.raises(RateLimited):
            await spend(THINGS, ana)
    for _ in range(2):
        await spend(THINGS, replace(ana, address="10.0.0.2"))


async def test_accounts_count_by_address_only_while_anyone_may_make_one(settings: Any) -> None:
    settings.SIGN_UP = "invite"
    assert await spent(10, "10.0.0.1", is_guest=False) == 10
    settings.SIGN_UP = "open"
    assert await spent(10, "10.0.0.1", is_guest=False) == 4


async def test_who_has_used_up_theirs_takes_nothing_from_the_others() -> None:
    one = somebody("10.0.0.1")
    for _ in range(2):
        await spend(THINGS, one)
    for _ in range(20):
        with pytest.raises(RateLimited):
            await spend(THINGS, one)
    assert await spent(10, "10.0.0.1") == 2
    assert await spent(10, "10.0.0.2") == 2


async def test_a_new_guest_for_each_room_makes_no_more_rooms() -> None:
    async def make(_: int) -> Any:
        answer = await AsyncClient().post(
            "/api/v1/rooms",
            {"name": "Room"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {tokens.issue(await people.guest())}"},
        )
        return None if answer.status_code == 201 else answer

    assert (await use_up(ROOMS.address, make)).json()["error"]["code"] == "rate_limited"
