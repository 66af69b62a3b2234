"""The life of a room: CREATED → LIVE → GRACE → EXPIRED, any → DELETED. Pure.

There is no timer here. The facts (who is present, which deadline has passed) go in, and the
transitions come out. Doing them twice, or in two processes, does no harm.
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


# The statuses from which each status may be entered. There are no other transitions.
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
    # For people on the waiting list. It does not change the room's status.
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
    """The facts about a room at one moment."""

    status: Status
    host_present: bool
    anyone_present: bool
    grace_running: bool
    idle_running: bool
    succession: bool = True
    # Kept: the host stays host however long they are away, and the room does not end by itself.
    kept: bool = False
    # It has a start time in the future. Until then it waits for its host as well.
    starts_later: bool = False

    @property
    def held(self) -> bool:
        """Tell whether the host keeps the room while they are away."""
        return self.kept or self.starts_later


def settle(facts: Facts) -> list[Transition]:
    """Return the transitions that make the status fit who is present."""
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
    # The grace deadline of an empty room was dropped; a new one starts when someone comes.
    return facts.status is Status.LIVE or (
        facts.status is Status.GRACE
        and facts.anyone_present
        and not facts.grace_running
        and not facts.held
    )


def due(facts: Facts, deadline: Deadline) -> list[Transition]:
    """Return the transitions that follow now that ``deadline`` has passed."""
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
        # Nobody is there, or nobody may take over: the idle deadline decides.
        return [Transition.DROP_GRACE]
    return [Transition.SUCCEED] if facts.succession else [Transition.EXPIRE]
