"""What may happen only once: using a ticket, and carrying out a member's message."""

from datetime import timedelta
from enum import StrEnum

from core import live
from rooms.stores import snapshots
from rooms.tickets import BadTicket, Ticket

DONE_REMEMBERED_FOR = timedelta(minutes=10)


async def spend_ticket(ticket: Ticket, *, now_s: float) -> int:
    """Use a ticket up; return the version of its room's snapshot, 0 for none.

    Raises BadTicket if it was used before.
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


class Progress(StrEnum):
    """How far a message with an id had got when it came again."""

    NEW = "0"
    # It is still being carried out, or the process was killed before it was marked as done.
    BEGUN = "begun"
    BEGUN_AGAIN = "begun again"
    DONE = "1"


def _done_key(code: str, member: str, id: str) -> str:  # noqa: A002 - the protocol's name
    return f"room:{{{code}}}:done:{member}:{id}"


async def begin(code: str, member: str, id: str) -> Progress:  # noqa: A002
    """Mark the member's message ``id`` as begun; return how far it was before."""
    key = _done_key(code, member, id)
    async with live.reaching_redis("done") as redis:
        pipeline = redis.pipeline()
        pipeline.set(key, Progress.BEGUN.value, nx=True, ex=DONE_REMEMBERED_FOR)
        pipeline.get(key)
        is_new, found = await pipeline.execute()
        if not is_new and found == Progress.BEGUN:
            await redis.set(key, Progress.BEGUN_AGAIN.value, xx=True, ex=DONE_REMEMBERED_FOR)
    return Progress.NEW if is_new else Progress(found)


async def has_copies(code: str, member: str, id: str) -> bool:  # noqa: A002
    """Tell whether the member's message ``id``, which was begun, has come again since."""
    async with live.reaching_redis("done") as redis:
        return await redis.get(_done_key(code, member, id)) != Progress.BEGUN


async def mark_done(code: str, member: str, id: str) -> None:  # noqa: A002
    """Mark the member's message ``id`` as carried out."""
    async with live.reaching_redis("done") as redis:
        await redis.set(_done_key(code, member, id), Progress.DONE.value, ex=DONE_REMEMBERED_FOR)


async def take_back(code: str, member: str, id: str) -> None:  # noqa: A002
    """Forget the member's message ``id``, because it was refused."""
    async with live.reaching_redis("done") as redis:
        await redis.delete(_done_key(code, member, id))
