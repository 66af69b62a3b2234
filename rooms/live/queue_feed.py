"""The queue of one room, as one process last heard of it and told it to its sockets."""

from collections.abc import Callable

from core.coalescing import Coalesced
from rooms import codec
from rooms.live.connections import Connections
from rooms.queue import Queue, told_every_s
from rooms.server_messages import QueueChanged, QueueState
from server.wire import Frame


class QueueFeed:
    """Tells a room's queue whole, and a crowd that votes of all its votes at once."""

    def __init__(
        self,
        connections: Connections,
        *,
        source_revision: Callable[[], int],
        told_every_s: Callable[[], float],
    ) -> None:
        """Tell ``connections`` no more often than every ``told_every_s()``.

        ``source_revision`` is that of the film for which votes to skip count.
        """
        self._connections = connections
        self._source_revision = source_revision
        self._told_every_s = told_every_s
        self.queue = Queue()
        # A new one whenever the content changes.
        self.told: QueueState = self.queue.told(of=0)
        self.telling = Coalesced(self._tell, interval_s=self._pace_s)
        self._told_bytes = 0

    def open(self, queue: Queue) -> None:
        """Take the queue for the first time, when nobody is here who could be told."""
        self.queue = queue
        self.told = self._now()

    def hear(self, new: Queue) -> None:
        """Take a newer queue, and have it told if there is news in it."""
        self.queue = new
        # Who comes in meanwhile is told the newest.
        before, self.told = self.told, self._now()
        # What only servers need to know of it is no news.
        if self.told.model_copy(update={"version": before.version}) != before:
            self.telling.request()

    def _now(self) -> QueueState:
        return self.queue.told(of=self._source_revision())

    async def _tell(self) -> None:
        self.told = told = self._now()
        text = codec.encode(QueueChanged.model_construct(**dict(told)))
        self._told_bytes = len(text)
        # A full queue is forty kilobytes, of which a slow viewer needs the last alone.
        self._connections.deliver(Frame(text, kind="queue"))

    def _pace_s(self) -> float:
        by_size_s = told_every_s(self._told_bytes, len(self._connections))
        return max(self._told_every_s(), by_size_s)
