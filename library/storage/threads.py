"""Blocking work in threads."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ParamSpec, TypeVar

from core.fair_queue import FairQueue

P = ParamSpec("P")
T = TypeVar("T")

_TURNS = FairQueue(at_once=1, of_one=1)


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work``, to its end even if cancelled.

    A thread cannot be cancelled, so the caller must not close a file or remove a row that the
    thread still uses.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def in_turn(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do processor-heavy work in a thread, one at a time in each process.

    Raises Busy.
    """
    return await _TURNS.do(partial(work, *args, **kwargs))
