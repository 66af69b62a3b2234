"""What the state of a room says of any moment, as the vectors shared with the pages have it."""

import json
from pathlib import Path
from typing import Any

import pytest

from playback.state import LiveState, first_position

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "clock.json").read_text())

NOW = 1_000_000.0
# Started ten seconds ago at 30 s, at double speed: at 50 s now.
PLAYING = LiveState(revision=7, host="ana", playing=True, position=30, rate=2.0, at=NOW - 10_000)
# Ran into its end at 40 s, five seconds ago.
ENDED = PLAYING.model_copy(update={"duration": 40.0})


@pytest.mark.parametrize("case", VECTORS["position"], ids=lambda case: str(case["name"]))
def test_the_position_is_where_the_page_says_it_is(case: dict[str, Any]) -> None:
    state = LiveState(host="ana", **case["state"])
    assert state.position_at(case["now_ms"]) == pytest.approx(case["position"], abs=1e-9)
    assert state.ended_at(case["now_ms"]) is case["ended"]


def test_a_film_that_has_reached_its_end_is_not_playing() -> None:
    now = ENDED.effective(NOW)
    assert (now.playing, now.position, now.revision) == (False, 40.0, ENDED.revision)
    assert now.at == NOW - 5_000, "since it got there"
    assert ENDED.effective(NOW - 6_000) is ENDED
    assert PLAYING.effective(NOW) is PLAYING


@pytest.mark.parametrize(
    ("start_s", "duration_s", "position"),
    [(30, None, 30), (30, 60, 30), (59.9, 60, 0), (60, 60, 0), (70, 60, 0)],
)
def test_a_start_past_the_end_is_none(
    start_s: float, duration_s: float | None, position: float
) -> None:
    assert first_position(start_s, duration_s) == position
