"""The rewritten playlists of streams from other servers, made once for all viewers.

Fetching and rewriting one can take seconds and many times the memory of the result, and viewers may
ask for it as often as they like.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from core.fair_queue import FairQueue
from core.per_loop import PerLoop
from core.single_flight import SingleFlight
from library.models import Video
from library.storage.base import StorageUnavailable

# Longer than the time in which people who watch together ask for it.
KEPT_S = 5.0
MOST_KEPT_BYTES = 32 * 1024 * 1024
# How long a slow server may take a turn from others.
LONGEST_S = 30.0

TURNS = FairQueue(at_once=4, of_one=1)

_Key = tuple[UUID, str]
_Make = Callable[[], Awaitable[bytes]]


class _Playlists:
    def __init__(self) -> None:
        self._making = SingleFlight[_Key, bytes]()
        # The oldest first.
        self._kept: dict[_Key, tuple[float, bytes]] = {}

    async def get(self, key: _Key, who: str, make: _Make) -> bytes:
        self._forget()
        if key in self._kept:
            return self._kept[key][1]
        return await self._making.get(key, partial(self._make, key, who, make))

    async def _make(self, key: _Key, who: str, make: _Make) -> bytes:
        made = await _made(who, make)
        self._kept[key] = time.monotonic(), made
        self._forget()
        return made

    def _forget(self) -> None:
        size_bytes = sum(len(content) for _, content in self._kept.values())
        for key, (since_s, content) in list(self._kept.items()):
            if time.monotonic() - since_s < KEPT_S and size_bytes <= MOST_KEPT_BYTES:
                return
            size_bytes -= len(content)
            del self._kept[key]


_playlists = PerLoop(_Playlists)


async def playlist_of(video: Video, address: str, make: _Make) -> bytes:
    """Return the rewritten playlist of ``address``, by calling ``make`` or from a moment ago.

    Raises what ``make`` raises, Busy, and StorageUnavailable if it takes too long.
    """
    who = video.address_mark or str(video.owner_id)
    return await _playlists.get().get((video.pk, address), who, make)


async def _made(who: str, make: _Make) -> bytes:
    async with TURNS.turn(who):
        try:
            async with asyncio.timeout(LONGEST_S):
                return await make()
        except TimeoutError:
            raise StorageUnavailable("The server there is too slow.") from None
