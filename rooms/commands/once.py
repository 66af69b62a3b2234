"""A message with an id takes effect once, however often it is sent."""

from collections.abc import Awaitable, Callable

from core import metrics
from core.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from rooms import protocol, server_messages
from rooms.commands.sender import Sender, done
from rooms.stores import single_use
from rooms.stores.single_use import Progress

# These had no effect, and may be sent again when the reason is gone.
_REFUSED = (Forbidden, NotFound, Conflict, Invalid, RateLimited)


async def _never() -> bool:
    return False


async def once(
    sender: Sender,
    message: protocol.ClientMessage,
    work: Callable[[], Awaitable[None]],
    *,
    is_so: Callable[[], Awaitable[bool]] = _never,
) -> server_messages.Ack | None:
    """Do ``work`` unless it was done for the same id before; return the answer.

    ``is_so`` tells whether the wanted effect is already there: work that was interrupted after
    its effect, or is done for a copy of the message at the same time, may be refused when it is
    done again. Raises what ``work`` raises.
    """
    if await once_by(sender.code, sender.person, message.id, work, is_so=is_so):
        metrics.commands.labels(type(message).model_fields["type"].default, "applied").inc()
    return done(message)


async def once_by(
    code: str,
    by: str,
    id: str | None,  # noqa: A002 - the protocol's name
    work: Callable[[], Awaitable[None]],
    *,
    is_so: Callable[[], Awaitable[bool]] = _never,
) -> bool:
    """Do ``work`` once for a member's ``id``, as ``once`` does; tell whether it was done now."""
    if id is None:
        await work()
        return True
    progress = await single_use.begin(code, by, id)
    if progress is Progress.DONE:
        return False
    try:
        await work()
    except _REFUSED:
        # A copy that was sent on another connection may have had the effect meanwhile.
        is_only = progress is Progress.NEW and not await single_use.has_copies(code, by, id)
        if is_only or not await is_so():
            await single_use.take_back(code, by, id)
            raise
    await single_use.mark_done(code, by, id)
    return True
