"""What rooms keep in Redis beside playback and presence: cards, deadlines, spent tickets."""

import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from core import live
from rooms.card import RoomCard
from rooms.lifecycle import Deadline
from rooms.tickets import BadTicket, Ticket

CARD_FORGOTTEN_AFTER = timedelta(days=1)
DONE_REMEMBERED_FOR = timedelta(minutes=10)
STOCK_HOLDS_FOR = timedelta(days=1)
DEADLINES = "rooms:deadlines"
UNSETTLED = "rooms:unsettled"
STOCK = "rooms:stock"
# What was claimed by someone who died is due again after this.
CLAIM_MS = 5_000.0

_scripts = live.Scripts(Path(__file__).parent / "scripts")


def card_key(code: str) -> str:
    """Return the key of a room's card."""
    return f"room:{{{code}}}:card"


async def load_card(code: str) -> RoomCard | None:
    """Return the room's card, or None when it must be made from the database."""
    async with live.reaching_redis("card") as redis:
        text = await redis.hget(card_key(code), "card")
    return RoomCard.model_validate_json(text) if text else None


async def store_card(card: RoomCard) -> None:
    """Store a card unless a newer one is there."""
    async with live.reaching_redis("card") as redis:
        await _scripts.bind(redis, "card")(
            keys=[card_key(card.code)],
            args=[
                card.version,
                card.model_dump_json(),
                int(CARD_FORGOTTEN_AFTER.total_seconds()),
            ],
        )


async def card_versions(codes: list[str]) -> dict[str, int]:
    """Return the version of each room's card, in one round trip."""
    async with live.reaching_redis("card") as redis:
        pipeline = redis.pipeline(transaction=False)
        for code in codes:
            pipeline.hget(card_key(code), "version")
        found = await pipeline.execute()
    return {code: int(version or 0) for code, version in zip(codes, found, strict=True)}


async def spend_ticket(ticket: Ticket, *, now_s: float) -> int:
    """Use a ticket up; return the present version of its room's card, 0 for none.

    Raises BadTicket when it was used before.
    """
    async with live.reaching_redis("tickets") as redis:
        pipeline = redis.pipeline(transaction=False)
        ttl_s = max(1, int(ticket.expires_at_s - now_s) + 1)
        pipeline.set(f"ticket:{ticket.id}", "1", nx=True, ex=ttl_s)
        pipeline.hget(card_key(ticket.code), "version")
        fresh, version = await pipeline.execute()
    if not fresh:
        raise BadTicket
    return int(version or 0)


def _done_key(code: str, member: str, id: str) -> str:  # noqa: A002 - the protocol's name
    return f"room:{{{code}}}:done:{member}:{id}"


async def was_done(code: str, member: str, id: str) -> bool:  # noqa: A002
    """Tell whether the member's message ``id`` was carried out lately."""
    async with live.reaching_redis("done") as redis:
        return bool(await redis.exists(_done_key(code, member, id)))


async def mark_done(code: str, member: str, id: str) -> None:  # noqa: A002
    """Remember that the member's message ``id`` was carried out."""
    async with live.reaching_redis("done") as redis:
        await redis.set(_done_key(code, member, id), "1", ex=DONE_REMEMBERED_FOR)


async def set_deadline(code: str, kind: Deadline, at_ms: float) -> None:
    """Set when something is due in a room."""
    async with live.reaching_redis("deadlines") as redis:
        await redis.zadd(DEADLINES, {f"{code} {kind}": at_ms})


async def set_missing_deadlines(codes: Collection[str], kind: Deadline, at_ms: float) -> None:
    """Set when something is due in those of the rooms that have no such deadline."""
    if not codes:
        return
    async with live.reaching_redis("deadlines") as redis:
        await redis.zadd(DEADLINES, {f"{code} {kind}": at_ms for code in codes}, nx=True)


async def drop_deadline(code: str, *kinds: Deadline) -> None:
    """Forget deadlines of a room."""
    async with live.reaching_redis("deadlines") as redis:
        await redis.zrem(DEADLINES, *(f"{code} {kind}" for kind in kinds))


async def deadlines(code: str) -> dict[Deadline, float]:
    """Return when each running deadline of a room is due, ms."""
    async with live.reaching_redis("deadlines") as redis:
        scores = await redis.zmscore(DEADLINES, [f"{code} {kind}" for kind in Deadline])
    return {kind: score for kind, score in zip(Deadline, scores, strict=True) if score is not None}


async def lacking(codes: Collection[str], kind: Deadline) -> set[str]:
    """Return those of the rooms that have no such deadline, in one round trip."""
    codes = list(codes)
    if not codes:
        return set()
    async with live.reaching_redis("deadlines") as redis:
        scores = await redis.zmscore(DEADLINES, [f"{code} {kind}" for code in codes])
    return {code for code, score in zip(codes, scores, strict=True) if score is None}


async def claim_deadlines(*, now_ms: float, at_most: int = 100) -> list[tuple[str, Deadline]]:
    """Claim deadlines that have passed; the claimer drops each when it is dealt with."""
    pairs = [text.split(" ") for text in await _claim(DEADLINES, now_ms, at_most)]
    return [(code, Deadline(kind)) for code, kind in pairs]


async def mark_unsettled(code: str, *, at_ms: float) -> str:
    """Note that the room is to be looked at then unless the mark is taken away; return it."""
    mark = f"{code} {uuid.uuid4().hex}"
    async with live.reaching_redis("unsettled") as redis:
        await redis.zadd(UNSETTLED, {mark: at_ms})
    return mark


async def unmark(mark: str) -> None:
    """Take away what ``mark_unsettled`` or ``claim_unsettled`` gave."""
    async with live.reaching_redis("unsettled") as redis:
        await redis.zrem(UNSETTLED, mark)


async def claim_unsettled(*, now_ms: float, at_most: int = 100) -> list[tuple[str, str]]:
    """Claim marks that nobody took away; the claimer unmarks each room it has looked at."""
    return [(mark.split(" ")[0], mark) for mark in await _claim(UNSETTLED, now_ms, at_most)]


async def _claim(key: str, now_ms: float, at_most: int) -> list[str]:
    async with live.reaching_redis("deadlines") as redis:
        claimed = await _scripts.bind(redis, "claim")(
            keys=[key], args=[now_ms, now_ms + CLAIM_MS, at_most]
        )
    return [str(member) for member in claimed]


async def has_stock() -> bool:
    """Tell whether Redis still has what ``mark_stock`` left there."""
    async with live.reaching_redis("stock") as redis:
        return bool(await redis.exists(STOCK))


async def mark_stock() -> None:
    """Leave a mark that is gone when Redis has lost everything, and once a day."""
    async with live.reaching_redis("stock") as redis:
        await redis.set(STOCK, "1", ex=STOCK_HOLDS_FOR)
