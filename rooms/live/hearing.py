"""Whose players are awake, as one process knows it, while some cannot play the film.

Players that have reported nothing for long are asleep, and do not count when the room decides
whether to go on (``rooms.upkeep.next_item``).
"""

from collections.abc import Callable

from core.coalescing import Coalesced
from playback.clock import RoomClock
from playback.state import LiveState
from rooms import protocol
from rooms.live.connections import Connection, Connections
from rooms.queue import NO_FILM, Queue, is_silence_over
from rooms.stores import queues as store

# Of a film that some players cannot play the others are to have been heard of half a minute later.
HEARD_EVERY_S = 1.0


def _hearing_pace() -> float:
    return HEARD_EVERY_S


class Hearing:
    """Of one room in this process. Tell it of every state, queue and report of a player."""

    def __init__(
        self, code: str, connections: Connections, *, count_again: Callable[[], None]
    ) -> None:
        self._code = code
        self._connections = connections
        self._count_again = count_again
        self._state: LiveState | None = None
        self._queue = Queue()
        self.noting = Coalesced(self._note_players, interval_s=_hearing_pace)
        # Of which film whose players are noted as awake, and as asleep.
        nobody: frozenset[str] = frozenset()
        self._noted = (NO_FILM, nobody, nobody)

    def open(self, clock: RoomClock) -> None:
        """Begin to listen."""
        self._clock = clock
        self._open_since_ms = clock.now_ms()

    def follow(self, state: LiveState, queue: Queue) -> None:
        """Take the newest state and queue."""
        self._state, self._queue = state, queue

    def look(self) -> None:
        """Note anew who is awake, if some cannot play what plays."""
        if self._state is not None and self._queue.failures_of == self._state.source_revision:
            self.noting.request()

    def hear(self, connection: Connection, status: protocol.Status) -> None:
        """Take that the player of ``connection`` has said something."""
        if self._state is None:
            return
        of = self._state.source_revision
        if status.revision is None or status.revision >= of:
            if status.ready and not status.buffering:
                connection.shown_of = of
            if connection.heard_of != of:
                connection.heard_of = of
                self.look()

    async def _note_players(self) -> None:
        """Tell every server whose players are awake, while some cannot play what plays.

        Whose player sleeps only the process knows that they are at, if it has had them long
        enough: nobody sleeps by not being noted.
        """
        state, queue = self._state, self._queue
        if state is None or queue.failures_of != state.source_revision:
            return
        of = state.source_revision
        heard = frozenset(c.person for c in self._connections if c.heard_of == of)
        silent: frozenset[str] = frozenset()
        now_ms = self._clock.now_ms()
        if is_silence_over(queue, state, now_ms, open_since_ms=self._open_since_ms):
            silent = frozenset(c.person for c in self._connections) - heard
        before, players = self._noted, (of, heard, silent)
        if players == before:
            return
        await store.note_players(self._code, of, heard_of=heard, silent_are=silent)
        self._noted = players
        if silent and (before[0], before[2]) != (of, silent):
            self._count_again()
