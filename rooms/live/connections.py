"""The sockets of one room in this process, and how one message reaches all of them."""

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from accounts.principal import UNBOUND, Grant
from core import metrics
from presence import roster
from presence import store as presence
from server.send_queue import SendQueue
from server.wire import FastPath, Frame, write_past

# Round trips that are enough to know how far ahead to schedule a start.
LEAD_SAMPLE = 200


@dataclass(eq=False, slots=True)
class Connection:
    """One socket of one person."""

    lease: presence.Lease
    send_queue: SendQueue
    # The date of the ticket, in room time.
    admitted_at_s: float
    # The account and session that the ticket depends on.
    grant: Grant = UNBOUND
    # The room need not wait for this player.
    opted_out: bool = False
    # Of the last length that the player reported: the revision at which the film was chosen, the
    # number of people present, and whether a controller's player was overdue.
    measured: tuple[int, int, bool] | None = None
    # The revision of the last film that the player has reported on.
    reported_source: int | None = None
    # The revision of the last film of which the player has shown a picture on this connection.
    shown_source: int | None = None
    status: roster.Person = field(init=False)

    def __post_init__(self) -> None:
        self.status = roster.Person(self.lease.person, self.lease.name)

    @property
    def person(self) -> str:
        return self.lease.person


class Connections:
    """The connections of one room."""

    def __init__(self) -> None:
        self._connections: dict[Connection, FastPath] = {}
        # Kept apart from the connections: in a big, quiet room a message costs what the processor
        # must fetch from memory.
        self._fast_paths: dict[FastPath, Connection] = {}

    def __iter__(self) -> Iterator[Connection]:
        """Iterate over a copy, so connections may come and go meanwhile."""
        return iter(list(self._connections))

    def __len__(self) -> int:
        return len(self._connections)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._connections

    def some(self, most: int) -> list[Connection]:
        """Return at most ``most`` of the connections."""
        return list(itertools.islice(self._connections, most))

    def add(self, connection: Connection) -> None:
        """Send everything to ``connection`` from now on."""
        fast_path = self._connections[connection] = connection.send_queue.fast_path
        self._fast_paths[fast_path] = connection

    def remove(self, connection: Connection) -> None:
        """Send nothing more to ``connection``; raise KeyError if it is not here."""
        del self._fast_paths[self._connections.pop(connection)]

    def awaited(self, people: Iterable[roster.Person], *, most: int) -> dict[str, bool]:
        """Return by person whether the room waits for them.

        Combines ``people``, as Redis knows them, with at most ``most`` connections of this
        process, which are newer. It waits for someone if it waits for one of their players.
        """
        on = {person.id: person.awaited_on for person in people}
        for connection in self.some(most):
            elsewhere = on.get(connection.person, frozenset()) - {connection.lease.connection}
            on[connection.person] = elsewhere | connection.status.awaited_on
        return {person: bool(connections) for person, connections in on.items()}

    def start_lead_ms(self, people: Iterable[roster.Person]) -> float:
        """Return how far ahead to schedule a start for ``people`` and our connections, in ms."""
        here = (each.status for each in itertools.islice(self._connections, LEAD_SAMPLE))
        some = itertools.chain(people, here)
        return roster.start_lead_ms([each.rtt_ms for each in some if each.rtt_ms is not None])

    def rename(self, person: str, name: str) -> None:
        """Give a person a new name; their ticket and lease still have the old one."""
        for connection in self._connections:
            if connection.person == person:
                connection.lease = replace(connection.lease, name=name)
                connection.status = replace(connection.status, name=name)

    def deliver(self, frame: Frame) -> None:
        """Send one frame to every socket.

        It goes straight to the operating system for viewers who read, which is nearly all of
        them, and through the send queue for the others.
        """
        started = time.perf_counter()
        for fast_path in write_past(self._fast_paths, frame):
            self._fast_paths[fast_path].send_queue.send(frame)
        metrics.fanout_seconds.observe(time.perf_counter() - started)
