"""Models that Redis holds as text: what cannot be read of them counts as lost."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import ValidationError

from core import live
from core.live_scripts import Scripts

log = structlog.get_logger(__name__)

_scripts = Scripts(Path(__file__).parent / "scripts")

T = TypeVar("T")


async def load(purpose: str, key: str, field: str, read: Callable[[str], T]) -> T | None:
    """Return what ``read`` makes of a field of a hash, or None when there is nothing to read."""
    async with live.reaching_redis(purpose) as redis:
        text = await redis.hget(key, field)
    return await readable(purpose, key, field, str(text or ""), read)


async def readable(
    purpose: str, key: str, field: str, text: str, read: Callable[[str], T]
) -> T | None:
    """Return what ``read`` makes of ``text``, which the field holds; None when it cannot.

    Then the hash is deleted, so that the caller makes it again as after a loss: whoever
    needs it would fail for ever, and what must last is in the database.
    """
    if not text:
        return None
    try:
        return read(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        log.error("what Redis holds cannot be read", key=key, place=place, why=first["msg"])
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    async with live.reaching_redis(purpose) as redis:
        await _scripts.bind(redis, "discard")(keys=[key], args=[field, digest])
    return None
