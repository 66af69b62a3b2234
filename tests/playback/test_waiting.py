"""The rules by which a room waits for those who are not ready."""

from typing import Any

import pytest

from playback.commands import (
    ClearSource,
    Command,
    Excuse,
    GiveUpWaiting,
    LimitWait,
    Pause,
    Play,
    PlayNext,
    PutOn,
    Ready,
    Recover,
    Seek,
    SetDuration,
    SetRate,
    Stall,
    Wait,
)
from playback.rules import Context, Verdict, apply
from playback.sources import registry
from playback.sources.base import MediaType, SourceKey
from playback.state import LiveState
from playback.waiting import MOST_BACK_S, Hold, waited_for

FILM = registry.describe(SourceKey("youtube", MediaType.MOVIE, "aqz-KE-bpKQ"))
NOW_MS = 1_000_000.0
HOLD = Hold(("ana", "ben"), 10)
PAUSED = LiveState(revision=5, host="ana", source=FILM, position=40, at=NOW_MS - 5000)
PLAYING = PAUSED.model_copy(update={"playing": True})


def after(
    state: LiveState, command: Command, *, by: str | None = "ana", s: float = 0, **given: Any
) -> LiveState:
    """Return the state after ``command``, ``s`` seconds after NOW_MS."""
    given.setdefault("hold", HOLD)
    return apply(state, command, Context(by, lead_ms=100, **given), now_ms=NOW_MS + s * 1000).state


WAITING = after(PAUSED, Play())


def pending(state: LiveState) -> list[str]:
    return list(state.held.pending) if state.held else []


@pytest.mark.parametrize(
    ("state", "command", "position"),
    [
        (PAUSED, Play(), 40),
        (PAUSED, Play(position=7), 7),
        (PLAYING, Seek(position=90), 90),
        (WAITING, Seek(position=90), 90),
        (PAUSED, PlayNext("item", FILM, "cem", 3), 3),
    ],
)
def test_a_start_a_jump_and_the_next_film_wait_paused_for_everyone(
    state: LiveState, command: Command, position: float
) -> None:
    new = after(state, command)
    assert (new.playing, new.position, pending(new)) == (False, position, ["ana", "ben"])
    assert new.waiting is not None
    assert (new.waiting.members, new.waiting.count) == (["ana", "ben"], 2)
    assert new.waiting.until == NOW_MS + 10_000


@pytest.mark.parametrize("command", [Pause(), Seek(position=3), PutOn(FILM), SetRate(rate=2)])
def test_what_does_not_start_a_film_waits_for_nobody(command: Command) -> None:
    assert after(PAUSED, command).held is None


@pytest.mark.parametrize("state", [PLAYING, WAITING])
def test_nobody_waits_for_a_film_that_is_over(state: LiveState) -> None:
    over = after(state.model_copy(update={"duration": 100.0}), Seek(position=100))
    assert (over.effective(over.at).playing, over.position, over.held) == (False, 100, None)
    # So the order to play it again is one to begin, and it waits for everyone.
    again = after(over, Play(), s=5)
    assert (again.playing, again.position, pending(again)) == (False, 0, ["ana", "ben"])
    assert again.excused == ()


def test_a_wait_at_what_turns_out_to_be_the_end_is_over() -> None:
    told = after(WAITING, SetDuration(40.1), s=1)
    assert (told.playing, told.position, told.held, told.excused) == (True, 40, None, ())
    # Of one that is put on past its end the wait is for the beginning.
    for length_s, position in ((41, 40), (20, 0)):
        told = after(WAITING, SetDuration(length_s), s=1)
        assert (told.position, pending(told)) == (position, ["ana", "ben"])


def test_a_player_that_stops_with_the_last_picture_has_not_stalled() -> None:
    # The room is at 45 s.
    short = PLAYING.model_copy(update={"duration": 45.2})
    assert after(short, Stall("ben", 45, 5, 10), by=None) is short
    assert pending(after(short, Stall("ben", 43, 5, 10), by=None)) == ["ben"]


def test_without_anyone_to_wait_for_it_starts_at_once() -> None:
    for hold in (None, Hold((), 10)):
        new = after(PAUSED, Play(), hold=hold)
        assert (new.playing, new.at, new.held, new.waiting) == (True, NOW_MS + 100, None, None)


def test_it_starts_a_little_later_when_the_last_one_is_ready() -> None:
    one = after(WAITING, Ready(frozenset({"ana"}), WAITING.revision), by=None, s=1)
    assert (one.playing, pending(one)) == (False, ["ben"])
    assert one.waiting
    assert (one.waiting.count, one.waiting.until) == (1, NOW_MS + 10_000)
    both = after(one, Ready(frozenset({"ben"}), one.revision), by=None, s=2)
    assert (both.playing, both.position, both.at) == (True, 40, NOW_MS + 2100)
    assert (both.held, both.waiting, both.excused) == (None, None, ())


def test_who_is_ready_for_what_was_before_is_not_ready() -> None:
    again = after(WAITING, Seek(position=90), s=1)
    assert after(again, Ready(frozenset(HOLD.members), WAITING.revision), by=None, s=1) is again
    assert after(PAUSED, Ready(frozenset(HOLD.members), 5), by=None) is PAUSED


def test_the_wait_ends_at_its_time_out_and_not_before() -> None:
    one = after(WAITING, Ready(frozenset({"ana"}), WAITING.revision), by=None, s=1)
    assert after(one, GiveUpWaiting(), by=None, s=9.9) is one
    gone_on = after(one, GiveUpWaiting(), by=None, s=10)
    assert (gone_on.playing, gone_on.excused, gone_on.held) == (True, ("ben",), None)


def test_who_ran_into_the_time_out_is_not_waited_for_until_they_have_recovered() -> None:
    late = after(WAITING, GiveUpWaiting(), by=None, s=10)
    assert late.excused == ("ana", "ben")
    paused = after(late, Pause(), s=12)
    assert after(paused, Play(), s=13).playing
    better = after(paused, Recover("ben"), by=None, s=40)
    assert pending(after(better, Play(), s=41)) == ["ben"]
    assert after(better, Recover("ben"), by=None, s=42) is better


def test_the_hosts_play_goes_on_without_those_who_are_late() -> None:
    gone_on = after(WAITING, Play(), s=2)
    assert (gone_on.playing, gone_on.position, gone_on.excused) == (True, 40, ("ana", "ben"))


def test_a_viewer_does_not_end_the_wait() -> None:
    outcome = apply(WAITING, Play(), Context("ben"), now_ms=NOW_MS)
    assert outcome.verdict is Verdict.IGNORED


@pytest.mark.parametrize("command", [Pause(), ClearSource(), PutOn(FILM)])
def test_pause_and_another_film_end_the_wait_and_stay_paused(command: Command) -> None:
    new = after(WAITING, command, s=1)
    assert (new.playing, new.held, new.waiting, new.excused) == (False, None, None, ())


STALLED = after(PLAYING, Stall("ben", 44, 5, 10), by=None)


@pytest.mark.parametrize(
    ("state", "wait", "ends"),
    [
        (WAITING, Wait.OFF, True),
        (WAITING, Wait.START, False),
        (WAITING, Wait.ALWAYS, False),
        (STALLED, Wait.OFF, True),
        (STALLED, Wait.START, True),
        (STALLED, Wait.ALWAYS, False),
    ],
)
def test_a_room_that_is_to_wait_no_longer_stops_waiting_and_plays(
    state: LiveState, wait: Wait, ends: bool
) -> None:
    new = after(state, LimitWait(wait, 10), by=None, s=2)
    if ends:
        assert (new.playing, new.position, new.at) == (True, state.position, NOW_MS + 2100)
        assert (new.held, new.waiting, new.excused, new.by) == (None, None, (), state.by)
    else:
        assert new is state


def test_a_shorter_time_out_counts_for_a_wait_that_is_under_way_and_a_longer_one_does_not() -> None:
    assert after(WAITING, LimitWait(Wait.START, 60), by=None, s=2) is WAITING
    shorter = after(WAITING, LimitWait(Wait.START, 3), by=None, s=2)
    assert (shorter.playing, pending(shorter)) == (False, ["ana", "ben"])
    assert shorter.waiting is not None
    assert shorter.waiting.until == NOW_MS + 5_000
    gone_on = after(shorter, GiveUpWaiting(), by=None, s=5)
    assert (gone_on.playing, gone_on.excused) == (True, ("ana", "ben"))


def test_a_room_that_waits_for_nobody_does_not_start_when_it_is_to_wait_no_longer() -> None:
    assert after(PAUSED, LimitWait(Wait.OFF, 10), by=None) is PAUSED


def test_another_rate_does_not_end_the_wait() -> None:
    new = after(WAITING, SetRate(rate=2), s=1)
    assert (new.rate, pending(new)) == (2, ["ana", "ben"])


def test_who_does_not_want_to_be_waited_for_is_not() -> None:
    assert pending(after(WAITING, Excuse("ben"), by=None, s=1)) == ["ana"]
    assert after(WAITING, Excuse("cem"), by=None, s=1) is WAITING


@pytest.mark.parametrize(
    ("stalled_at_s", "position"),
    # The room was at 45 s: who is a little behind takes it back, so that they miss nothing.
    [(43.5, 43.5), (45.5, 45), (45 - MOST_BACK_S - 1, 45)],
)
def test_a_stall_pauses_everyone_where_the_stalled_player_is(
    stalled_at_s: float, position: float
) -> None:
    new = after(PLAYING, Stall("ben", stalled_at_s, 5, 10), by=None)
    assert (new.playing, new.position, pending(new)) == (False, position, ["ben"])
    ready = after(new, Ready(frozenset({"ben"}), new.revision), by=None, s=3)
    assert (ready.playing, ready.position, ready.at) == (True, position, NOW_MS + 3100)


@pytest.mark.parametrize(
    "state",
    [
        PAUSED,
        PLAYING.model_copy(update={"at": NOW_MS + 100}),
        PLAYING.model_copy(update={"source_revision": 6}),
        PLAYING.model_copy(update={"excused": ("ben",)}),
        PLAYING.model_copy(update={"stall_costs_s": (("ben", 10.0),)}),
        # Everyone waits for the film to be made.
        PLAYING.model_copy(update={"made_until": PLAYING.position_at(NOW_MS)}),
    ],
)
def test_a_stall_counts_only_while_this_film_plays_and_for_those_who_do_well(
    state: LiveState,
) -> None:
    assert after(state, Stall("ben", 44, 5, 10), by=None) is state


def test_the_stalls_of_one_player_cost_one_time_out_until_they_have_played_well() -> None:
    first = after(PLAYING, Stall("ben", 44, 5, 10), by=None)
    assert first.held is not None
    # A second back and five of waiting: four are left.
    ready = after(first, Ready(frozenset({"ben"}), first.held.since), by=None, s=5)
    again = Stall("ben", 46, 5, 10)
    second = after(ready, again, by=None, s=7)
    assert second.held is not None
    assert second.held.until == NOW_MS + 11_000
    # One that is over at once costs a second.
    ready = after(second, Ready(frozenset({"ben"}), second.held.since), by=None, s=7)
    third = after(ready, again, by=None, s=9)
    assert third.held is not None
    assert third.held.until - third.at < 4_000
    ready = after(third, Ready(frozenset({"ben"}), third.held.since), by=None, s=12)
    assert after(ready, again, by=None, s=14) is ready
    # A start waits for them all the same.
    assert "ben" in pending(after(ready, Seek(position=90), s=14))
    better = after(ready, Recover("ben"), by=None, s=40)
    assert pending(after(better, again, by=None, s=41)) == ["ben"]


def test_a_pause_and_another_rate_charge_a_stall_once() -> None:
    stalled = after(PLAYING, Stall("ben", 45, 5, 10), by=None)
    faster = after(stalled, SetRate(rate=2), s=2)
    assert dict(faster.stall_costs_s) == {"ben": 0}
    assert dict(after(faster, Pause(), s=4).stall_costs_s) == {"ben": 4}


@pytest.mark.parametrize(("count", "held_up"), [(3, 3), (50, 50), (51, 2), (100, 5), (1000, 50)])
def test_a_crowd_is_held_up_by_a_twentieth_at_most(count: int, held_up: int) -> None:
    members = [str(number) for number in range(min(count, 100))]
    assert len(waited_for(members, count=count)) == min(held_up, len(members))
    assert waited_for(["ana", "ana"], count=2) == ("ana",)


def test_five_are_named_and_all_are_counted() -> None:
    many = tuple(f"m{number}" for number in range(8))
    waiting = after(PAUSED, Play(), hold=Hold(many, 10)).waiting
    assert waiting is not None
    assert waiting.model_dump(mode="json") == {
        "for": list(many[:5]),
        "count": 8,
        "until": NOW_MS + 10_000,
    }
