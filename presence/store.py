"""Presence in Redis: leases of connections, which expire unless they are renewed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core import live
from core.live_scripts import Scripts
from core.per_loop import PerLoop
from presence.roster import Person, Snapshot

_scripts = Scripts(Path(__file__).parent / "scripts")
# People who come at the same time share round trips to Redis.
_holds = PerLoop(lambda: _scripts.sharing("hold"))

# Rooms with anyone present, scored by when their next lease expires.
OCCUPIED = "rooms:occupied"

# Someone who left may soon be back, for example from choosing a video in their library.
JUST_LEFT_MS = 10 * 60_000

# An empty room is checked again after this, in case the process that did it was killed.
EMPTY_AGAIN_MS = 5_000.0

# Leases that are renewed in one call: Redis and the server do nothing else meanwhile.
RENEWED_TOGETHER = 250
ROOMS_TOGETHER = 50

# A presence revision is the moment at which counting began, times this, plus the number of
# changes (scripts/hold.lua).
_COUNT_BITS = 22


class Full(Exception):
    """The room has reached its capacity."""


class TooMany(Exception):
    """This person has as many leases as one person may have."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A connection of a person in a room."""

    code: str
    person: str
    connection: str
    name: str


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that was taken, and how many people are now present."""

    lease: Lease
    count: int


@dataclass(frozen=True, slots=True)
class Released:
    """Who has left after leases were released, and how many people remain."""

    gone: tuple[str, ...]
    count: int


def key(code: str, part: str) -> str:
    """Return the key of one part of a room's presence."""
    return f"room:{{{code}}}:{part}"


def _keys(code: str, *parts: str) -> list[str]:
    return [key(code, part) for part in parts]


# The part of a player's report that is stored in the status hash.
_REPORTED = ("buffering", "drift_ms", "rtt_ms")
_HOLD = ("leases", "since", "names", "sockets", "presence")


async def hold(
    lease: Lease, *, now_ms: float, lease_ms: float, capacity: int = 0, each: int = 0
) -> Held:
    """Take a lease; return it with the person's current name.

    At most ``capacity`` people may be present, and each may hold ``each`` leases; 0 means any
    number. Raises Full and TooMany.
    """
    async with live.reaching_redis("presence") as redis:
        outcome, count, name = await _holds.get().call(
            keys=_keys(lease.code, *_HOLD, "renamed", "occupied_since"),
            args=_hold_args(lease, now_ms, lease_ms, capacity, each),
        )
        if int(outcome) < 0:
            raise Full if int(outcome) == -1 else TooMany
        if int(count) == 1:
            await redis.zadd(OCCUPIED, {lease.code: now_ms + lease_ms}, nx=True)
    return Held(replace(lease, name=str(name)), int(count))


async def renew(leases: Iterable[Lease], *, now_ms: float, lease_ms: float) -> set[Lease]:
    """Renew many leases, some hundred at a time; a lease that was lost is taken again.

    Returns those that were lost. What their players had reported is lost too.
    """
    all_lost: set[Lease] = set()
    rooms: dict[str, list[Lease]] = {}
    for lease in leases:
        rooms.setdefault(lease.code, []).append(lease)
    parts = [
        held[begin : begin + RENEWED_TOGETHER]
        for held in rooms.values()
        for begin in range(0, len(held), RENEWED_TOGETHER)
    ]
    for begin in range(0, len(parts), ROOMS_TOGETHER):
        lost = await _renew(parts[begin : begin + ROOMS_TOGETHER], now_ms + lease_ms)
        if lost:
            await _retake(lost, now_ms, lease_ms)
        all_lost.update(lost)
    return all_lost


async def _renew(parts: list[list[Lease]], expiry_ms: float) -> list[Lease]:
    """Renew leases, a list for each room, in one round trip; return those that were lost."""
    async with (
        live.reaching_redis("presence") as redis,
        # Left open, one with a script keeps its connection for ever if Redis does not answer.
        redis.pipeline(transaction=False) as pipeline,
    ):
        script = _scripts.bind(pipeline, "renew")
        for held in parts:
            names = [f"{lease.person} {lease.connection}" for lease in held]
            keys = _keys(held[0].code, "leases", "since")
            await script(keys=keys, args=[expiry_ms, *names])
        # The entry may have been lost. An existing entry is due sooner.
        pipeline.zadd(OCCUPIED, {held[0].code: expiry_ms for held in parts}, nx=True)
        *found, _ = await live.answers_of(pipeline)
    return [
        held[position] for held, lost in zip(parts, found, strict=True) for position in lost or ()
    ]


async def _retake(leases: Iterable[Lease], now_ms: float, lease_ms: float) -> None:
    async with (
        live.reaching_redis("presence") as redis,
        redis.pipeline(transaction=False) as pipeline,
    ):
        script = _scripts.bind(pipeline, "hold")
        for lease in leases:
            args = _hold_args(lease, now_ms, lease_ms)
            await script(keys=_keys(lease.code, *_HOLD, "renamed", "occupied_since"), args=args)
        await live.answers_of(pipeline)


def _hold_args(
    lease: Lease, now_ms: float, lease_ms: float, capacity: int = 0, each: int = 0
) -> list[str | float]:
    expiry_ms = now_ms + lease_ms
    return [lease.person, lease.connection, lease.name, now_ms, expiry_ms, capacity, each]


async def release(lease: Lease) -> Released:
    """Release one lease."""
    released, _next = await _release(lease.code, f"{lease.person} {lease.connection}", 0)
    return released


async def release_expired(code: str, *, now_ms: float) -> Released:
    """Release the expired leases of a room, and schedule the next check.

    An empty room is checked again soon, unless ``stop_watching`` is called.
    """
    released, next_ms = await _release(code, "", now_ms)
    async with live.reaching_redis("presence") as redis:
        await redis.zadd(OCCUPIED, {code: next_ms or now_ms + EMPTY_AGAIN_MS})
    return released


async def watch(code: str, *, at_ms: float) -> None:
    """Have a room's leases checked at ``at_ms``, unless a check is planned already."""
    async with live.reaching_redis("presence") as redis:
        await redis.zadd(OCCUPIED, {code: at_ms}, nx=True)


async def stop_watching(code: str) -> None:
    """Stop checking an empty room's leases until someone takes one.

    If someone has taken one since the room was found empty, it stays watched: a lease that nobody
    checks never expires, and its room never ends.
    """
    async with live.reaching_redis("presence") as redis:
        pipeline = redis.pipeline(transaction=False)
        pipeline.zrem(OCCUPIED, code)
        pipeline.zcard(key(code, "since"))
        _, count = await pipeline.execute()
        if count:
            # Due at once; the check finds out when the next lease expires.
            await redis.zadd(OCCUPIED, {code: 0}, nx=True)


async def _release(code: str, lease: str, now_ms: float) -> tuple[Released, float | None]:
    async with live.reaching_redis("presence") as redis:
        count, next_ms, *gone = await _scripts.bind(redis, "release")(
            keys=_keys(code, *_HOLD, "status", "occupied_since", "left", "awaited"),
            args=[lease, now_ms, JUST_LEFT_MS],
        )
    return Released(tuple(gone), int(count)), float(next_ms) if next_ms else None


async def rooms_with_expired_leases(*, now_ms: float, at_most: int = 200) -> list[str]:
    """Return rooms in which a lease may have expired before ``now_ms``."""
    async with live.reaching_redis("presence") as redis:
        found = await redis.zrangebyscore(OCCUPIED, "-inf", now_ms, start=0, num=at_most)
    return [str(code) for code in found]


async def snapshot(code: str, *, at_most: int, always: Iterable[str] = ()) -> tuple[int, Snapshot]:
    """Return the presence revision and who is present, longest first."""
    async with live.reaching_redis("presence") as redis:
        revision, count, *flat = await _scripts.bind(redis, "snapshot")(
            keys=_keys(code, "since", "names", "status", "presence", "awaited"),
            args=[at_most, *always],
        )
    parts = zip(*(flat[part::4] for part in range(4)), strict=True)
    return int(revision), Snapshot(tuple(_person(*each) for each in parts), int(count))


def _person(id_: str, name: str, status: str, awaited_on: str) -> Person:
    said = json.loads(status) if status else {}
    # Older versions also stored here whether the room waits for the person.
    reported = {field: said[field] for field in _REPORTED if field in said}
    return Person(id_, name, awaited_on=frozenset(awaited_on.split()), **reported)


async def report(code: str, statuses: Mapping[Lease, Person]) -> None:
    """Store the reports of players, as a change that every process sees.

    If a person has several players, the last report is shown. The room waits for each player
    separately.
    """
    args = []
    for lease, person in statuses.items():
        told = json.dumps({name: getattr(person, name) for name in _REPORTED})
        is_awaited = lease.connection in person.awaited_on
        args += [lease.person, lease.connection, told, int(is_awaited)]
    async with live.reaching_redis("presence") as redis:
        await _scripts.bind(redis, "report")(
            keys=_keys(code, "leases", "status", "presence", "awaited"), args=args
        )


async def awaited_on(code: str, person: str) -> frozenset[str]:
    """Return the connections on which a person wants to be waited for."""
    async with live.reaching_redis("presence") as redis:
        found = await redis.zrangebylex(key(code, "awaited"), f"[{person} ", f"({person}!")
    return frozenset(str(lease).partition(" ")[2] for lease in found)


async def rename(code: str, person: str, name: str, *, now_ms: float, kept_ms: int) -> bool:
    """Give a person a new name in a room; tell whether they are present.

    If they come later, the name replaces that of their ticket for ``kept_ms``.
    """
    async with live.reaching_redis("presence") as redis:
        found = await _scripts.bind(redis, "rename")(
            keys=_keys(code, "since", "names", "renamed", "renamed_at", "presence"),
            args=[person, name, now_ms, kept_ms],
        )
    return bool(found)


async def revisions(codes: Iterable[str]) -> dict[str, int]:
    """Return the presence revision of each room, in one round trip."""
    return await live.query_each(
        "presence",
        codes,
        lambda each, code: each.get(key(code, "presence")),
        lambda revision: int(revision or 0),
    )


def is_another_count(known: int, found: int) -> bool:
    """Tell whether Redis has lost presence since ``known`` and has begun to count again.

    Both are presence revisions; 0 means that nobody had come yet, so nothing could be lost. A
    count begins at the microsecond in which someone came first, modulo 2^31, times 2^22.
    """
    return known > 0 and (found < known or found >> _COUNT_BITS != known >> _COUNT_BITS)


async def counts(codes: Iterable[str]) -> dict[str, int]:
    """Return how many people are present in each room, in one round trip."""
    return await live.query_each(
        "presence",
        codes,
        lambda each, code: each.zcard(key(code, "since")),
        lambda count: int(count or 0),
    )


async def count(code: str) -> int:
    """Return how many people are present in one room."""
    async with live.reaching_redis("presence") as redis:
        return int(await redis.zcard(key(code, "since")))


async def is_present(code: str, person: str) -> bool:
    """Tell whether a person holds a lease in the room."""
    async with live.reaching_redis("presence") as redis:
        return await redis.zscore(key(code, "since"), person) is not None


async def has_just_left(code: str, person: str) -> bool:
    """Tell whether a person gave up their last lease less than ten minutes ago."""
    async with live.reaching_redis("presence") as redis:
        pipeline = redis.pipeline(transaction=False)
        pipeline.zscore(key(code, "left"), person)
        pipeline.time()
        left_ms, (now_s, microseconds) = await pipeline.execute()
    now_ms = now_s * 1000 + microseconds / 1000
    return left_ms is not None and now_ms - left_ms < JUST_LEFT_MS


async def is_any_present(code: str, people: Iterable[str]) -> bool:
    """Tell whether one of ``people`` (at least one) holds a lease in the room."""
    async with live.reaching_redis("presence") as redis:
        found = await redis.zmscore(key(code, "since"), list(people))
    return any(since is not None for since in found)


async def occupied_since_ms(code: str) -> float | None:
    """Return since when the room has not been empty, in ms; None if it is empty."""
    async with live.reaching_redis("presence") as redis:
        since = await redis.get(key(code, "occupied_since"))
    return None if since is None else float(since)


async def present(code: str) -> frozenset[str]:
    """Return everyone who is present."""
    async with live.reaching_redis("presence") as redis:
        people = await redis.zrange(key(code, "since"), 0, -1)
    return frozenset(str(person) for person in people)


async def forget(code: str) -> None:
    """Delete everything about a room's presence."""
    async with live.reaching_redis("presence") as redis:
        await redis.delete(
            *_keys(code, *_HOLD, "status", "awaited", "left"),
            *_keys(code, "renamed", "renamed_at", "occupied_since"),
        )
        await redis.zrem(OCCUPIED, code)
