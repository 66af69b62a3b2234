"""Fair queues for slow work: one for each kind of work, in each process.

A limited amount of work is done at the same time, and only part of that for one owner. Waiting work
is started owner by owner. If too much waits, the owner with the most waiting work loses their
newest. So however much one owner asks for, the others wait only briefly. Work that would have to
wait too long is refused.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from core.errors import Unavailable
from core.per_loop import PerLoop

T = TypeVar("T")

RETRY_AFTER_S = 10.0

# Who the current task works for, unless the work itself says so.
_asker: ContextVar[str] = ContextVar("asker", default="")


def set_asker(who: str) -> None:
    """Count what this task does from now on for ``who``: an address or an owner."""
    _asker.set(who)


def asker() -> str:
    """Return who this task works for; "" for the server itself."""
    return _asker.get()


class Busy(Unavailable):
    """Too much of one kind of work is waiting, or has waited for too long."""

    code = "busy"
    message = "The server has too much of this to do just now. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after_s=RETRY_AFTER_S)


@dataclass(eq=False)
class FairQueue:
    """The queue of one kind of work.

    ``at_once`` tasks run at the same time, ``of_one`` of them for one owner. At most
    ``most_waiting`` wait, ``most_waiting_of_one`` for one owner, each for ``longest_wait_s``.
    """

    at_once: int
    of_one: int
    most_waiting: int = 40
    most_waiting_of_one: int = 10
    longest_wait_s: float = 20.0
    _queues: PerLoop["_Queue"] = field(init=False)

    def __post_init__(self) -> None:
        self._queues = PerLoop(lambda: _Queue(self))

    @asynccontextmanager
    async def turn(self, who: str | None = None) -> AsyncIterator[None]:
        """Wait for a turn of ``who``, by default of who the task works for; raise Busy."""
        queue, who = self._queues.get(), asker() if who is None else who
        await queue.enter(who)
        try:
            yield
        finally:
            queue.leave(who)

    async def do(
        self, work: Callable[[], T], *, who: str | None = None, threads: Executor | None = None
    ) -> T:
        """Do ``work`` in a thread when it is the turn of ``who``, as ``turn`` does; raise Busy.

        The turn lasts until the thread is done, even if the caller is cancelled before.
        """
        queue, who = self._queues.get(), asker() if who is None else who
        await queue.enter(who)
        try:
            working = asyncio.get_running_loop().run_in_executor(threads, work)
        except BaseException:
            queue.leave(who)
            raise
        working.add_done_callback(lambda _: queue.leave(who))
        return await asyncio.shield(working)


class _Queue:
    """Who is working and who is waiting, on one event loop."""

    def __init__(self, bounds: FairQueue) -> None:
        self._bounds = bounds
        self._at_work: Counter[str] = Counter()
        # By owner; the next one comes first.
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def enter(self, who: str) -> None:
        """Return when it is the turn of ``who``; call ``leave`` afterwards. Raises Busy."""
        if self._may_begin(who):
            self._at_work[who] += 1
            return
        self._make_room(who)
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(mine)
        try:
            async with asyncio.timeout(self._bounds.longest_wait_s):
                await mine
        except BaseException as error:
            self._give_up(who, mine)
            if isinstance(error, TimeoutError):
                raise Busy from None
            raise

    def leave(self, who: str) -> None:
        """End a turn of ``who``, so that others can begin."""
        self._at_work[who] -= 1
        # Otherwise the counter would keep everybody who ever came.
        self._at_work += Counter()
        self._forget_those_gone()
        while (other := next(filter(self._may_begin, self._waiting), None)) is not None:
            theirs = self._waiting.pop(other)
            self._at_work[other] += 1
            theirs.popleft().set_result(None)
            if theirs:
                self._waiting[other] = theirs

    def _may_begin(self, who: str) -> bool:
        is_free = self._at_work.total() < self._bounds.at_once
        return is_free and self._at_work[who] < self._bounds.of_one

    def _make_room(self, who: str) -> None:
        """Raise Busy unless one more of ``who`` may wait; another's waiting work may be dropped."""
        self._forget_those_gone()
        counts = {each: len(theirs) for each, theirs in self._waiting.items()}
        own = counts.get(who, 0)
        if own >= self._bounds.most_waiting_of_one:
            raise Busy
        if sum(counts.values()) >= self._bounds.most_waiting:
            greediest = max(counts, key=counts.__getitem__, default=who)
            if counts.get(greediest, 0) <= own + 1:
                raise Busy
            self._waiting[greediest].pop().set_exception(Busy())

    def _give_up(self, who: str, mine: asyncio.Future[None]) -> None:
        if mine.done() and not mine.cancelled():
            if mine.exception() is None:
                self.leave(who)
            return
        self._forget_those_gone()

    def _forget_those_gone(self) -> None:
        """Drop cancelled waiters: a cancelled task cleans up only when it runs next."""
        for who, theirs in list(self._waiting.items()):
            still = deque(each for each in theirs if not each.done())
            if still:
                self._waiting[who] = still
            else:
                del self._waiting[who]
