"""A message with an id takes effect once, however often it is sent."""

from collections.abc import Awaitable, Callable

from core import metrics
from core.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from rooms import protocol
from rooms.commands.sender import Sender, done
from rooms.stores import spent
from rooms.stores.spent import Progress

# It had no effect, and may be sent again when that has changed.
_REFUSED = (Forbidden, NotFound, Conflict, Invalid, RateLimited)


async def _never() -> bool:
    return False


async def once(
    sender: Sender,
    message: protocol.ClientMessage,
    work: Callable[[], Awaitable[None]],
    *,
    is_so: Callable[[], Awaitable[bool]] = _never,
) -> protocol.Ack | None:
    """Do ``work``, unless it was done for the same id before; return the answer.

    ``is_so`` says whether what the message wants is so already: work that was cut short after
    its effect may be refused when it is done again. Raises what the work does.
    """
    code, by, id_ = sender.code, sender.person, message.id
    progress = await spent.begin(code, by, id_) if id_ else Progress.NEW
    if progress is not Progress.DONE:
        try:
            await work()
        except _REFUSED:
            if progress is Progress.NEW or not await is_so():
                if id_:
                    await spent.take_back(code, by, id_)
                raise
        if id_:
            await spent.mark_done(code, by, id_)
        metrics.commands.labels(type(message).model_fields["type"].default, "applied").inc()
    return done(message)
