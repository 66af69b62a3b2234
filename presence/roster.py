"""Who is present: a snapshot, and the difference between two of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """A person who is present, however many connections they have."""

    id: str
    name: str
    buffering: bool = False
    drift_ms: float | None = None
    rtt_ms: float | None = None
    # The connections whose player reports when it is ready, and for which the room should wait.
    awaited_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The people present, longest first; ``people`` is a sample when there are many."""

    people: tuple[Person, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Difference(Generic[T]):
    """What turns one roster into another."""

    joined: list[T]
    left: list[str]
    changed: list[T]

    def __bool__(self) -> bool:
        return bool(self.joined or self.left or self.changed)


def difference(old: Mapping[str, T], new: Mapping[str, T]) -> Difference[T]:
    """Return the difference from ``old`` to ``new``, both by person id, in the order of ``new``."""
    return Difference(
        joined=[entry for id_, entry in new.items() if id_ not in old],
        left=[id_ for id_ in old if id_ not in new],
        changed=[entry for id_, entry in new.items() if id_ in old and old[id_] != entry],
    )


def presence_interval_s(count: int) -> float:
    """Return how many seconds changes are collected before a room of ``count`` people gets them.

    Each message goes to everyone: for 100,000 people, four times a second would take four cores,
    for a number that nobody reads so often. Every 5 s it is 20,000 deliveries a second, a fifth
    of a core.
    """
    if count >= 50_000:
        return 5.0
    return 1.0 if count >= 5_000 else 0.25


def start_lead_ms(trips_ms: Iterable[float], *, least: float = 100.0, most: float = 500.0) -> float:
    """Return how far ahead to schedule a start so that nearly everyone gets it in time, in ms.

    One way is half a round trip; twice that leaves time for jitter and for the player to react.
    The slowest tenth is left out, so that one bad line does not slow the room down.
    """
    ordered = sorted(trips_ms)
    typical_worst = ordered[int(0.9 * (len(ordered) - 1))] if ordered else 0.0
    return min(most, max(least, 50.0 + typical_worst))
