"""The queues of rooms in Redis: ``room:{code}:queue``, and who has voted for what."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path

from core import live
from rooms.queue import Queue

FORGOTTEN_AFTER = timedelta(days=30)
# Longer than any film. Nobody deletes what was said of one when another is put on.
OF_A_FILM_FORGOTTEN_AFTER = timedelta(days=1)

_scripts = live.Scripts(Path(__file__).parent / "scripts")


def key(code: str) -> str:
    """Return the key of a room's queue."""
    return f"room:{{{code}}}:queue"


def _votes_key(code: str, what: str) -> str:
    return f"{key(code)}:votes:{what}"


async def load(code: str) -> Queue | None:
    """Return a room's queue, or None when Redis has none."""
    async with live.reaching_redis("queue") as redis:
        text = await redis.hget(key(code), "queue")
    return Queue.model_validate_json(text) if text else None


async def swap(code: str, old: Queue | None, new: Queue) -> bool:
    """Store ``new`` if Redis holds ``old``; tell whether it did."""
    async with live.reaching_redis("queue") as redis:
        swapped = await _scripts.bind(redis, "queue")(
            keys=[key(code)],
            args=[
                "" if old is None else old.version,
                new.version,
                new.model_dump_json(),
                int(FORGOTTEN_AFTER.total_seconds()),
            ],
        )
    return bool(swapped)


async def versions(codes: Iterable[str]) -> dict[str, int]:
    """Return the version of each room's queue, in one round trip; none that Redis lacks."""
    found = await live.ask_each("queue", codes, lambda each, code: each.hget(key(code), "version"))
    return {code: int(version) for code, version in found.items() if version}


def skip(revision: int) -> str:
    """Return what they vote for who want to skip what was chosen at ``revision``."""
    return f"skip {revision}"


def failure(revision: int) -> str:
    """Return what they report whose players cannot play what was chosen at ``revision``."""
    return f"failures {revision}"


def length(revision: int) -> str:
    """Return under what viewers' players say how long that is which was chosen at ``revision``."""
    return f"length {revision}"


def heard(revision: int) -> str:
    """Return under what it stands whose players say anything of what was chosen at ``revision``."""
    return f"heard {revision}"


def silent(revision: int) -> str:
    """Return under what it stands whose players say nothing of that to the process they are at."""
    return f"silent {revision}"


async def vote(
    code: str, what: str, member: str, *, on: bool, kept_for: timedelta = FORGOTTEN_AFTER
) -> int:
    """Note that a member wants ``what``, or no longer; return how many do."""
    votes = _votes_key(code, what)
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        (pipeline.sadd if on else pipeline.srem)(votes, member)
        pipeline.expire(votes, kept_for)
        pipeline.scard(votes)
        *_, count = await pipeline.execute()
    return int(count)


async def counts(code: str, items: Collection[str]) -> dict[str, int]:
    """Return how many want each of ``items`` sooner."""
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        for item in items:
            pipeline.scard(_votes_key(code, item))
        found = await pipeline.execute()
    return dict(zip(items, map(int, found), strict=True))


async def withdraw(code: str, member: str, whats: Iterable[str]) -> None:
    """Take every vote of a member for one of ``whats`` back."""
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        for what in whats:
            pipeline.srem(_votes_key(code, what), member)
        await pipeline.execute()


async def tell_length(code: str, revision: int, member: str, duration_s: float) -> dict[str, float]:
    """Note how long a member's player finds what was chosen at ``revision``; return what all do."""
    told = _votes_key(code, length(revision))
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        pipeline.hset(told, member, str(duration_s))
        pipeline.expire(told, OF_A_FILM_FORGOTTEN_AFTER)
        pipeline.hgetall(told)
        *_, found = await pipeline.execute()
    return {str(who): float(seconds) for who, seconds in found.items()}


async def tell_failure(code: str, revision: int, member: str, why: str) -> bool:
    """Note why a member's player cannot play what was chosen at ``revision``; tell if it is new."""
    told = _votes_key(code, failure(revision))
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        pipeline.hsetnx(told, member, why)
        pipeline.expire(told, OF_A_FILM_FORGOTTEN_AFTER)
        is_new, _ = await pipeline.execute()
    return bool(is_new)


async def failures(code: str, revision: int) -> dict[str, str]:
    """Return whose players cannot play what was chosen at ``revision``, and why."""
    async with live.reaching_redis("queue") as redis:
        found = await redis.hgetall(_votes_key(code, failure(revision)))
    return {str(who): str(why) for who, why in found.items()}


async def note_players(
    code: str, revision: int, *, heard_of: Collection[str], silent_are: Collection[str]
) -> None:
    """Note whose players have said anything of what was chosen at ``revision``, and whose sleep."""
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        for what, members in ((heard(revision), heard_of), (silent(revision), silent_are)):
            if members:
                pipeline.sadd(_votes_key(code, what), *members)
                pipeline.expire(_votes_key(code, what), OF_A_FILM_FORGOTTEN_AFTER)
        await pipeline.execute()


async def sleepers(code: str, revision: int) -> frozenset[str]:
    """Return whose players have said nothing of what was chosen at ``revision`` to any process."""
    whats = (silent(revision), heard(revision))
    async with live.reaching_redis("queue") as redis:
        found = await redis.sdiff([_votes_key(code, what) for what in whats])
    return frozenset(map(str, found))


async def voters(code: str, what: str) -> frozenset[str]:
    """Return everyone who wants ``what``."""
    async with live.reaching_redis("queue") as redis:
        found = await redis.smembers(_votes_key(code, what))
    return frozenset(str(voter) for voter in found)


async def forget_votes(code: str, *whats: str) -> None:
    """Forget who wanted each of ``whats``."""
    if whats:
        async with live.reaching_redis("queue") as redis:
            await redis.delete(*(_votes_key(code, what) for what in whats))


async def forget_failures(code: str, revision: int) -> None:
    """Forget whose players cannot play what was chosen at ``revision``."""
    await forget_votes(code, failure(revision), heard(revision), silent(revision))


async def forget(code: str) -> None:
    """Delete a room's queue and the votes for what was in it."""
    queue = await load(code)
    if queue is not None:
        items = [entry.id for entry in queue.entries]
        await forget_votes(code, skip(queue.skip_votes_of), *items)
        await forget_failures(code, queue.failures_of)
    async with live.reaching_redis("queue") as redis:
        await redis.delete(key(code))
