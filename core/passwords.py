"""Hashing passwords, two at a time: argon2 takes 100 MB and 0.1 s for each.

In threads of their own, so that people who sign in keep nobody else from the database.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.contrib.auth import hashers

from core.errors import Unavailable

# Without a bound, 20 people signing in at once would take 2 GB.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hashing")
# Who comes after so many would wait for half a minute, and keep those after them waiting.
MOST_WAITING = 500

P = ParamSpec("P")
T = TypeVar("T")


class TooManyPasswords(Unavailable):
    message = "Too many passwords are being checked just now. Try again in a moment."


class _Queue:
    """Bounds how many wait for the threads."""

    def __init__(self) -> None:
        self._waiting = 0

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooManyPasswords
        self._waiting += 1
        try:
            call = asyncio.get_running_loop().run_in_executor
            return await call(_threads, lambda: work(*args, **kwargs))
        finally:
            self._waiting -= 1


_queue = _Queue()


async def hash_password(password: str) -> str:
    """Return the hash of ``password`` as it is stored; raise TooManyPasswords."""
    return await _queue.do(hashers.make_password, password)


async def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether ``password`` is the stored one; as slow when there is no stored one.

    Raises TooManyPasswords.
    """
    # Django hashes once for an unusable stored value, to hide that there is nothing.
    stored = stored or hashers.UNUSABLE_PASSWORD_PREFIX
    return await _queue.do(hashers.check_password, password, stored)
