"""Notices that this process stood still, and refuses what it was asked for before.

It was stopped, its machine was suspended, or something held it up for seconds. Meanwhile people
have left for another server, some have lost their rights, and what was asked for here may have been
done and undone elsewhere. So what was received before must not be done now: a page sends an
unanswered command again over its next connection, if it is still wanted
(``web/src/net/pending.ts``).
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

import structlog

from core.errors import Unavailable

log = structlog.get_logger(__name__)

BEAT_S = 0.5
# A page leaves a server that it has not heard for 6 s, the last of them up to 2 s before the
# standstill (``web/src/net/socket.ts``).
STOOD_STILL_S = 4.0
# What came while a process stood still waits in its sockets, and is read within this time after.
BACKLOG_S = 1.0


class Late(Unavailable):
    message = "The server stood still for a while, and has not done this. Try again."


class Pulse:
    """Calls ``stood_still`` at the first check after a standstill. ``keep`` it beating."""

    def __init__(self, stood_still: Callable[[], None], *, now_s: Callable[[], float]) -> None:
        self._stood_still = stood_still
        self._now_s = now_s
        self._checked_at_s = now_s()
        self._standstills = 0
        self._went_on_at_s = float("-inf")

    def check(self) -> None:
        """Call before something that was received is done."""
        before_s, self._checked_at_s = self._checked_at_s, self._now_s()
        if (still_s := self._checked_at_s - before_s) > STOOD_STILL_S:
            self._standstills += 1
            self._went_on_at_s = self._checked_at_s
            log.warning("this server stood still; its sockets are closed", seconds=round(still_s))
            self._stood_still()

    async def keep(self) -> None:
        """Check for ever, so that time without messages is no standstill."""
        while True:
            self.check()
            await asyncio.sleep(BEAT_S)

    def receive(self) -> None:
        """Note that what the current task does from now on is received now, or later."""
        self.check()
        _received.set((self, self._standstills))

    def receive_request(self) -> None:
        """Do the same for a request, which is late if it may have come during a standstill.

        Nobody knows how long it has waited, and whether its sender still does.
        """
        self.receive()
        if self._checked_at_s - self._went_on_at_s < BACKLOG_S:
            _received.set((self, self._standstills - 1))

    def has_stood_still_since(self, standstills: int) -> bool:
        """Tell whether there were more standstills, the present one included. For any thread."""
        return (
            self._standstills != standstills or self._now_s() - self._checked_at_s > STOOD_STILL_S
        )


# By which pulse, and after how many of its standstills, the current task received what it does.
_received: ContextVar[tuple[Pulse, int] | None] = ContextVar("received", default=None)


def refuse_late() -> None:
    """Raise Late if this process has stood still since the current task received what it does.

    Call it for what a person asked for, where nobody else can change the same before it is stored:
    in the transaction, when the rows are locked, or right before a compare-and-set.
    """
    received = _received.get()
    if received is not None and received[0].has_stood_still_since(received[1]):
        raise Late
