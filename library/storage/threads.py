"""Blocking work off the event loop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work``, to its end even when cancelled.

    A thread cannot be cancelled: whoever awaits it must not go on to close a file, or to
    remove a row, that it is still at work on.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
