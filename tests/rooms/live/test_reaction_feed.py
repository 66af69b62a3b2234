"""What one process counts of a room's reactions, and how fast a person may press."""

import json
import time
from typing import Any

import pytest

from core.coalescing import Coalesced
from rooms.live.reaction_feed import BURST, ReactionFeed, TooManyReactions
from rooms.protocol import MAX_REACTION_KINDS


async def never() -> None:
    raise AssertionError("nothing is published in these tests")


class Silent(Coalesced):
    """Takes requests and does nothing."""

    def __init__(self) -> None:
        super().__init__(never)

    def request(self) -> None:
        pass


def press(feed: ReactionFeed, person: str) -> None:
    feed.press(person, "😂", publishing=Silent())


def test_a_person_presses_ten_at_once_and_one_a_second(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    feed = ReactionFeed("abc")
    for _ in range(BURST):
        press(feed, "ana")
    with pytest.raises(TooManyReactions):
        press(feed, "ana")
    press(feed, "ben")
    now_s += 1
    press(feed, "ana")
    with pytest.raises(TooManyReactions):
        press(feed, "ana")


def test_what_processes_heard_is_told_together_and_once() -> None:
    feed = ReactionFeed("abc")
    feed.receive(json.dumps({"😂": 2, "👏": 1}))
    feed.receive(json.dumps({"😂": 3}))
    assert feed.news().counts == {"😂": 5, "👏": 1}
    assert feed.news().counts == {}


def test_only_the_most_pressed_kinds_are_told() -> None:
    feed = ReactionFeed("abc")
    feed.receive(json.dumps({chr(0x1F600 + kind): kind + 1 for kind in range(40)}))
    told = feed.news().counts
    assert len(told) == MAX_REACTION_KINDS
    assert min(told.values()) == 40 - MAX_REACTION_KINDS + 1
