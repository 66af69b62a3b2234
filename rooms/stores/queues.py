"""The queues of rooms in Redis: ``room:{code}:queue``, the votes, and what players report.

A vote or a report is a set or hash with a name of its own: the id of an item, or what one of
``skip_votes``, ``failures_of``, ``lengths_of``, ``awake_players`` and ``asleep_players`` returns
for the revision at which the film was chosen.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path

from core import live, live_values
from core.live_scripts import Scripts
from rooms.queue import Queue

FORGOTTEN_AFTER = timedelta(days=30)
# Longer than any film. Votes and reports about one are not deleted when the next one starts.
REPORTS_FORGOTTEN_AFTER = timedelta(days=1)

_scripts = Scripts(Path(__file__).parent / "scripts")


def key(code: str) -> str:
    """Return the key of a room's queue."""
    return f"room:{{{code}}}:queue"


def _votes_key(code: str, what: str) -> str:
    return f"{key(code)}:votes:{what}"


async def load(code: str) -> Queue | None:
    """Return a room's queue, or None when Redis has none that can be read."""
    return await live_values.load("queue", key(code), "queue", Queue.model_validate_json)


async def swap(code: str, old: Queue | None, new: Queue) -> bool:
    """Store ``new`` if Redis still holds ``old``; tell whether it was stored.

    If the connection breaks, Redis is asked again whether it was only the answer that was lost.
    """
    try:
        return await _swap(code, old, new)
    except live.LiveStateUnavailable as error:
        if not error.may_be_done:
            raise
    return await _swap(code, old, new) or await load(code) == new


async def _swap(code: str, old: Queue | None, new: Queue) -> bool:
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
    found = await live.query_each(
        "queue",
        codes,
        lambda each, code: each.hget(key(code), "version"),
        lambda version: int(version) if version else None,
    )
    return {code: version for code, version in found.items() if version is not None}


def skip_votes(revision: int) -> str:
    """Return the name of the votes to skip the film chosen at ``revision``."""
    return f"skip {revision}"


def failures_of(revision: int) -> str:
    """Return the name of the reports that a player cannot play the film of ``revision``."""
    return f"failures {revision}"


def lengths_of(revision: int) -> str:
    """Return the name of the lengths that viewers' players report for the film of ``revision``."""
    return f"length {revision}"


def awake_players(revision: int) -> str:
    """Return the name of the set of people whose players have reported on the film."""
    return f"heard {revision}"


def asleep_players(revision: int) -> str:
    """Return the name of the set of people whose players have not reported to their server."""
    return f"silent {revision}"


async def vote(
    code: str, what: str, member: str, *, on: bool, kept_for: timedelta = FORGOTTEN_AFTER
) -> int:
    """Add or remove a member's vote for ``what``; return how many votes there are."""
    votes = _votes_key(code, what)
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        (pipeline.sadd if on else pipeline.srem)(votes, member)
        pipeline.expire(votes, kept_for)
        pipeline.scard(votes)
        *_, count = await pipeline.execute()
    return int(count)


async def counts(code: str, items: Collection[str]) -> dict[str, int]:
    """Return the number of votes for each of ``items``."""
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        for item in items:
            pipeline.scard(_votes_key(code, item))
        found = await pipeline.execute()
    return dict(zip(items, map(int, found), strict=True))


async def withdraw(code: str, member: str, whats: Iterable[str]) -> None:
    """Remove a member's votes for all of ``whats``."""
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        for what in whats:
            pipeline.srem(_votes_key(code, what), member)
        await pipeline.execute()


async def report_length(
    code: str, revision: int, member: str, duration_s: float
) -> dict[str, float]:
    """Store the length that a member's player reports; return all reported lengths by member, s."""
    reports = _votes_key(code, lengths_of(revision))
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        pipeline.hset(reports, member, str(duration_s))
        pipeline.expire(reports, REPORTS_FORGOTTEN_AFTER)
        pipeline.hgetall(reports)
        *_, found = await pipeline.execute()
    return {str(who): float(seconds) for who, seconds in found.items()}


async def report_failure(code: str, revision: int, member: str, why: str) -> bool:
    """Store why a member's player cannot play the film; tell whether it is their first report."""
    reports = _votes_key(code, failures_of(revision))
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        pipeline.hsetnx(reports, member, why)
        pipeline.expire(reports, REPORTS_FORGOTTEN_AFTER)
        is_new, _ = await pipeline.execute()
    return bool(is_new)


async def failures(code: str, revision: int) -> dict[str, str]:
    """Return who cannot play the film chosen at ``revision``, and why."""
    async with live.reaching_redis("queue") as redis:
        found = await redis.hgetall(_votes_key(code, failures_of(revision)))
    return {str(who): str(why) for who, why in found.items()}


async def store_players(
    code: str, revision: int, *, awake: Collection[str], asleep: Collection[str]
) -> None:
    """Store whose players have reported on the film of ``revision``, and whose have not."""
    async with live.reaching_redis("queue") as redis:
        pipeline = redis.pipeline()
        for what, members in (
            (awake_players(revision), awake),
            (asleep_players(revision), asleep),
        ):
            if members:
                pipeline.sadd(_votes_key(code, what), *members)
                pipeline.expire(_votes_key(code, what), REPORTS_FORGOTTEN_AFTER)
        await pipeline.execute()


async def people_asleep(code: str, revision: int) -> frozenset[str]:
    """Return whose players have reported on the film of ``revision`` to no server at all."""
    whats = (asleep_players(revision), awake_players(revision))
    async with live.reaching_redis("queue") as redis:
        found = await redis.sdiff([_votes_key(code, what) for what in whats])
    return frozenset(map(str, found))


async def voters(code: str, what: str) -> frozenset[str]:
    """Return everyone who voted for ``what``."""
    async with live.reaching_redis("queue") as redis:
        found = await redis.smembers(_votes_key(code, what))
    return frozenset(str(voter) for voter in found)


async def forget_votes(code: str, *whats: str) -> None:
    """Delete all votes for each of ``whats``."""
    if whats:
        async with live.reaching_redis("queue") as redis:
            await redis.delete(*(_votes_key(code, what) for what in whats))


async def forget_failures(code: str, revision: int) -> None:
    """Delete the reports that players cannot play the film chosen at ``revision``."""
    about = (failures_of(revision), awake_players(revision), asleep_players(revision))
    await forget_votes(code, *about)


async def forget(code: str) -> None:
    """Delete a room's queue and the votes for what was in it."""
    queue = await load(code)
    if queue is not None:
        items = [entry.id for entry in queue.entries]
        await forget_votes(code, skip_votes(queue.skip_votes_of), *items)
        await forget_failures(code, queue.failures_of)
    async with live.reaching_redis("queue") as redis:
        await redis.delete(key(code))
