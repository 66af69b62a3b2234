"""Database work from async code, in a Django view or not."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError, connection

_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database-reader")

P = ParamSpec("P")
T = TypeVar("T")


def in_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work`` in a thread, and give its connection back after it.

    A raw ASGI app has no end of request at which Django would do that.
    """
    return cast("Callable[P, Coroutine[Any, Any, T]]", database_sync_to_async(work))


def in_open_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work``, which only reads, in one of a few threads that keep their connections.

    For what every request of every viewer asks: opening and closing a connection costs
    twice as much as the question. ``work`` may run twice: a connection that broke
    meanwhile is opened anew.
    """

    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except (InterfaceError, OperationalError):
            connection.close()
            return work(*args, **kwargs)

    @functools.wraps(work)
    async def read(*args: P.args, **kwargs: P.kwargs) -> T:
        call = functools.partial(reading, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(_readers, call)

    return read
