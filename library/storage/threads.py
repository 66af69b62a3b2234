"""Blocking work off the event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ParamSpec, TypeVar

from core.fair_queue import FairQueue

P = ParamSpec("P")
T = TypeVar("T")

_TURNS = FairQueue(at_once=1, of_one=1)


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


async def in_turn(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what may keep the processor busy for long in a thread, one at a time in a process.

    Raises Busy.
    """
    return await _TURNS.do(partial(work, *args, **kwargs))
