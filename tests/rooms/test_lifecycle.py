"""The life of a room, as a whole truth table."""

import itertools

import pytest

from rooms.lifecycle import ENTERED_FROM, Deadline, Facts, Status, Transition, due, settle

ALIVE = [Status.CREATED, Status.LIVE, Status.GRACE]
OVER = [Status.EXPIRED, Status.DELETED]

# Every combination that can be: a present host is someone present.
EVERYTHING = [
    Facts(status, host, anyone, grace, idle, succession, kept, starts_later)
    for status in Status
    for host, anyone in [(False, False), (False, True), (True, True)]
    for grace, idle, succession in itertools.product([False, True], repeat=3)
    for kept, starts_later in itertools.product([False, True], repeat=2)
]


def test_a_room_settles_to_who_is_present() -> None:
    for facts in EVERYTHING:
        actions = set(settle(facts))
        if facts.status in OVER:
            assert not actions, facts
            continue
        away = not facts.host_present
        waits = facts.status is Status.GRACE and facts.anyone_present and not facts.grace_running
        gone = away and facts.status is Status.LIVE
        wanted = {
            Transition.GO_LIVE: facts.status is Status.CREATED and facts.anyone_present,
            Transition.START_GRACE: not facts.held and (gone or (away and waits)),
            Transition.AWAIT_HOST: facts.held and gone,
            Transition.END_GRACE: facts.status is Status.GRACE and facts.host_present,
            Transition.STOP_IDLE: facts.anyone_present and facts.idle_running,
            Transition.START_IDLE: not (facts.anyone_present or facts.idle_running or facts.kept),
        }
        assert actions == {action for action, when in wanted.items() if when}, facts


def test_a_passed_grace_deadline_hands_over_or_ends_the_room() -> None:
    for facts in EVERYTHING:
        actions = due(facts, Deadline.GRACE)
        if facts.status in OVER:
            assert actions == []
        elif facts.status is not Status.GRACE:
            assert actions == [Transition.DROP_GRACE]
        elif facts.host_present:
            assert actions == [Transition.END_GRACE]
        elif not facts.anyone_present or facts.held:
            assert actions == [Transition.DROP_GRACE]
        else:
            assert actions == [Transition.SUCCEED if facts.succession else Transition.EXPIRE]


def test_a_passed_idle_deadline_ends_an_empty_room_only() -> None:
    for facts in EVERYTHING:
        actions = due(facts, Deadline.IDLE)
        if facts.status in OVER:
            assert actions == []
        else:
            stays = facts.anyone_present or facts.kept
            ends = Transition.START_IDLE if facts.starts_later else Transition.EXPIRE
            assert actions == [Transition.STOP_IDLE if stays else ends]


@pytest.mark.parametrize("status", Status)
def test_every_status_is_entered_from_the_right_ones_only(status: Status) -> None:
    assert (
        ENTERED_FROM[status]
        == {
            Status.CREATED: set(),
            Status.LIVE: {Status.CREATED, Status.GRACE},
            Status.GRACE: {Status.LIVE},
            Status.EXPIRED: set(ALIVE),
            Status.DELETED: {*ALIVE, Status.EXPIRED},
        }[status]
    )


def _after(facts: Facts, actions: list[Transition]) -> Facts:
    """Return the facts once ``actions`` are done, as the transitions does them."""
    status, grace, idle, host = (
        facts.status,
        facts.grace_running,
        facts.idle_running,
        facts.host_present,
    )
    for action in actions:
        match action:
            case Transition.GO_LIVE:
                status = Status.LIVE
            case Transition.START_GRACE:
                status, grace = Status.GRACE, True
            case Transition.END_GRACE:
                status, grace = Status.LIVE, False
            case Transition.DROP_GRACE:
                grace = False
            case Transition.SUCCEED:
                status, grace, host = Status.LIVE, False, True
            case Transition.EXPIRE:
                status, grace, idle = Status.EXPIRED, False, False
            case Transition.START_IDLE:
                idle = True
            case Transition.STOP_IDLE:
                idle = False
    return Facts(status, host, facts.anyone_present, grace, idle, facts.succession)


def test_every_room_comes_to_rest_and_never_waits_without_a_deadline() -> None:
    for facts in EVERYTHING:
        for _ in range(3):
            facts = _after(facts, settle(facts))
        assert settle(facts) == []
        if facts.status not in OVER:
            assert facts.idle_running is not facts.anyone_present
            if facts.anyone_present and not facts.host_present:
                assert facts.status is Status.GRACE
                assert facts.grace_running
