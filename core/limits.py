"""Rate limits: one token bucket in Redis serves REST and sockets.

https://en.wikipedia.org/wiki/Token_bucket
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core import durations, live
from core.errors import RateLimited

_scripts = live.Scripts(Path(__file__).parent / "scripts")


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` actions at once, refilled at ``per_minute``; ``name`` is part of the key."""

    name: str
    burst: int
    per_minute: float


async def spend(limit: Limit, subject: str) -> None:
    """Take one token of ``subject``'s bucket; raise RateLimited when it is empty."""
    if settings.RATE_LIMITS:
        await take(limit, subject)


async def spend_each(*turns: tuple[Limit, str]) -> None:
    """Take one token of each limit's and subject's bucket, or none; raise RateLimited."""
    for position, (limit, subject) in enumerate(turns):
        try:
            await spend(limit, subject)
        except RateLimited:
            # Nothing will be done for them, and what they have left they need later.
            await give_back_each(*turns[:position])
            raise


async def check(limit: Limit, subject: str) -> None:
    """Raise RateLimited when ``subject``'s bucket is empty; take nothing."""
    if settings.RATE_LIMITS:
        await _take(limit, subject, 0)


async def take(limit: Limit, subject: str) -> None:
    """As ``spend``, also where rate limits are off: for a pace that people have asked for."""
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
    """Return a token that was taken for what turned out not to count."""
    async with live.reaching_redis("limits") as redis:
        await _scripts.bind(redis, "give_back")(keys=[_key(limit, subject)], args=[limit.burst])


async def give_back_each(*turns: tuple[Limit, str]) -> None:
    """Return what ``spend_each`` took."""
    for limit, subject in turns:
        await give_back(limit, subject)


def _key(limit: Limit, subject: str) -> str:
    return f"limit:{limit.name}:{{{subject}}}"
