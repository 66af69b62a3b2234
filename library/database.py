"""Database work from async code, in a Django view or not."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


def in_database(work: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run ``work`` in a thread, and give its connection back after it.

    A raw ASGI app has no end of request at which Django would do that.
    """
    return cast("Callable[P, Coroutine[Any, Any, T]]", database_sync_to_async(work))
