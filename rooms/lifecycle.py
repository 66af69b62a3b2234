"""The life of a room: CREATED → LIVE → GRACE → EXPIRED, any → DELETED. Pure.

There is no timer here. What is true now (who is present, which deadline passed) goes in, and
what must be done comes out. Doing it twice, or in two processes, does no harm.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    CREATED = "CREATED"
    LIVE = "LIVE"
    GRACE = "GRACE"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"

    @property
    def over(self) -> bool:
        return self in (Status.EXPIRED, Status.DELETED)


# The statuses from which each may be entered; no other transition happens.
ENTERED_FROM: dict[Status, frozenset[Status]] = {
    Status.CREATED: frozenset(),
    Status.LIVE: frozenset({Status.CREATED, Status.GRACE}),
    Status.GRACE: frozenset({Status.LIVE}),
    Status.EXPIRED: frozenset({Status.CREATED, Status.LIVE, Status.GRACE}),
    Status.DELETED: frozenset({Status.CREATED, Status.LIVE, Status.GRACE, Status.EXPIRED}),
}


class Deadline(StrEnum):
    GRACE = "grace"
    IDLE = "idle"
    # Of those who wait to be let in: it changes nothing about the room's life.
    WAITING = "waiting"


class Transition(StrEnum):
    GO_LIVE = "go_live"
    START_GRACE = "start_grace"
    AWAIT_HOST = "await_host"
    END_GRACE = "end_grace"
    DROP_GRACE = "drop_grace"
    SUCCEED = "succeed"
    EXPIRE = "expire"
    START_IDLE = "start_idle"
    STOP_IDLE = "stop_idle"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a room at one moment."""

    status: Status
    host_present: bool
    anyone_present: bool
    grace_running: bool
    idle_running: bool
    succession: bool = True
    # It stays its host's, however long they are away, and does not end by itself.
    kept: bool = False
    # It is made for a time that is still to come. Until then it waits for its host as well.
    starts_later: bool = False

    @property
    def held(self) -> bool:
        """Tell whether nobody else becomes host while the host is away."""
        return self.kept or self.starts_later


def settle(facts: Facts) -> list[Transition]:
    """Return what must be done so that the status fits who is present."""
    if facts.status.over:
        return []
    actions = []
    if facts.status is Status.CREATED and facts.anyone_present:
        actions.append(Transition.GO_LIVE)
    if facts.status is Status.GRACE and facts.host_present:
        actions.append(Transition.END_GRACE)
    elif not facts.host_present and _should_wait_for_host(facts):
        actions.append(Transition.AWAIT_HOST if facts.held else Transition.START_GRACE)
    if facts.anyone_present and facts.idle_running:
        actions.append(Transition.STOP_IDLE)
    elif not facts.anyone_present and not facts.idle_running and not facts.kept:
        actions.append(Transition.START_IDLE)
    return actions


def _should_wait_for_host(facts: Facts) -> bool:
    # The grace deadline of an empty room was dropped; a new one starts when somebody comes.
    return facts.status is Status.LIVE or (
        facts.status is Status.GRACE
        and facts.anyone_present
        and not facts.grace_running
        and not facts.held
    )


def due(facts: Facts, deadline: Deadline) -> list[Transition]:
    """Return what must be done now that ``deadline`` has passed."""
    if facts.status.over:
        return []
    if deadline is Deadline.IDLE:
        if facts.anyone_present or facts.kept:
            return [Transition.STOP_IDLE]
        return [Transition.START_IDLE if facts.starts_later else Transition.EXPIRE]
    if facts.status is not Status.GRACE:
        return [Transition.DROP_GRACE]
    if facts.host_present:
        return [Transition.END_GRACE]
    if not facts.anyone_present or facts.held:
        # Nobody is there to take over or to wait, or nobody may: the idle deadline decides.
        return [Transition.DROP_GRACE]
    return [Transition.SUCCEED] if facts.succession else [Transition.EXPIRE]
