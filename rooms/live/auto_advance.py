"""Playing the next film without a command, as one process does it.

A room goes on at the end of a film, when enough people want to skip it or cannot play it, and when
more of it has been converted. Every process with sockets of the room tries; the live state lets
only one succeed.
"""

import asyncio
from collections.abc import Callable

from core.coalescing import Coalesced
from playback import growing
from playback.clock import RoomClock
from playback.commands import SetMade
from playback.rules import Context
from playback.sources import registry
from playback.sources.base import SourceKey
from playback.state import LiveState
from playback.waiting import Hold
from rooms import state as live_states
from rooms.live.readiness import LATER_S
from rooms.queue import Queue
from rooms.upkeep import next_item

# How often a room asks how much of a film has been converted while it is watched.
MADE_EVERY_S = 3.0
# The shortest time between two counts of votes and failures; each reads everyone present.
DOUBTS_EVERY_S = 0.5


class AutoAdvance:
    """One room's own progress in this process. ``follow`` must get every new state and queue."""

    def __init__(self, code: str, *, hold: Callable[[], Hold | None]) -> None:
        self._code = code
        self._hold = hold
        self._state: LiveState | None = None
        self._queue = Queue()
        self._next = Coalesced(self._advance)
        # If a film fails, it fails for everybody at the same time.
        self._doubts = Coalesced(self._count_doubts, interval_s=lambda: DOUBTS_EVERY_S)
        self._made = Coalesced(self._refresh_made, interval_s=lambda: MADE_EVERY_S)
        self._is_counted = True
        # Of the room at the end of the converted part: nobody has followed its growth here yet.
        self._made_lead_ms = next_item.START_LEAD_MS
        self._timer: asyncio.TimerHandle | None = None

    def open(self, state: LiveState, queue: Queue, clock: RoomClock) -> None:
        """Start. While nobody was here, nobody asked how much of the film has been converted."""
        self.follow(state, queue, clock)
        if state.made_until is not None:
            self._made.request()

    def dispose(self) -> None:
        """Stop the timer and all work, but do nothing by half.

        Whoever goes on past a film that cannot be played says so only after that.
        """
        if self._timer is not None:
            self._timer.cancel()
        for work in (self._next, self._doubts, self._made):
            work.finish()

    def follow(self, state: LiveState, queue: Queue, clock: RoomClock) -> None:
        """Set a timer for the end of the film, if something waits in the queue."""
        self._state, self._queue = state, queue
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not (queue.entries and queue.autoplay):
            return
        left_s = state.left_s(clock.now_ms())
        if left_s is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(left_s + LATER_S, self._next.request)

    def count_again(self) -> None:
        """Count again who wants to skip the film or cannot play it, if anyone does."""
        if self._state is None:
            return
        of = self._state.source_revision
        if self._queue.is_unwanted(of) or self._queue.is_failing(of):
            self._is_counted = False
            self._doubts.request()

    def catch_up(self, now_ms: float) -> None:
        """Ask how much has been converted, and do what was missed. Call it once a second."""
        state = self._state
        if state is None:
            return
        if state.made_until is not None:
            self._made.request()
        # The process that went on may have been killed half-way, or Redis was away at the end.
        stays = self._queue.find(state.queue_item or "")
        if stays or next_item.is_due(state, self._queue, now_ms):
            self._next.request()
        if not self._is_counted:
            self.count_again()

    async def _advance(self) -> None:
        await next_item.advance_if_over(self._code, hold=self._hold())

    async def _count_doubts(self) -> None:
        state, queue = self._state, self._queue
        if state is None:
            return
        # This count does not see votes that come from now on.
        self._is_counted = True
        try:
            if queue.is_unwanted(state.source_revision):
                await next_item.skip_if_wanted(self._code, hold=self._hold())
            if queue.is_failing(state.source_revision):
                await next_item.skip_if_failed(self._code, hold=self._hold())
        except Exception:
            # Whatever it was, the votes are still there.
            self._is_counted = False
            raise

    async def _refresh_made(self) -> None:
        """Ask how much of the film has been converted, and store it in the live state."""
        state = self._state
        if state is None or state.source is None or state.made_until is None:
            return
        until_s = (await registry.facts(state.source)).made_until_s
        made = SetMade(SourceKey.of(state.source), until_s)
        by_server = Context(by=None, lead_ms=self._made_lead_ms)
        await live_states.apply(self._code, made, by_server)
        self._made_lead_ms = growing.LEAD_MS
