"""The rules of the queue, without any server."""

from collections.abc import Callable

import pytest

from playback.commands import Control
from playback.sources.base import MediaType, Work
from playback.state import LiveState
from rooms import queue as rules
from rooms.errors import (
    ControllersOnly,
    NoSuchItem,
    OrderedByVotes,
    QueueFull,
    TooManyOfYours,
)
from rooms.protocol import QUEUE_LIMIT, QueueAdding, QueueOrder
from rooms.queue import ITEMS_OF_A_MEMBER, SKIPPED_TOLD, Entry, Queue


def entry(id_: str, by: str = "ana", votes: int = 0) -> Entry:
    work = Work(provider="youtube", media_type=MediaType.MOVIE, external_id=f"work-{id_}")
    return Entry(id=id_, source=work, added_by=by, votes=votes)


def queue(ids: str, order: QueueOrder = QueueOrder.MANUAL) -> Queue:
    return Queue(entries=tuple(entry(id_) for id_ in ids), order=order)


def order(queue: Queue) -> str:
    return "".join(entry.id for entry in queue.entries)


@pytest.mark.parametrize(
    ("item", "before", "expected"),
    [
        ("c", "a", "cab"),
        ("a", "c", "bac"),
        ("a", None, "bca"),
        ("b", "b", "abc"),
        ("c", "c", "abc"),
        ("c", None, "abc"),
        # What it was to stand before has gone meanwhile.
        ("a", "x", "bca"),
    ],
)
def test_an_item_is_moved_before_another_or_to_the_end(
    item: str, before: str | None, expected: str
) -> None:
    assert order(rules.move(queue("abc"), item, before)) == expected


def test_what_has_gone_cannot_be_moved_and_votes_leave_no_order_to_choose() -> None:
    with pytest.raises(NoSuchItem):
        rules.move(queue("abc"), "x", None)
    with pytest.raises(OrderedByVotes):
        rules.move(queue("abc", QueueOrder.VOTES), "a", None)


def test_controllers_add_anywhere_and_others_at_the_end_if_they_may() -> None:
    open_to_all = queue("ab").model_copy(update={"adding": QueueAdding.EVERYONE})
    by_ana = rules.add(queue("ab"), entry("c"), before="a", may_control=True)
    by_ben = rules.add(open_to_all, entry("c", by="ben"), before="a", may_control=False)
    assert (order(by_ana), order(by_ben)) == ("cab", "abc")
    with pytest.raises(ControllersOnly):
        rules.add(queue("ab"), entry("c", by="ben"), before=None, may_control=False)


def test_the_same_item_is_added_once() -> None:
    once = queue("ab")
    assert rules.add(once, entry("b"), before="a", may_control=True) is once


def test_the_queue_and_the_part_of_one_member_are_bounded() -> None:
    full = Queue(entries=tuple(entry(str(n)) for n in range(QUEUE_LIMIT)))
    with pytest.raises(QueueFull):
        rules.add(full, entry("x"), before=None, may_control=True)
    busy = Queue(
        adding=QueueAdding.EVERYONE,
        entries=tuple(entry(str(n), by="ben") for n in range(ITEMS_OF_A_MEMBER)),
    )
    with pytest.raises(TooManyOfYours):
        rules.add(busy, entry("x", by="ben"), before=None, may_control=False)
    assert rules.add(busy, entry("x", by="cem"), before=None, may_control=False) is not busy


def test_members_remove_what_they_added_and_controllers_anything() -> None:
    mixed = Queue(entries=(entry("a", by="ana"), entry("b", by="ben")))
    with pytest.raises(ControllersOnly):
        rules.remove(mixed, "a", by="ben", may_control=False)
    assert order(rules.remove(mixed, "b", by="ben", may_control=False)) == "a"
    assert order(rules.remove(mixed, "b", by="ana", may_control=True)) == "a"
    assert rules.remove(mixed, "x", by="ben", may_control=False) is mixed


def test_votes_decide_the_order_and_of_two_alike_the_first_stays_first() -> None:
    voted = rules.count_votes(queue("abc", QueueOrder.VOTES), {"c": 2})
    voted = rules.count_votes(voted, {"b": 2, "gone": 1})
    assert order(voted) == "cba"
    assert order(rules.count_votes(voted, {"c": 0})) == "bca"
    by_hand = rules.count_votes(queue("abc"), {"c": 2})
    assert order(by_hand) == "abc"
    assert order(rules.set_up(by_hand, order=QueueOrder.VOTES)) == "cab"


def test_what_is_skipped_leaves_a_notice_and_only_the_last_are_kept() -> None:
    long = queue("abcdefgh")
    for item in "abcdefg":
        long = rules.skip(long, item, f"{item} is gone")
    assert order(long) == "h"
    assert [skipped.why[0] for skipped in long.skipped] == list("cdefg")[-SKIPPED_TOLD:]
    assert rules.skip(long, "a", "again") is long


def test_what_waits_twice_is_taken_out_twice() -> None:
    twice = Queue(entries=(entry("a"), entry("b"), entry("a").model_copy(update={"id": "c"})))
    without = rules.skip_each(twice, ["a", "c"], "It is gone.")
    assert (order(without), [s.id for s in without.skipped]) == ("b", ["a", "c"])


@pytest.mark.parametrize(
    "rule",
    [
        lambda q: rules.drop(q, "x"),
        lambda q: rules.skip(q, "x", "gone"),
        lambda q: rules.skip_each(q, ["x"], "gone"),
        lambda q: rules.move(q, "a", "b"),
        lambda q: rules.count_votes(q, {"a": 0, "x": 3}),
        lambda q: rules.count_skip_votes(q, 0, of=rules.NO_FILM),
        lambda q: rules.set_up(q, order=QueueOrder.MANUAL, autoplay=True),
        lambda q: rules.clear(rules.clear(q)) if not q.entries else q,
    ],
)
def test_what_is_so_already_makes_no_new_queue(rule: Callable[[Queue], Queue]) -> None:
    now = queue("ab")
    assert rule(now) is now


def test_skip_votes_count_for_what_plays_alone() -> None:
    voted = rules.count_skip_votes(queue("ab"), 3, of=7)
    assert (voted.as_state(of=7).skip_votes, voted.as_state(of=8).skip_votes) == (3, 0)
    assert rules.count_skip_votes(voted, 9, of=6) is voted
    # Of a room whose live state was lost.
    assert rules.count_skip_votes(voted, 2, of=0).as_state(of=0).skip_votes == 2


@pytest.mark.parametrize(
    ("votes", "present", "skipped"),
    [(0, 0, False), (1, 1, True), (1, 2, False), (2, 3, True), (2, 4, False), (3, 4, True)],
)
def test_more_than_half_of_those_present_skip(votes: int, present: int, skipped: bool) -> None:
    assert rules.is_skipped(votes, present) is skipped


@pytest.mark.parametrize(
    ("told", "present", "agreed"),
    [
        ({}, "ab", None),
        ({"a": 90}, "a", 90),
        ({"a": 90}, "ab", None),
        ({"a": 90, "b": 90.6}, "ab", 90.6),
        ({"a": 90, "b": 120}, "ab", None),
        ({"a": 1, "b": 90, "c": 90.2}, "abc", 90),
        ({"a": 90, "gone": 90, "host": 90}, "abc", None),
        ({"a": 90}, "", None),
    ],
)
def test_a_length_is_agreed_on_by_more_than_half_of_those_present(
    told: dict[str, float], present: str, agreed: float | None
) -> None:
    assert rules.agreed_length(told, present) == agreed


@pytest.mark.parametrize(
    ("frame_bytes", "people", "every_s"),
    [(300, 2, 0.01), (65_000, 2, 2), (65_000, 1_000, 6.5), (65_000, 100_000, 10)],
)
def test_a_long_queue_and_a_crowd_are_told_of_changes_less_often(
    frame_bytes: int, people: int, every_s: float
) -> None:
    assert rules.queue_interval_s(frame_bytes, people) == pytest.approx(every_s, rel=0.1)


@pytest.mark.parametrize(
    ("control", "is_controller_present", "occupied_since_ms", "goes_on"),
    [
        # The film began at 100.
        ("host", True, None, True),
        ("host", True, 200, True),
        ("host", False, 50, True),
        ("host", False, 100, True),
        ("host", False, 101, False),
        ("host", False, None, False),
        ("everyone", False, 200, True),
        ("everyone", False, None, True),
    ],
)
def test_a_room_goes_on_by_itself_for_who_was_there_when_the_film_began(
    control: str, is_controller_present: bool, occupied_since_ms: float | None, goes_on: bool
) -> None:
    state = LiveState(host="ana", control=Control(control), begun_at=100)
    found = rules.advances_automatically(
        state,
        is_controller_present=is_controller_present,
        occupied_since_ms=occupied_since_ms,
    )
    assert found is goes_on


def test_a_room_goes_on_when_nobody_knows_when_its_film_began() -> None:
    state = LiveState(host="ana")
    assert rules.advances_automatically(state, is_controller_present=False, occupied_since_ms=5)


def test_a_new_item_jumps_no_queue_that_votes_order() -> None:
    ordered = queue("abc", QueueOrder.VOTES)
    for voted in (ordered, rules.count_votes(ordered, {"a": 1})):
        new = rules.add(voted, entry("d"), before="b", may_control=True)
        assert order(new) == "abcd"
