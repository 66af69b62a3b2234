"""The sockets of one room in this process, and how one message reaches all of them."""

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from core import metrics
from presence import roster
from presence import store as presence
from rooms.outbox import Frame, Lane, Outbox


@dataclass(eq=False, slots=True)
class Seat:
    """One socket of one person."""

    lease: presence.Lease
    outbox: Outbox
    # When he was given leave to come: the date of his ticket.
    admitted_at_s: float
    status: roster.Person = field(init=False)

    def __post_init__(self) -> None:
        self.status = roster.Person(self.lease.person, self.lease.name)

    @property
    def person(self) -> str:
        return self.lease.person


class Seats:
    """The seats of one room."""

    def __init__(self) -> None:
        self._seats: dict[Seat, Lane] = {}
        # Apart, so that to deliver touches nothing of a seat: in a big room that has been
        # quiet, what a processor must fetch from memory is what a message costs.
        self._lanes: dict[Lane, Seat] = {}

    def __iter__(self) -> Iterator[Seat]:
        """Go through those who sit now; seats may be taken and left meanwhile."""
        return iter(list(self._seats))

    def __len__(self) -> int:
        return len(self._seats)

    def __contains__(self, seat: Seat) -> bool:
        return seat in self._seats

    def some(self, most: int) -> list[Seat]:
        """Return those who sit, ``most`` of them if they are more."""
        return list(itertools.islice(self._seats, most))

    def add(self, seat: Seat) -> None:
        """Tell ``seat`` everything from now on."""
        lane = self._seats[seat] = seat.outbox.lane
        self._lanes[lane] = seat

    def remove(self, seat: Seat) -> None:
        """Tell ``seat`` nothing any more; KeyError when it has no place."""
        del self._lanes[self._seats.pop(seat)]

    def deliver(self, frame: Frame) -> None:
        """Send one frame to every socket.

        Once for every message to every viewer, so each step less is a viewer more. To who
        reads, and nearly all do, it goes straight to the operating system: that costs half
        of what a transport's bookkeeping does. Whoever does not is left to his outbox.
        """
        started = time.perf_counter()
        data, size, write = frame.wire, len(frame.wire), os.write
        others = []
        for lane in self._lanes:
            descriptor = lane.descriptor
            if descriptor < 0:
                others.append(lane)
                continue
            try:
                written = write(descriptor, data)
            except OSError:
                # Full or broken; the transport finds out which.
                written = 0
            if written < size:
                lane.write(data[written:])
        for lane in others:
            self._lanes[lane].outbox.send(frame)
        metrics.fanout_seconds.observe(time.perf_counter() - started)
