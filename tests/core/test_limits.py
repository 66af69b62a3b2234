"""The token bucket, in a real Valkey."""

from typing import Any

import pytest

import core.live
from core.errors import RateLimited, Unavailable
from core.limits import Limit, check, give_back, spend, spend_each

# One token in a thousand seconds: none comes back while a test runs.
SLOW = Limit("slow", burst=3, per_minute=0.06)
KEY = "limit:slow:{ann}"


async def spend_all(limit: Limit, subject: str) -> None:
    """Empty ``subject``'s bucket."""
    for _ in range(limit.burst):
        await spend(limit, subject)


def is_nearly(left_s: float | None, expected_s: float) -> bool:
    """Tell whether so much time was left a moment ago; what is told is rounded up."""
    return left_s is not None and expected_s - 100 < left_s <= expected_s + 1


async def let_pass(seconds: float) -> None:
    """Make ann's bucket look as if it was last used ``seconds`` earlier."""
    async with core.live.reaching_redis("test") as redis:
        at = float(await redis.hget(KEY, "at") or 0)
        await redis.hset(KEY, "at", at - seconds * 1000)


async def test_the_burst_passes_and_the_next_is_told_when_to_come_back(live: None) -> None:
    await spend_all(SLOW, "ann")
    with pytest.raises(RateLimited) as refused:
        await spend(SLOW, "ann")
    assert is_nearly(refused.value.retry_after_s, 1000)


async def test_a_token_comes_back_after_its_time_and_not_before(live: None) -> None:
    await spend_all(SLOW, "ann")
    await let_pass(800)
    with pytest.raises(RateLimited) as refused:
        await spend(SLOW, "ann")
    assert is_nearly(refused.value.retry_after_s, 200)
    await let_pass(200)
    await spend(SLOW, "ann")
    with pytest.raises(RateLimited):
        await spend(SLOW, "ann")


async def test_a_bucket_never_holds_more_than_its_burst(live: None) -> None:
    await spend(SLOW, "ann")
    await let_pass(3600)
    await spend_all(SLOW, "ann")
    with pytest.raises(RateLimited):
        await spend(SLOW, "ann")


async def test_being_refused_costs_nothing(live: None) -> None:
    await spend_all(SLOW, "ann")
    for _ in range(5):
        with pytest.raises(RateLimited):
            await spend(SLOW, "ann")
    await let_pass(1000)
    await spend(SLOW, "ann")


async def test_looking_costs_nothing_and_tells_the_same(live: None) -> None:
    for _ in range(SLOW.burst + 1):
        await check(SLOW, "ann")
    await spend_all(SLOW, "ann")
    with pytest.raises(RateLimited) as refused:
        await check(SLOW, "ann")
    assert is_nearly(refused.value.retry_after_s, 1000)


async def test_what_is_given_back_can_be_spent_again_and_fills_no_bucket_over(live: None) -> None:
    await give_back(SLOW, "ann")
    await spend_all(SLOW, "ann")
    await give_back(SLOW, "ann")
    await spend(SLOW, "ann")
    for _ in range(SLOW.burst + 5):
        await give_back(SLOW, "ann")
    await spend_all(SLOW, "ann")
    with pytest.raises(RateLimited):
        await spend(SLOW, "ann")


async def test_of_several_buckets_none_gives_anything_where_one_is_empty(live: None) -> None:
    other = Limit("other", burst=1, per_minute=0.06)
    await spend(other, "all")
    for _ in range(SLOW.burst + 1):
        with pytest.raises(RateLimited):
            await spend_each((SLOW, "ann"), (other, "all"))
    await spend_all(SLOW, "ann")


async def test_each_subject_and_each_limit_has_its_own_bucket(live: None) -> None:
    await spend_all(SLOW, "ann")
    with pytest.raises(RateLimited):
        await spend(SLOW, "ann")
    await spend(SLOW, "bob")
    await spend(Limit("other", burst=1, per_minute=1), "ann")


async def test_a_clock_that_is_set_back_does_not_stop_the_refill(live: None) -> None:
    await spend_all(SLOW, "ann")
    await let_pass(-3600)
    with pytest.raises(RateLimited) as refused:
        await spend(SLOW, "ann")
    assert is_nearly(refused.value.retry_after_s, 1000)
    await let_pass(1000)
    await spend(SLOW, "ann")


async def test_a_full_bucket_is_forgotten(live: None) -> None:
    await spend(SLOW, "ann")
    async with core.live.reaching_redis("test") as redis:
        # When it is as full as one that never was.
        assert is_nearly(await redis.pttl(KEY) / 1000, 3000)


async def test_without_redis_nothing_passes(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    with pytest.raises(Unavailable):
        await spend(SLOW, "ann")


async def test_switched_off_it_does_not_even_ask_redis(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    settings.RATE_LIMITS = False
    for _ in range(SLOW.burst + 1):
        await spend(SLOW, "ann")
