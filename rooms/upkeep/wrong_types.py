"""Deletes keys of ours that are of another type in Redis than we use: they count as lost.

Somebody else may have written them, in a Redis that they share with us, and every command that
needs such a key would fail for ever. What must last is in the database, and the rest is made again
as after a loss.
"""

import re
from pathlib import Path

import structlog

from core import live
from core.live_scripts import Scripts
from presence import store as presence

log = structlog.get_logger(__name__)

# The type of every key, as docs/redis.md has it; of several that fit, the first counts.
TYPES = [
    (re.compile(pattern), type_)
    for pattern, type_ in (
        (r"room:\{[^}]+\}:(leases|since|awaited|left|renamed_at)", "zset"),
        (r"room:\{[^}]+\}:(names|sockets|status|renamed)", "hash"),
        (r"room:\{[^}]+\}:(presence|occupied_since|done:.*)", "string"),
        (r"room:\{[^}]+\}:(live|snapshot|chat:sent|chat:last|queue)", "hash"),
        (r"room:\{[^}]+\}:chat", "stream"),
        (r"room:\{[^}]+\}:queue:votes:(failures|length) .*", "hash"),
        (r"room:\{[^}]+\}:queue:votes:.*", "set"),
        (r"rooms:(deadlines|pending_changes|occupied)", "zset"),
        (r"rooms:rebuild_marker|recheck|health|ticket:.*", "string"),
        (r"clock|limit:.*", "hash"),
    )
]
_OF_PRESENCE = re.compile(
    r"room:\{([^}]+)\}:"
    r"(leases|since|awaited|left|renamed_at|names|sockets|status|renamed|presence|occupied_since)"
)
_SCANNED_TOGETHER = 1000

_scripts = Scripts(Path(__file__).parent / "scripts")


def type_of(key: str) -> str | None:
    """Return the type that a key of ours should be of; None for other keys."""
    return next((type_ for pattern, type_ in TYPES if pattern.fullmatch(key)), None)


async def discard() -> bool:
    """Delete such keys if Redis has refused a command because of one; tell whether there were any.

    Raises LiveStateUnavailable.
    """
    seen = live.wrong_types()
    if not seen.is_set():
        return False
    seen.clear()
    wrong = await _discard_all()
    # What there is of somebody's presence counts together, and is lost together.
    for code in {found[1] for key in wrong if (found := _OF_PRESENCE.fullmatch(key))}:
        await presence.forget(code)
        await presence.watch(code, at_ms=0)
    return bool(wrong)


async def _discard_all() -> list[str]:
    """Look at every key of Redis; return what was deleted."""
    wrong: list[str] = []
    cursor = -1
    async with live.reaching_redis("repair") as redis:
        while cursor:
            cursor, keys = await redis.scan(max(cursor, 0), count=_SCANNED_TOGETHER)
            expected = {key: type_ for key in map(str, keys) if (type_ := type_of(key))}
            pipeline = redis.pipeline(transaction=False)
            for key in expected:
                pipeline.type(key)
            found = await pipeline.execute()
            for (key, type_), is_of in zip(expected.items(), found, strict=True):
                if is_of in ("none", type_):
                    continue
                if await _scripts.bind(redis, "discard_type")(keys=[key], args=[type_]):
                    log.error("what Redis holds is of a wrong type", key=key, type=is_of)
                    wrong.append(key)
    return wrong
