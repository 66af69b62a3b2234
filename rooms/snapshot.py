"""The durable facts of a room that its sockets need, kept in Redis.

The database is the truth. A snapshot is made from it and replaced by every newer one, so opening
a socket and checking a ban need no database.
"""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from playback.commands import Wait
from playback.state import LiveState
from presence.roster import Person
from rooms.lifecycle import Status
from rooms.names import Names
from rooms.protocol import Role
from rooms.server_messages import Member, RoomInfo, Waiting


class RoomSnapshot(BaseModel):
    """One room's facts at one ``version``."""

    model_config = ConfigDict(frozen=True)

    version: int
    code: str
    name: str
    visibility: str
    entry: str
    capacity: int
    chat_open: bool
    slow_mode_s: int = 0
    succession: bool
    wait: Wait = Wait.OFF
    wait_timeout_s: int = 10
    kept: bool = False
    # Epoch seconds.
    starts_at_s: float | None = None
    status: Status
    grace_ends_at: float | None = None
    muted: frozenset[str] = frozenset()
    banned: frozenset[str] = frozenset()
    # person -> epoch seconds: their tickets from before then are void. Without those who were
    # expelled so long ago that no such ticket is left.
    expelled: dict[str, float] = {}
    waiting: tuple[Waiting, ...] = ()
    # The names of the host and the co-hosts, also while they are away.
    called: dict[str, str] = {}

    def starts_later(self, now_ms: float) -> bool:
        """Tell whether the room has a start time in the future."""
        return self.starts_at_s is not None and now_ms < self.starts_at_s * 1000

    def held(self, now_ms: float) -> bool:
        """Tell whether the host keeps the room while they are away."""
        return self.kept or self.starts_later(now_ms)


def room_info(snapshot: RoomSnapshot, state: LiveState) -> RoomInfo:
    """Return what everyone in the room may know about it."""
    return RoomInfo.model_construct(
        code=snapshot.code,
        name=snapshot.name,
        visibility=snapshot.visibility,  # type: ignore[arg-type]
        entry=snapshot.entry,  # type: ignore[arg-type]
        capacity=snapshot.capacity,
        chat_open=snapshot.chat_open,
        slow_mode_s=snapshot.slow_mode_s,
        status=snapshot.status.value,
        host=state.host,
        control=state.control,
        wait=snapshot.wait,
        wait_timeout_s=snapshot.wait_timeout_s,
        grace_ends_at=snapshot.grace_ends_at,
        starts_at=snapshot.starts_at_s and snapshot.starts_at_s * 1000,
        succession=snapshot.succession,
        kept=snapshot.kept,
    )


def role_of(person: str, state: LiveState) -> Role:
    """Return a person's role in the room."""
    if person == state.host:
        return Role.HOST
    return Role.COHOST if person in state.cohosts else Role.VIEWER


def names_in(state: LiveState, snapshot: RoomSnapshot, present: Iterable[Person] = ()) -> Names:
    """Return the names that nobody else may look like; for people present, their current names."""
    moderators = {state.host, *state.cohosts}
    called = {id_: name for id_, name in snapshot.called.items() if id_ in moderators}
    return Names.of(called | {p.id: p.name for p in present if p.id in moderators})


def member(person: Person, *, state: LiveState, snapshot: RoomSnapshot, names: Names) -> Member:
    """Return how the room sees ``person``."""
    return Member(
        id=person.id,
        name=names.shown(person.id, person.name),
        role=role_of(person.id, state),
        muted=person.id in snapshot.muted,
        buffering=person.buffering,
        drift_ms=person.drift_ms,
    )
