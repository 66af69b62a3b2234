"""Notices that this process stood still.

It was stopped, its machine was suspended, or something held it up for seconds. Meanwhile people
have left for another server, and some have lost their rights. What was received from them before
must not be done now: a page sends an unanswered command again over its next connection, if it is
still wanted (``web/src/net/pending.ts``).
"""

import asyncio
from collections.abc import Callable

import structlog

from playback.clock import monotonic_s

log = structlog.get_logger(__name__)

BEAT_S = 0.5
# A page leaves a server that it has not heard for 6 s, the last of them up to 2 s before the
# standstill (``web/src/net/socket.ts``).
STOOD_STILL_S = 4.0


class Pulse:
    """Calls ``stood_still`` at the first check after a standstill. ``keep`` it beating."""

    def __init__(
        self, stood_still: Callable[[], None], *, now_s: Callable[[], float] = monotonic_s
    ) -> None:
        self._stood_still = stood_still
        self._now_s = now_s
        self._checked_at_s = now_s()

    def check(self) -> None:
        """Call before something that was received is done."""
        before_s, self._checked_at_s = self._checked_at_s, self._now_s()
        if (still_s := self._checked_at_s - before_s) > STOOD_STILL_S:
            log.warning("this server stood still; its sockets are closed", seconds=round(still_s))
            self._stood_still()

    async def keep(self) -> None:
        """Check for ever, so that time without messages is no standstill."""
        while True:
            self.check()
            await asyncio.sleep(BEAT_S)
