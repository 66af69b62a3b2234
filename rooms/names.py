"""What people are called in a room, so that nobody looks like the host or a co-host. Pure.

Two people may be called Ana. When one of them is host or co-host, anyone else whose name looks
the same is shown with a number that stays theirs.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.skeleton import skeleton

# Enough that it is hard to come back until it is one's own.
_NUMBERS = 9000


@dataclass(frozen=True, slots=True)
class Names:
    """Who moderates a room, and what their names look like."""

    moderators: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, called: Mapping[str, str]) -> "Names":
        """Take what the host and the co-hosts are called, by id."""
        return cls(frozenset(called), frozenset(map(skeleton, called.values())))

    def shown(self, person: str, name: str) -> str:
        """Return what a person is called in the room."""
        if person in self.moderators or skeleton(name) not in self.looks:
            return name
        return f"{name} {1000 + zlib.crc32(person.encode()) % _NUMBERS}"
