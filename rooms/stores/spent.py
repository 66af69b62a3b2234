"""What may happen only once: a ticket is used, a moderation message is carried out."""

from datetime import timedelta

from core import live
from rooms.stores import snapshots
from rooms.tickets import BadTicket, Ticket

DONE_REMEMBERED_FOR = timedelta(minutes=10)


async def spend_ticket(ticket: Ticket, *, now_s: float) -> int:
    """Use up a ticket; return the present version of its room's snapshot, 0 for none.

    Raises BadTicket when it was used before.
    """
    async with live.reaching_redis("tickets") as redis:
        pipeline = redis.pipeline(transaction=False)
        ttl_s = max(1, int(ticket.expires_at_s - now_s) + 1)
        pipeline.set(f"ticket:{ticket.id}", "1", nx=True, ex=ttl_s)
        pipeline.hget(snapshots.key(ticket.code), "version")
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
