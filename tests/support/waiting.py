"""Waits for conditions that have no signal, such as the state of another process.

If there is an event or a message to wait for, a test should do that instead.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.support.patience import PATIENCE_S

T = TypeVar("T")


async def eventually(
    check: Callable[[], Awaitable[T | None]], *, within_s: float = PATIENCE_S, every_s: float = 0.05
) -> T:
    """Wait until ``check`` returns something true, and return it; fail if it never does."""
    deadline_s = time.monotonic() + within_s
    while not (found := await check()):
        assert time.monotonic() < deadline_s, f"not within {within_s} s: {check.__name__}"
        await asyncio.sleep(every_s)
    return found


def wait_until(
    check: Callable[[], T | None],
    why: str = "",
    *,
    within_s: float = PATIENCE_S,
    every_s: float = 0.01,
) -> T:
    """Do the same in a synchronous test; ``why`` is the message of the failure."""
    deadline_s = time.monotonic() + within_s
    while not (found := check()):
        assert time.monotonic() < deadline_s, why or f"not within {within_s} s: {check.__name__}"
        time.sleep(every_s)
    return found
