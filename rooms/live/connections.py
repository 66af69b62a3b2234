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

# So many round trips are enough to know how far ahead a start must lie.
LEAD_SAMPLE = 200


@dataclass(eq=False, slots=True)
class Connection:
    """One socket of one person."""

    lease: presence.Lease
    send_queue: SendQueue
    # When the ticket was issued.
    admitted_at_s: float
    # What their ticket came from.
    grant: Grant = UNBOUND
    # They do not want to be waited for.
    opted_out: bool = False
    # The film, by the revision at which it was chosen, of which their player told the length, how
    # many people were there then, and whether a controller's player should have told it.
    measured: tuple[int, int, bool] | None = None
    # The film, by the same revision, of which their player has said anything.
    heard_of: int | None = None
    # The film, likewise, of which their player has had the picture on this connection.
    shown_of: int | None = None
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
        # Kept apart from the connections: in a big room that was quiet, what the processor must
        # fetch from memory is what a message costs.
        self._fast_paths: dict[FastPath, Connection] = {}

    def __iter__(self) -> Iterator[Connection]:
        """Go through the present connections; others may come and go meanwhile."""
        return iter(list(self._connections))

    def __len__(self) -> int:
        return len(self._connections)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._connections

    def some(self, most: int) -> list[Connection]:
        """Return the connections, at most ``most`` of them."""
        return list(itertools.islice(self._connections, most))

    def add(self, connection: Connection) -> None:
        """Send ``connection`` everything from now on."""
        fast_path = self._connections[connection] = connection.send_queue.fast_path
        self._fast_paths[fast_path] = connection

    def remove(self, connection: Connection) -> None:
        """Send ``connection`` nothing more; KeyError when it is not here."""
        del self._fast_paths[self._connections.pop(connection)]

    def awaited(self, people: Iterable[roster.Person], *, most: int) -> dict[str, bool]:
        """Return who is waited for, and who is not: of ``people``, as Redis knows them, and here.

        What was said here is newer; ``most`` connections are asked. One player of several that
        somebody has, here or elsewhere, is enough.
        """
        on = {person.id: person.awaited_on for person in people}
        for connection in self.some(most):
            elsewhere = on.get(connection.person, frozenset()) - {connection.lease.connection}
            on[connection.person] = elsewhere | connection.status.awaited_on
        return {person: bool(connections) for person, connections in on.items()}

    def start_lead_ms(self, people: Iterable[roster.Person]) -> float:
        """Return how far ahead a start must lie for ``people``, and for those who are here, ms."""
        trips = [person.rtt_ms for person in people if person.rtt_ms is not None]
        some = [connection.status.rtt_ms for connection in self.some(LEAD_SAMPLE)]
        trips += [trip_ms for trip_ms in some if trip_ms is not None]
        return roster.start_lead_ms(trips)

    def rename(self, person: str, name: str) -> None:
        """Call a person by another name from now on; what they hold says the old one."""
        for connection in self._connections:
            if connection.person == person:
                connection.lease = replace(connection.lease, name=name)
                connection.status = replace(connection.status, name=name)

    def deliver(self, frame: Frame) -> None:
        """Send one frame to every socket.

        A viewer who reads, and nearly all do, gets it straight from the operating system; a
        viewer who does not is left to their send queue.
        """
        started = time.perf_counter()
        for fast_path in write_past(self._fast_paths, frame):
            self._fast_paths[fast_path].send_queue.send(frame)
        metrics.fanout_seconds.observe(time.perf_counter() - started)
