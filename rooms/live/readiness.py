"""Waiting for each other, as one process does it: reports of players become commands.

Every process with sockets of the room keeps the time, and the live state decides once. So a wait
ends even if the process that began it was killed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping

from core.coalescing import Coalesced
from core.errors import StreamItError
from playback.clock import RoomClock
from playback.commands import GiveUpWaiting, Ready, Recover, Stall, Wait
from playback.rules import Context
from playback.state import LiveState
from playback.waiting import Hold, must_recover, waited_for
from presence import store as presence
from rooms import protocol
from rooms import state as live_states
from rooms.snapshot import RoomSnapshot
from rooms.stores import snapshots

# Players that become ready at the same time are reported together.
READY_EVERY_S = 0.1
# A player that waits for data for this long has stalled. Nobody notices shorter breaks.
STALLED_AFTER_S = 1.5
# After a time-out or a stall, a player must play this long without a break to be waited for again.
WELL_FOR_S = 30.0
# Event loops round times, and a timer that fires too early finds nothing to do.
LATER_S = 0.005
WELL_DRIFT_MS = 1_000.0


class Readiness:
    """The waiting of one room in this process. It must get every state, report and departure."""

    def __init__(
        self, code: str, *, lead_ms: Callable[[], float], hold: Callable[[], Hold | None]
    ) -> None:
        self._code = code
        self._lead_ms = lead_ms
        self._hold = hold
        self._state: LiveState | None = None
        self._ready: set[str] = set()
        self._telling = Coalesced(self._send_ready, interval_s=lambda: READY_EVERY_S)
        self.give_up = Coalesced(self._give_up)
        self._timeout: asyncio.TimerHandle | None = None
        self._stalls: dict[str, asyncio.TimerHandle] = {}
        self._well_since_s: dict[str, float] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    def dispose(self) -> None:
        """Stop every timer."""
        self._telling.cancel()
        self.give_up.cancel()
        for timer in (self._timeout, *self._stalls.values()):
            if timer is not None:
                timer.cancel()

    def follow(self, state: LiveState, clock: RoomClock) -> None:
        """Take the newest state: set the timer of its wait, and drop stalls that have ended."""
        before, self._state = self._state, state
        if _wait_of(before) != _wait_of(state):
            # Being ready for an earlier wait does not count for this one.
            self._ready.clear()
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
        if state.held is not None:
            left_s = max(0.0, state.held.until - clock.now_ms()) / 1000 + LATER_S
            self._timeout = asyncio.get_running_loop().call_later(left_s, self.give_up.request)
        if self._stalls and not state.playing:
            for person in list(self._stalls):
                self._stop_watching(person)

    def catch_up(self, now_ms: float) -> None:
        """Do what could not be done while Redis was away. Call it once a second."""
        if self._ready:
            self._telling.request()
        held = self._state.held if self._state else None
        if held is not None and now_ms > held.until:
            self.give_up.request()

    # --- what players report ----------------------------------------------------------

    def report(
        self, person: str, status: protocol.Status, snapshot: RoomSnapshot, *, may_stall: bool
    ) -> None:
        """Take a player's report. It can stall only if it has shown the film (``may_stall``)."""
        if status.ready:
            self._note_ready(person, status.revision or 0)
        if snapshot.wait is Wait.ALWAYS and may_stall:
            self._watch_for_stall(person, status)
        if self._state is not None and must_recover(self._state, person):
            self._watch_recovery(person, status)

    def _note_ready(self, person: str, revision: int) -> None:
        held = self._state.held if self._state else None
        if held is not None and person in held.pending and revision >= held.since:
            self._ready.add(person)
            self._telling.request()

    def gone(self, people: Iterable[str]) -> None:
        """Stop waiting for people who have left or opted out."""
        held = self._state.held if self._state else None
        for person in people:
            self._stop_watching(person)
            if held is not None and person in held.pending:
                self._ready.add(person)
                self._telling.request()

    def lost(self, person: str) -> None:
        """Note that a connection of theirs has closed: playing well for long begins again."""
        self._well_since_s.pop(person, None)

    async def _send_ready(self) -> None:
        ready, self._ready = frozenset(self._ready), set()
        held = self._state.held if self._state else None
        if held is None or not ready.intersection(held.pending):
            return
        try:
            await self._apply(Ready(ready, held.since))
        except Exception:
            if _wait_of(self._state) == held.since:
                # Players say only once that they are ready.
                self._ready |= ready
            raise

    async def _give_up(self) -> None:
        await self._apply(GiveUpWaiting())

    # --- stalls -----------------------------------------------------------------------

    def _watch_for_stall(self, person: str, status: protocol.Status) -> None:
        state = self._state
        playing = state is not None and state.playing and person not in state.excused
        if status.ready is None:
            # This is another device of theirs, not the one the room waits for.
            return
        if not (status.buffering and playing):
            self._stop_watching(person)
        elif person not in self._stalls:
            loop = asyncio.get_running_loop()
            self._stalls[person] = loop.call_later(STALLED_AFTER_S, self._stalled, person, status)

    def _stop_watching(self, person: str) -> None:
        if timer := self._stalls.pop(person, None):
            timer.cancel()

    def _stalled(self, person: str, status: protocol.Status) -> None:
        self._stalls.pop(person, None)
        hold = self._hold()
        # In a big room only the people a start waits for can make it wait.
        if hold is not None and person in hold.members:
            stall = Stall(person, status.position, status.revision or 0, hold.timeout_s)
            self._in_background(stall)

    def _watch_recovery(self, person: str, status: protocol.Status) -> None:
        now_s = asyncio.get_running_loop().time()
        playing = self._state is not None and self._state.playing
        if status.buffering or not playing or abs(status.drift_ms) > WELL_DRIFT_MS:
            self._well_since_s.pop(person, None)
        elif now_s - self._well_since_s.setdefault(person, now_s) >= WELL_FOR_S:
            del self._well_since_s[person]
            self._in_background(Recover(person))

    def _in_background(self, command: Stall | Recover) -> None:
        task = asyncio.get_running_loop().create_task(self._try(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, command: Stall | Recover) -> None:
        # If it fails, the player's next reports lead to it again.
        with contextlib.suppress(StreamItError):
            await self._apply(command)

    async def _apply(self, command: Ready | GiveUpWaiting | Stall | Recover) -> None:
        by_server = Context(by=None, lead_ms=self._lead_ms())
        await live_states.apply(self._code, command, by_server)


def _wait_of(state: LiveState | None) -> int | None:
    """Return what identifies the wait of a state; None if it waits for nobody."""
    return state.held.since if state and state.held else None


async def stored_hold(code: str) -> Hold | None:
    """Return who a start waits for, as Redis knows it; for commands that come over REST.

    Raises NoSuchRoom and LiveStateUnavailable.
    """
    snapshot = await snapshots.of(code)
    if snapshot.wait is Wait.OFF:
        return None
    _revision, present = await presence.snapshot(code, at_most=protocol.ROSTER_LIMIT)
    awaited = {person.id: bool(person.awaited_on) for person in present.people}
    return hold_of(snapshot, awaited, present.count)


def hold_of(snapshot: RoomSnapshot, awaited: Mapping[str, bool], count: int) -> Hold:
    """Return who a start waits for in a room of ``count`` people; None if for nobody."""
    members = waited_for((id_ for id_, is_awaited in awaited.items() if is_awaited), count=count)
    return Hold(members, float(snapshot.wait_timeout_s))
