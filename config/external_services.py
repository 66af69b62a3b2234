"""Waiting for an external database and Redis, which may start after us."""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat

from django.conf import settings
from django.db import OperationalError, connection
from redis.exceptions import ResponseError

from config.database import place
from config.database_refusal import is_not_let_in
from core import live

WAIT_S = 60.0
EVERY_S = 0.5
# The first one is short, so that people soon see what we wait for.
_ATTEMPTS_S = (2, 10)

Tell = Callable[[str], None]


class DoesNotAnswer(SystemExit):
    """What was waited for did not come, or refuses us; the text names its setting and says why."""


def wait_for_database(tell: Tell, *, at_most_s: float = WAIT_S) -> None:
    """Return when PostgreSQL takes connections; ``tell`` hears at once that it does not.

    Raises DoesNotAnswer after ``at_most_s``, and at once where it does not let us in. SQLite is a
    file, for which nobody waits.
    """
    if connection.vendor == "postgresql":
        where = f"DATABASE_URL: the database at {place()}"
        refusals = (_refusal_of_database(where, patience_s) for patience_s in _attempts_s())
        _wait(where, refusals, tell, at_most_s)


def wait_for_redis(tell: Tell, *, at_most_s: float = WAIT_S) -> None:
    """Return when the Redis of REDIS_URL takes writes; else as ``wait_for_database``.

    Raises DoesNotAnswer at once where it refuses to work for us at all. The embedded Valkey is
    started, or not, by ``./streamit up``.
    """
    if url := settings.ENV.redis_url:
        where = f"REDIS_URL: the Redis at {live.place(url)}"
        _wait(where, iter(lambda: asyncio.run(_refusal_of_redis(where)), None), tell, at_most_s)


def _wait(where: str, refusals: Iterator[str], tell: Tell, at_most_s: float) -> None:
    """Go on asking until there is no refusal: "" from ``refusals``."""
    deadline = time.monotonic() + at_most_s
    is_told = False
    for why in refusals:
        if not why:
            return
        if time.monotonic() > deadline:
            raise DoesNotAnswer(f"{where} has not answered for {at_most_s:.0f} s: {why}")
        if not is_told:
            tell(f"{where} does not answer; waiting for it, at most {at_most_s:.0f} s: {why}")
            is_told = True
        time.sleep(EVERY_S)


def _attempts_s() -> Iterator[int]:
    first, later = _ATTEMPTS_S
    return chain([first], repeat(later))


def _refusal_of_database(where: str, patience_s: int) -> str:
    # Not by the pool, which keeps whoever asks waiting and logs each attempt.
    options = {**connection.get_connection_params(), "connect_timeout": patience_s}
    try:
        with connection.wrap_database_errors:
            connection.Database.connect(**options).close()  # type: ignore[attr-defined]
    except OperationalError as error:
        why = _in_one_line(error)
        if is_not_let_in(error):
            raise DoesNotAnswer(f"{where} refuses us: {why}") from None
        return why
    return ""


async def _refusal_of_redis(where: str) -> str:
    try:
        await live.check("start")
    except (live.LiveStateUnavailable, ResponseError) as error:
        why = _in_one_line(error.__cause__ or error)
        if live.refuses_us(error):
            raise DoesNotAnswer(f"{where} refuses us: {why}") from None
        return why
    finally:
        await live.close()
    return ""


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
