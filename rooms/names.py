"""Names in a room, so that nobody can look like the host or a co-host. Pure.

Two people may be called Ana. If one of them is host or co-host, anyone else whose name looks
the same is shown with a number, which stays the same.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.skeleton import skeleton

# Enough digits that nobody gets the number they want by joining again and again.
_NUMBERS = 9000


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the host and co-hosts of a room, and what looks like them."""

    moderators: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, called: Mapping[str, str]) -> "Names":
        """Make it from the names of the host and the co-hosts, by id."""
        return cls(frozenset(called), frozenset(map(skeleton, called.values())))

    def shown(self, person: str, name: str) -> str:
        """Return the name by which a person is shown in the room."""
        if person in self.moderators or skeleton(name) not in self.looks:
            return name
        return f"{name} {1000 + zlib.crc32(person.encode()) % _NUMBERS}"
