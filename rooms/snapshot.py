"""The durable facts of a room that its sockets need, kept in Redis.

The database is the truth. A snapshot is made from it and replaced by every newer one, so
opening a socket or checking a ban needs no database.
"""

from pydantic import BaseModel, ConfigDict

from playback.commands import Wait
from playback.state import LiveState
from presence.roster import Person
from rooms.lifecycle import Status
from rooms.protocol import Member, Role, RoomInfo, Waiting


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
    succession: bool
    wait: Wait = Wait.OFF
    wait_timeout_s: int = 10
    status: Status
    grace_ends_at: float | None = None
    muted: frozenset[str] = frozenset()
    banned: frozenset[str] = frozenset()
    # person -> epoch seconds: tickets issued to them before then are void.
    expelled: dict[str, float] = {}
    waiting: tuple[Waiting, ...] = ()


def room_info(snapshot: RoomSnapshot, state: LiveState) -> RoomInfo:
    """Return what everyone in the room may know of it."""
    return RoomInfo.model_construct(
        code=snapshot.code,
        name=snapshot.name,
        visibility=snapshot.visibility,  # type: ignore[arg-type]
        entry=snapshot.entry,  # type: ignore[arg-type]
        capacity=snapshot.capacity,
        chat_open=snapshot.chat_open,
        status=snapshot.status.value,
        host=state.host,
        control=state.control,
        wait=snapshot.wait,
        wait_timeout_s=snapshot.wait_timeout_s,
        grace_ends_at=snapshot.grace_ends_at,
    )


def role_of(person: str, state: LiveState) -> Role:
    """Return a person's role in the room."""
    if person == state.host:
        return Role.HOST
    return Role.COHOST if person in state.cohosts else Role.VIEWER


def member(person: Person, *, state: LiveState, snapshot: RoomSnapshot) -> Member:
    """Return how the room sees ``person``."""
    return Member(
        id=person.id,
        name=person.name,
        role=role_of(person.id, state),
        muted=person.id in snapshot.muted,
        buffering=person.buffering,
        drift_ms=person.drift_ms,
    )
