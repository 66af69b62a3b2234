"""Taking turns on the event loop, so that many long streams do not delay a new request.

A piece of a stream takes about 50 us. If a hundred streams each sent one in every turn of the loop,
a request, which needs several turns until its first byte, would wait 5 ms for each turn.
"""

import asyncio
import threading
from collections import deque

AT_ONCE = 2


class _Queue(threading.local):
    """The streams that wait on this thread's event loop."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.waiting: deque[asyncio.Future[None]] = deque()


_queue = _Queue()


async def next_turn() -> None:
    """Wait for the next turn of the loop, or a later one if many streams wait."""
    loop = asyncio.get_running_loop()
    if _queue.loop is not loop:  # futures of an earlier loop are dropped
        _queue.loop, _queue.waiting = loop, deque()
    mine = loop.create_future()
    _queue.waiting.append(mine)
    if len(_queue.waiting) == 1:
        loop.call_soon(_let_some)
    await mine


def _let_some() -> None:
    waiting = _queue.waiting
    for _ in range(min(AT_ONCE, len(waiting))):
        mine = waiting.popleft()
        if not mine.done():
            mine.set_result(None)
    if waiting and _queue.loop is not None:
        _queue.loop.call_soon(_let_some)
