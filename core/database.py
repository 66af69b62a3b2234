"""Database work from async code, in a Django view or not."""

import asyncio
import contextlib
import contextvars
import functools
import time
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection, connections

from core.errors import InsufficientStorage, NobodyNew, Unavailable

# A question that hangs, or a change that waits for its turn, keeps one of them.
WORKERS = 8
_workers = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="database")
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database-reader")

# So long somebody waits for a connection to a database that is away.
PATIENCE_S = 5.0
# So long nobody tries again then: who waits for a thread meanwhile hears of it at once.
AWAY_S = 1.0
# So long somebody waits for a thread, as SQLite's writers do for one another (config.database).
BEGIN_S = 20.0
# So long somebody waits for what is only read, also when that has begun.
READ_S = 15.0

# What a database raises that is gone, hangs, or has no room: trying again can help.
DATABASE_AWAY = (OperationalError, InterfaceError)
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_DISK_FULL = "53100"
# https://www.sqlite.org/rescode.html: no room for the database, or for what its readers share.
_SQLITE_FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")

P = ParamSpec("P")
T = TypeVar("T")
Question = TypeVar("Question", bound=Hashable)


def in_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work`` in one of a few threads, and give its connection back after it.

    Several questions in one ``work`` cost a good deal less than one each: going to another
    thread and back is what half of a short one costs. It sees the context variables of its task.
    """

    def working(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return _reach.ask(functools.partial(work, *args, **kwargs))
        finally:
            give_back()

    @functools.wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        call = functools.partial(contextvars.copy_context().run, working, *args, **kwargs)
        submitted = _workers.submit(call)
        # Cancels nothing that has begun: nobody would know what became of it.
        return await _in_time(asyncio.wrap_future(submitted), BEGIN_S, submitted.cancel)

    return run


async def _in_time(
    answer: "asyncio.Future[T]", patience_s: float, give_up: Callable[[], object]
) -> T:
    """Return the answer; raise OperationalError when ``give_up``, called in time, cancels it.

    A database that hangs keeps every thread, and who waits for one is to hear of it.
    """
    task = asyncio.current_task()
    giving_up = asyncio.get_running_loop().call_later(patience_s, give_up)
    try:
        return await answer
    except asyncio.CancelledError:
        if task is None or task.cancelling():
            raise
        raise OperationalError("the database hangs") from None
    finally:
        giving_up.cancel()


class _Reach:
    """Whether there was a connection to be had a moment ago, for all threads."""

    away_until_s = 0.0

    def ask(self, work: Callable[[], T]) -> T:
        """Return what ``work`` does; raise OperationalError at once after it could not be had."""
        if time.monotonic() < self.away_until_s:
            raise OperationalError("the database was away a moment ago")
        try:
            return work()
        except OperationalError as error:
            # psycopg_pool's, which those who stand on SQLite need not load.
            if type(error.__cause__).__name__ == "PoolTimeout":
                self.away_until_s = time.monotonic() + AWAY_S
            raise


_reach = _Reach()


def give_back() -> None:
    """Give this thread's connections to the pool, if there is one; else keep what works.

    To open SQLite's for each question costs twice as much as the question, and what is kept
    is a file that is there; a connection to a server may break while nobody uses it.
    """
    for each in connections.all(initialized_only=True):
        if each.vendor != "sqlite" or each.errors_occurred:
            each.close()


def take_turns(name: str) -> None:
    """Hold off others that take turns at ``name``, until this transaction ends.

    SQLite's transactions that write take turns anyway (config.database). Locks for one purpose
    must be taken in one order.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def in_open_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work``, which only reads, in one of a few threads that keep their connections.

    For what every request of every viewer asks: opening and closing a connection costs
    twice as much as the question. ``work`` may run twice: a connection that broke
    meanwhile is opened anew.
    """

    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        asking = functools.partial(work, *args, **kwargs)
        try:
            return _reach.ask(asking)
        except DATABASE_AWAY:
            connection.close()
            return _reach.ask(asking)

    @functools.wraps(work)
    async def read(*args: P.args, **kwargs: P.kwargs) -> T:
        call = functools.partial(reading, *args, **kwargs)
        answer = asyncio.get_running_loop().run_in_executor(_readers, call)
        return await _in_time(answer, READ_S, answer.cancel)

    return read


def is_full(error: Exception) -> bool:
    """Tell whether the database refused because no room is left on its disk."""
    cause = error.__cause__
    return (
        getattr(cause, "sqlstate", None) == _DISK_FULL
        or getattr(cause, "sqlite_errorname", None) in _SQLITE_FULL
    )


def refusal(error: OperationalError | InterfaceError) -> Unavailable:
    """Return what to tell people whose request the database did not carry out."""
    if is_full(error):
        return InsufficientStorage()
    return Unavailable("The database is unavailable just now. Try again.", retry_after_s=PATIENCE_S)


@contextlib.contextmanager
def unless_full() -> Iterator[None]:
    """Leave a write undone that nobody waits for when the disk has no room for it."""
    try:
        yield
    except DATABASE_AWAY as error:
        if not is_full(error):
            raise


@contextlib.contextmanager
def of_newcomers() -> Iterator[None]:
    """Say of a write without which somebody cannot come in what a full disk means to them."""
    try:
        yield
    except DATABASE_AWAY as error:
        if is_full(error):
            raise NobodyNew from error
        raise


class Batched(Generic[Question, T]):
    """Queries in batches: all who ask while one query runs are answered by the next one.

    A crowd that comes at the same moment costs a few queries, not one each. Nobody is answered
    by a query that began before they asked.
    """

    def __init__(
        self,
        look: Callable[[Collection[Question]], Mapping[Question, T]],
        *,
        writes: bool = False,
        pause_s: float = 0.005,
    ) -> None:
        """Ask ``look``, which may leave out what has no answer.

        It only reads, and may run twice. With ``writes`` it changes something, and runs once: in
        one transaction it takes its turn among all writers once for a crowd. Then nothing that
        one asks for may make it fail, since it fails for all.

        When somebody has asked meanwhile the next look waits ``pause_s`` for more: a crowd
        comes one by one, and looks without a break took a quarter of all processor time.
        """
        self._look = in_database(look) if writes else in_open_database(look)
        self._pause_s = pause_s
        self._waiting: dict[Question, asyncio.Future[T | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> T | None:
        """Return the answer, or None without one; raise what the look raised."""
        loop = asyncio.get_running_loop()
        answer = self._waiting.setdefault(question, loop.create_future())
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._answer_all())
        # Others may wait for the same answer.
        return await asyncio.shield(answer)

    async def _answer_all(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, {}
            try:
                found = await self._look(asked.keys())
            except Exception as error:
                for answer in asked.values():
                    answer.set_exception(error)
                    answer.exception()  # nobody may be waiting any more: it is no news
            else:
                for question, answer in asked.items():
                    answer.set_result(found.get(question))
            if self._waiting:
                await asyncio.sleep(self._pause_s)
