"""Benches run, tiny, and print their one line with every figure they promise."""

import contextlib
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench import arrive, fanout, join, rooms
from bench.rig import people, shelves, system
from tests.support import warm


@pytest.fixture(scope="module")
def under_test(migrated_template: Path) -> Iterator[system.System]:
    """One server for all: alone, each bench would start its own."""
    with system.running(template=migrated_template, run_beside=warm.run) as running:
        yield running


def line_of(bench: ModuleType, under_test: system.System, *arguments: str) -> dict[str, Any]:
    """Run a bench as the command does; return the line it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        bench.main(arguments, under_test)
    [line] = printed.getvalue().splitlines()
    return dict(json.loads(line))


@pytest.fixture(scope="module")
def fanout_line(under_test: system.System) -> dict[str, Any]:
    return line_of(fanout, under_test, "--viewers", "10", "--commands", "4", "--quiet-s", "0.2")


def test_every_line_says_when_where_and_what_was_measured(fanout_line: dict[str, Any]) -> None:
    assert fanout_line["bench"] == "fanout"
    assert fanout_line.keys() >= {"date", "machine", "commit", "load_before"}


def test_fanout_sets_a_room_beside_a_relay_and_plain_channels(
    fanout_line: dict[str, Any],
) -> None:
    for contestant in ("streamit", "picows", "channels"):
        figures = fanout_line[contestant]
        # Less what the server uses when it is quiet: of so few commands that may be all.
        assert math.isfinite(figures["cpu_us_per_delivery"])
        assert 0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"]
    assert fanout_line.keys() >= {"cpu_to_picows", "p99_to_picows", "idle_viewer_kb"}


def test_join_counts_until_the_last_has_the_full_picture(under_test: system.System) -> None:
    line = line_of(join, under_test, "--viewers", "5")
    [crowd] = line["crowds"]
    assert crowd["viewers"] == 5
    assert crowd["refused"] == 0
    assert 0 < crowd["welcomed_s"] <= crowd["complete_s"]
    assert crowd["presence_bytes_per_viewer"] > 0


def test_arrive_accounts_for_each_step_with_the_host_there_and_not_there_yet(
    under_test: system.System,
) -> None:
    line = line_of(arrive, under_test, "--people", "5", "--pace-s", "0")
    assert [crowd["host_there"] for crowd in line["crowds"]] == [True, False]
    for crowd in line["crowds"]:
        assert crowd["people"] == 5
        assert crowd["refused"] == 0
        for step in ("guests", "joins", "sockets"):
            assert crowd[step]["s"] > 0
            assert crowd[step]["cpu_ms"] > 0


def test_rooms_raises_the_rate_until_it_is_too_slow_beside_redis_alone(
    under_test: system.System,
) -> None:
    line = line_of(
        rooms, under_test, "--rooms", "2", "--members", "2", "--rate", "2", "--steps", "1"
    )
    [step] = line["steps"]
    assert step["commands"] > 0
    assert 0 < step["p50_ms"] <= step["p99_ms"]
    assert line["redis_alone_per_second"] > 0
    assert line.keys() >= {"sustained_commands_per_second", "to_redis_alone"}


def test_a_library_and_accounts_are_made_for_benches_by_processes_of_their_own(
    under_test: system.System,
) -> None:
    tokens = shelves.fill(3, 1, under_test.environment)
    assert tokens.keys() == {"big", "small"}
    assert people.make(1, under_test.environment)[0].token
