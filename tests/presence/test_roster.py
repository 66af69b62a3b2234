"""The difference of two rosters, how often it is told, and how far ahead a start lies."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presence.roster import difference, presence_interval_s, start_lead_ms

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "roster.json").read_text())

rosters = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2))


def by_id(people: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {person["id"]: person for person in people}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_the_difference_is_what_the_page_expects(case: dict[str, Any]) -> None:
    found = difference(by_id(case["old"]), by_id(case["new"]))
    assert found.joined == case["joined"]
    assert found.left == case["left"]
    assert found.changed == case["changed"]
    assert bool(found) is bool(case["joined"] or case["left"] or case["changed"])


@given(rosters, rosters)
def test_the_difference_turns_the_old_roster_into_the_new(
    old: dict[str, int], new: dict[str, int]
) -> None:
    found = difference(
        {id_: (id_, value) for id_, value in old.items()},
        {id_: (id_, value) for id_, value in new.items()},
    )
    told = {id_: value for id_, value in old.items() if id_ not in found.left}
    told |= dict(found.joined) | dict(found.changed)
    assert told == new


@pytest.mark.parametrize(
    ("trips_ms", "lead_ms"),
    [
        ([], 100),
        ([0.1], 100),
        ([50], 100),
        ([51], 101),
        ([180, 20, 140], 190),
        ([20] * 10 + [400], 100),
        ([20] * 8 + [400] * 2, 450),
        ([449], 499),
        ([450], 500),
        ([60_000], 500),
    ],
)
def test_the_lead_is_for_all_but_the_slowest_tenth(trips_ms: list[float], lead_ms: float) -> None:
    assert start_lead_ms(trips_ms) == lead_ms


@pytest.mark.parametrize(
    ("count", "interval_s"),
    [
        (0, 0.25),
        (1, 0.25),
        (4_999, 0.25),
        (5_000, 1),
        (49_999, 1),
        (50_000, 5),
        (1_000_000, 5),
    ],
)
def test_the_more_are_present_the_less_often_they_are_told_of_each_other(
    count: int, interval_s: float
) -> None:
    assert presence_interval_s(count) == interval_s
