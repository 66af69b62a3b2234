"""Database access from async code, inside and outside Django views."""

import asyncio
import contextlib
import contextvars
import functools
import time
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection, connections, transaction

from core.errors import InsufficientStorage, NobodyNew, Unavailable

# A query that hangs, or a write that waits for its turn, occupies one of these threads.
WORKERS = 8
_workers = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="database")
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database-reader")

# The time limit for a connection to a database that is away.
PATIENCE_S = 5.0
# After a failure nobody tries again for this long; those who wait for a thread fail at once.
AWAY_S = 1.0
# The time limit for a thread, as long as SQLite's writers wait for one another (config.database).
BEGIN_S = 20.0
# The time limit for reading, including the query itself.
READ_S = 15.0

# Errors of a database that is away, hangs or is full: trying again can help.
DATABASE_AWAY = (OperationalError, InterfaceError)
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_DISK_FULL = "53100"
# https://www.sqlite.org/rescode.html: no space for the database or its shared-memory file.
_SQLITE_FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")

P = ParamSpec("P")
T = TypeVar("T")
Question = TypeVar("Question", bound=Hashable)


def in_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work`` in one of a few threads, and give its connection back afterwards.

    Several queries in one ``work`` are cheaper than one each: changing the thread is half of the
    cost of a short query. ``work`` sees the context variables of the calling task.
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
        # Work that has begun is not cancelled: nobody would know whether it was done.
        return await _in_time(asyncio.wrap_future(submitted), BEGIN_S, submitted.cancel)

    return run


async def _in_time(
    answer: "asyncio.Future[T]", patience_s: float, give_up: Callable[[], object]
) -> T:
    """Return the answer; after ``patience_s`` raise OperationalError if ``give_up`` cancels it.

    A database that hangs occupies every thread, and those who wait for one must be told.
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
    """Whether the database could be reached a moment ago; shared by all threads."""

    away_until_s = 0.0

    def ask(self, work: Callable[[], T]) -> T:
        """Return the result of ``work``; raise OperationalError at once after a recent failure."""
        if time.monotonic() < self.away_until_s:
            raise OperationalError("the database was away a moment ago")
        try:
            return work()
        except OperationalError as error:
            # The one from psycopg_pool, which need not be imported for SQLite.
            if type(error.__cause__).__name__ == "PoolTimeout":
                self.away_until_s = time.monotonic() + AWAY_S
            raise


_reach = _Reach()


def give_back() -> None:
    """Give this thread's connections to the pool if there is one; otherwise keep working ones.

    Opening SQLite for each query costs twice as much as the query, and an open file does not
    break; a connection to a server may break while nobody uses it.
    """
    for each in connections.all(initialized_only=True):
        if each.vendor != "sqlite" or each.errors_occurred:
            each.close()


@contextlib.contextmanager
def index_only_scans() -> Iterator[None]:
    """Let PostgreSQL read an index that has all a question needs, instead of the table.

    In a transaction. As it comes, PostgreSQL takes a disk for one whose head has to move, and reads
    the whole table, by several processes whose start alone takes milliseconds. Of 100,000
    titles the index takes less than half the time. Does nothing elsewhere.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL random_page_cost = 1.1; SET LOCAL max_parallel_workers_per_gather = 0"
        )
        yield


def take_turns(name: str) -> None:
    """Lock ``name`` against other transactions that lock it, until this transaction ends.

    SQLite's writing transactions take turns anyway (config.database). To avoid deadlocks, several
    locks must always be taken in the same order.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def in_open_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work``, which only reads, in one of a few threads that keep their connections.

    For queries of every viewer's requests: opening and closing a connection costs twice as much
    as the query. ``work`` may run twice, because a broken connection is opened again.
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
    """Tell whether the database refused because its disk is full."""
    cause = error.__cause__
    return (
        getattr(cause, "sqlstate", None) == _DISK_FULL
        or getattr(cause, "sqlite_errorname", None) in _SQLITE_FULL
    )


def refusal(error: OperationalError | InterfaceError) -> Unavailable:
    """Return the error for people whose request the database did not carry out."""
    if is_full(error):
        return InsufficientStorage()
    return Unavailable("The database is unavailable just now. Try again.", retry_after_s=PATIENCE_S)


@contextlib.contextmanager
def unless_full() -> Iterator[None]:
    """Skip a write that nobody waits for if the disk is full."""
    try:
        yield
    except DATABASE_AWAY as error:
        if not is_full(error):
            raise


@contextlib.contextmanager
def of_newcomers() -> Iterator[None]:
    """Raise the right error if a full disk keeps a new person from coming in."""
    try:
        yield
    except DATABASE_AWAY as error:
        if is_full(error):
            raise NobodyNew from error
        raise


class Batched(Generic[Question, T]):
    """Queries in batches: callers that ask while a query runs are answered by the next one.

    Many callers at the same time cost a few queries, not one each. Nobody is answered by a query
    that began before they asked.
    """

    def __init__(
        self,
        look: Callable[[Collection[Question]], Mapping[Question, T]],
        *,
        writes: bool = False,
        pause_s: float = 0.005,
    ) -> None:
        """Answer with ``look``, which may leave out questions without an answer.

        It only reads, and may run twice. With ``writes`` it writes and runs once, in one
        transaction for all callers. Then no single question may make it fail, because it
        would fail for all.

        If someone has asked meanwhile, the next query waits ``pause_s`` for more callers: they
        come one by one, and queries without a pause took a quarter of all processor time.
        """
        self._look = in_database(look) if writes else in_open_database(look)
        self._pause_s = pause_s
        self._waiting: dict[Question, asyncio.Future[T | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> T | None:
        """Return the answer, or None if there is none; raise what ``look`` raised."""
        loop = asyncio.get_running_loop()
        answer = self._waiting.setdefault(question, loop.create_future())
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._answer_all())
        # Others may be waiting for the same answer.
        return await asyncio.shield(answer)

    async def _answer_all(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, {}
            try:
                found = await self._look(asked.keys())
            except Exception as error:
                for answer in asked.values():
                    answer.set_exception(error)
                    answer.exception()  # marks it as retrieved: nobody may be waiting any more
            else:
                for question, answer in asked.items():
                    answer.set_result(found.get(question))
            if self._waiting:
                await asyncio.sleep(self._pause_s)
