"""Waiting for what comes without a signal, such as what another process does.

A test that can wait for a signal, such as an event or a message, does so instead.
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
    """Return what ``check`` returns as soon as that is true; fail when it never is."""
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
    """Do the same for a test that is not asynchronous; ``why`` is what it says as it fails."""
    deadline_s = time.monotonic() + within_s
    while not (found := check()):
        assert time.monotonic() < deadline_s, why or f"not within {within_s} s: {check.__name__}"
        time.sleep(every_s)
    return found
