"""Whose players are awake, as one process knows it, while some cannot play the film.

Players that have not reported for long are asleep. They do not count when the room decides
whether to go on (``rooms.upkeep.next_item``).
"""

from collections.abc import Callable

from core.coalescing import Coalesced
from playback.clock import RoomClock
from playback.state import LiveState
from rooms import protocol
from rooms.live.connections import Connection, Connections
from rooms.queue import NO_FILM, Queue, have_all_reported
from rooms.stores import queues as store

# Half a minute after a player has failed, the others must have reported.
UPDATE_EVERY_S = 1.0


class PlayerActivity:
    """The players of one room in this process. It must get every state, queue and report."""

    def __init__(
        self, code: str, connections: Connections, *, count_again: Callable[[], None]
    ) -> None:
        self._code = code
        self._connections = connections
        self._count_again = count_again
        self._state: LiveState | None = None
        self._queue = Queue()
        self.updating = Coalesced(self._store_players, interval_s=lambda: UPDATE_EVERY_S)
        # The revision of the film, and whose players are stored as awake and as asleep.
        nobody: frozenset[str] = frozenset()
        self._stored = (NO_FILM, nobody, nobody)

    def open(self, clock: RoomClock) -> None:
        """Start; reports before now were not seen."""
        self._clock = clock
        self._open_since_ms = clock.now_ms()

    def follow(self, state: LiveState, queue: Queue) -> None:
        """Take the newest state and queue."""
        self._state, self._queue = state, queue

    def request_update(self) -> None:
        """Store again who is awake, if some players cannot play the film."""
        if self._state is not None and self._queue.failures_of == self._state.source_revision:
            self.updating.request()

    def receive(self, connection: Connection, status: protocol.Status) -> None:
        """Note that the player of ``connection`` has reported."""
        if self._state is None:
            return
        of = self._state.source_revision
        if status.revision is None or status.revision >= of:
            if status.ready and not status.buffering:
                connection.shown_source = of
            if connection.reported_source != of:
                connection.reported_source = of
                self.request_update()

    async def _store_players(self) -> None:
        """Store for all servers whose players are awake, and whose are asleep.

        Only the process with a person's socket knows that their player is asleep, and only after
        it has had the socket for long enough. Nobody counts as asleep just because nothing is
        stored about them.
        """
        state, queue = self._state, self._queue
        if state is None or queue.failures_of != state.source_revision:
            return
        of = state.source_revision
        awake = frozenset(c.person for c in self._connections if c.reported_source == of)
        asleep: frozenset[str] = frozenset()
        now_ms = self._clock.now_ms()
        if have_all_reported(queue, state, now_ms, open_since_ms=self._open_since_ms):
            asleep = frozenset(c.person for c in self._connections) - awake
        before, players = self._stored, (of, awake, asleep)
        if players == before:
            return
        await store.store_players(self._code, of, awake=awake, asleep=asleep)
        self._stored = players
        if asleep and (before[0], before[2]) != (of, asleep):
            self._count_again()
