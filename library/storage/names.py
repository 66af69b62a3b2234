"""Resolving host names that strangers gave.

A name server that does not answer occupies a thread for as long as the system asks it, whatever we
do. So nobody may use more than a few threads.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address

from core.fair_queue import FairQueue, asker
from core.per_loop import PerLoop
from core.single_flight import SingleFlight

_AT_ONCE = 8
# Includes waiting for a turn.
LOOK_UP_S = 10.0


class Names:
    """Resolves names in its own threads, which are named after ``purpose``."""

    def __init__(self, purpose: str) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"names-{purpose}")
        self._turns = FairQueue(
            at_once=_AT_ONCE,
            of_one=2,
            most_waiting=200,
            most_waiting_of_one=20,
            longest_wait_s=LOOK_UP_S / 2,
        )
        # All viewers of a film ask for its host at the same time.
        self._asked = PerLoop(SingleFlight[tuple[str, str, int | None], list[str]])

    async def look_up(self, host: str, port: int | None, *, who: str | None = None) -> list[str]:
        """Return every address of ``host``; it counts for ``who``, by default for the asker.

        Raises Busy, TimeoutError, OSError and UnicodeError.
        """
        if (address := _literal(host)) is not None:
            return [address]
        who = asker() if who is None else who
        # Callers share a lookup only within one owner, so nobody waits for another owner's turn.
        asking = partial(self._resolve, host, port, who)
        return await self._asked.get().get((who, host, port), asking)

    async def _resolve(self, host: str, port: int | None, who: str) -> list[str]:
        call = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        async with asyncio.timeout(LOOK_UP_S):
            found = await self._turns.do(call, who=who, threads=self._threads)
        return list(dict.fromkeys(str(each[4][0]) for each in found))


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None
