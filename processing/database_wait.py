"""Waiting for a database that is away during a job, which may be hours of work."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.db.models import Model

from core.database import DATABASE_AWAY, in_database

log = structlog.get_logger(__name__)

PAUSE_S = 1.0

P = ParamSpec("P")
Row = TypeVar("Row", bound=Model)
T = TypeVar("T")


def patiently(
    work: Callable[Concatenate[Row, P], T],
) -> Callable[Concatenate[Row, P], Coroutine[Any, Any, T]]:
    """Run ``work`` like ``in_database``, and repeat it while the database is away.

    For at most the length of a lease, because then another worker may have the job. ``work`` may
    run again although its first run was committed and only the answer was lost; the row object is
    reset before each try.
    """
    once = in_database(work)

    @functools.wraps(work)
    async def run(row: Row, /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + settings.JOB_LEASE.total_seconds()
        at_first = dict(vars(row))
        while True:
            try:
                return await once(row, *args, **kwargs)
            except DATABASE_AWAY:
                if loop.time() + PAUSE_S > until_s:
                    raise
                log.warning("the database does not answer", exc_info=True)
            vars(row).clear()
            vars(row).update(at_first)
            await asyncio.sleep(PAUSE_S)

    return run
