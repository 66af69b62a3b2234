"""Runs into a rate limit on any machine: a slow one regains tokens while it makes attempts."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.limits import Limit

R = TypeVar("R")


async def use_up(limit: Limit, attempt: Callable[[int], Awaitable[R | None]]) -> R:
    """Make attempts until one is refused, and return its result; those that pass return None."""
    began_s, passed = time.monotonic(), 0
    while (refusal := await attempt(passed)) is None:
        passed += 1
        came_back = (time.monotonic() - began_s) / 60 * limit.per_minute
        assert passed <= limit.burst + came_back + 1, "nobody is refused"
    assert passed >= limit.burst
    return refusal
