"""The queue of one room, as one process knows it and has sent it to its sockets."""

from collections.abc import Callable

from core.coalescing import Coalesced
from rooms import codec
from rooms.live.connections import Connections
from rooms.queue import Queue, queue_interval_s
from rooms.server_messages import QueueChanged, QueueState
from server.wire import Frame


class QueueFeed:
    """Sends a room's whole queue; changes are collected, such as the votes of many people."""

    def __init__(
        self,
        connections: Connections,
        *,
        source_revision: Callable[[], int],
        interval_s: Callable[[], float],
    ) -> None:
        """Send to ``connections`` at most once per ``interval_s()`` seconds.

        ``source_revision`` returns the revision of the film for which votes to skip count.
        """
        self._connections = connections
        self._source_revision = source_revision
        self._interval_s = interval_s
        self.queue = Queue()
        # As sent to people who come in; a new object whenever the content changes.
        self.message: QueueState = self.queue.as_state(of=0)
        self.sending = Coalesced(self._send, interval_s=self._longest_interval_s)
        self._sent_bytes = 0

    def open(self, queue: Queue) -> None:
        """Take the queue for the first time, before anybody is connected."""
        self.queue = queue
        self.message = self._now()

    def update(self, new: Queue) -> None:
        """Take a newer queue, and send it soon if clients see a difference."""
        self.queue = new
        # People who come in before it is sent get the newest.
        before, self.message = self.message, self._now()
        # A change that only servers see is not sent.
        if self.message.model_copy(update={"version": before.version}) != before:
            self.sending.request()

    def _now(self) -> QueueState:
        return self.queue.as_state(of=self._source_revision())

    async def _send(self) -> None:
        self.message = message = self._now()
        text = codec.encode(QueueChanged.model_construct(**dict(message)))
        self._sent_bytes = len(text)
        # A full queue is forty kilobytes, and a slow viewer needs only the last one.
        self._connections.deliver(Frame(text, kind="queue"))

    def _longest_interval_s(self) -> float:
        by_size_s = queue_interval_s(self._sent_bytes, len(self._connections))
        return max(self._interval_s(), by_size_s)
