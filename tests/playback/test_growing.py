"""How a room plays a film that is still being made."""

import pytest

from playback.commands import ClearSource, Command, Pause, Play, PutOn, Seek, SetMade
from playback.growing import AHEAD_S, LEAD_MS
from playback.rules import SERVER, Context, Verdict, apply
from playback.sources.base import Capabilities, MediaType, PlaybackSource, SourceKey
from playback.state import LiveState

NOW = 1_000_000.0
FILM = PlaybackSource(
    provider="library",
    media_type=MediaType.MOVIE,
    external_id="0b5c1f0e-6f0e-4c4e-9d3e-6c1b6d6f2a11",
    supports_events=True,
    supports_progress=True,
    capabilities=Capabilities(seek=True, pause=True, resume=True, autoplay=True),
)
KEY = SourceKey.of(FILM)
# Began at 30 s, a minute ago, and has stood at 60 s since half a minute.
STANDS = LiveState(
    revision=7,
    host="ana",
    playing=True,
    position=30,
    at=NOW - 60_000,
    by="ana",
    source=FILM,
    duration=7200,
    made_until=60,
)
# Waits for a film of which there is nothing yet.
WAITS = STANDS.model_copy(update={"position": 0, "made_until": 0.0})
# Is at 90 s of 200 that are made.
RUNS = STANDS.model_copy(update={"made_until": 200.0})
PAUSED = RUNS.model_copy(update={"playing": False})


def after(state: LiveState, command: Command, by: str | None = None) -> LiveState:
    lead_ms = LEAD_MS if isinstance(command, SetMade) else 200.0
    return apply(state, command, Context(by, lead_ms=lead_ms), now_ms=NOW).state


def test_the_room_goes_as_far_as_the_film_is_made_and_still_plays() -> None:
    assert (STANDS.position_at(NOW), STANDS.is_at_growing_end(NOW)) == (60, True)
    assert STANDS.effective(NOW).playing
    assert (RUNS.position_at(NOW), RUNS.is_at_growing_end(NOW)) == (90, False)
    assert (WAITS.position_at(NOW), WAITS.is_at_growing_end(NOW)) == (0, True)
    assert STANDS.left_s(NOW) is None


@pytest.mark.parametrize(
    ("state", "until_s", "goes_on"),
    [
        (STANDS, 60 + AHEAD_S - 0.1, False),
        (STANDS, 60 + AHEAD_S, True),
        (STANDS, None, True),
        (WAITS, AHEAD_S, True),
        (WAITS, None, True),
    ],
)
def test_a_room_that_stands_goes_on_once_it_is_worth_it(
    state: LiveState, until_s: float | None, goes_on: bool
) -> None:
    here = state.position_at(NOW)
    new = after(state, SetMade(KEY, until_s))
    assert (new.revision, new.by) == (8 if goes_on else 7, "ana")
    assert new.position_at(NOW + LEAD_MS) == here, "it starts together, from where it stood"
    later = NOW + LEAD_MS + 5_000
    assert new.position_at(later) == (here + 5 if goes_on else here)


def test_more_of_the_film_moves_no_room_that_is_on_its_way() -> None:
    new = after(RUNS, SetMade(KEY, 260.0))
    assert (new.made_until, new.position, new.at, new.by) == (260, RUNS.position, RUNS.at, "ana")
    whole = after(new, SetMade(KEY, None))
    assert (whole.made_until, whole.position_at(NOW)) == (None, 90)
    assert after(PAUSED, SetMade(KEY, 260.0)).position_at(NOW) == 30


def test_what_is_known_already_or_of_another_film_changes_nothing() -> None:
    other = SourceKey("library", MediaType.MOVIE, "another")
    for command in (SetMade(KEY, 200.0), SetMade(other, 300.0)):
        assert apply(RUNS, command, SERVER, now_ms=NOW).verdict is Verdict.UNCHANGED


def test_a_film_that_is_made_anew_takes_the_room_back_nowhere() -> None:
    again = after(RUNS, SetMade(KEY, 0.0))
    assert (again.position_at(NOW), again.position_at(NOW + 60_000)) == (90, 90)
    assert again.is_at_growing_end(NOW)
    paused = after(PAUSED, SetMade(KEY, 0.0))
    assert paused.position_at(NOW) == 30
    assert after(again, SetMade(KEY, 400.0)).position_at(NOW + LEAD_MS + 1_000) == 91


def test_a_seek_past_the_end_of_what_is_made_waits_at_that_end() -> None:
    sought = after(RUNS, Seek(position=5_000), by="ana")
    assert (sought.playing, sought.position_at(NOW + 60_000)) == (True, 200)
    assert after(PAUSED, Seek(position=5_000), by="ana").position == 200
    assert after(RUNS, Seek(position=150), by="ana").position == 150


def test_a_pause_at_the_end_of_what_is_made_holds() -> None:
    paused = after(STANDS, Pause(), by="ana")
    assert (paused.playing, paused.position) == (False, 60)
    assert not after(paused, SetMade(KEY, None)).playing


def test_play_pressed_before_there_is_anything_starts_the_film_when_there_is() -> None:
    waiting = after(WAITS.model_copy(update={"playing": False}), Play(), by="ana")
    assert (waiting.playing, waiting.position_at(NOW + 60_000)) == (True, 0)
    new = after(waiting, SetMade(KEY, 20.0))
    assert new.position_at(NOW + LEAD_MS + 5_000) == 5


def test_another_film_is_whole_unless_said_otherwise() -> None:
    assert after(RUNS, PutOn(FILM), by="ana").made_until is None
    assert after(RUNS, PutOn(FILM, made_until_s=0.0), by="ana").made_until == 0
    assert after(RUNS, ClearSource(), by="ana").made_until is None
