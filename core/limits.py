"""Rate limits: token buckets in Redis, for REST and sockets.

https://en.wikipedia.org/wiki/Token_bucket
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core import durations, live
from core.errors import RateLimited
from core.live_scripts import Scripts

_scripts = Scripts(Path(__file__).parent / "scripts")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``burst`` actions at once, refilled at ``per_minute``. Keys contain ``name``."""

    name: str
    burst: int
    per_minute: float


async def spend(limit: Limit, subject: str) -> None:
    """Take a token from the bucket of ``subject``; raise RateLimited if it is empty."""
    if settings.RATE_LIMITS:
        await take(limit, subject)


async def spend_each(*turns: tuple[Limit, str]) -> None:
    """Take a token from the bucket of each limit and subject, or none; raise RateLimited."""
    for position, (limit, subject) in enumerate(turns):
        try:
            await spend(limit, subject)
        except RateLimited:
            # Nothing will be done, so the tokens already taken must not be lost.
            await give_back_each(*turns[:position])
            raise


async def check(limit: Limit, subject: str) -> None:
    """Raise RateLimited if the bucket of ``subject`` is empty; take nothing."""
    if settings.RATE_LIMITS:
        await _take(limit, subject, 0)


async def take(limit: Limit, subject: str) -> None:
    """Do the same as ``spend``, also if rate limits are off: for limits that people have set."""
    await _take(limit, subject, 1)


async def _take(limit: Limit, subject: str, count: int) -> None:
    async with live.reaching_redis("limits") as redis:
        wait_ms = await _scripts.bind(redis, "token_bucket")(
            keys=[_key(limit, subject)], args=[limit.burst, limit.per_minute / 60_000, count]
        )
    if int(wait_ms) > 0:
        seconds = max(1, -(-int(wait_ms) // 1000))
        wait = durations.readable(seconds)
        raise RateLimited(f"Too many attempts. Try again in {wait}.", retry_after_s=seconds)


async def give_back(limit: Limit, subject: str) -> None:
    """Give back a token that was taken for something that does not count after all."""
    async with live.reaching_redis("limits") as redis:
        await _scripts.bind(redis, "give_back")(keys=[_key(limit, subject)], args=[limit.burst])


async def give_back_each(*turns: tuple[Limit, str]) -> None:
    """Give back what ``spend_each`` took."""
    for limit, subject in turns:
        await give_back(limit, subject)


def _key(limit: Limit, subject: str) -> str:
    return f"limit:{limit.name}:{{{subject}}}"
