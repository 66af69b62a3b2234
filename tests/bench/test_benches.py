"""Each bench runs, tiny, and prints its one line with every figure it promises."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 100


def bench(name: str, *arguments: str) -> dict[str, Any]:
    """Run a bench as the command does; return the line it prints."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"bench.{name}", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    return dict(json.loads(line))


@pytest.fixture(scope="module")
def fanout() -> dict[str, Any]:
    return bench("fanout", "--viewers", "10", "--commands", "4", "--quiet-s", "0.2")


def test_every_line_says_when_where_and_what_was_measured(fanout: dict[str, Any]) -> None:
    assert fanout["bench"] == "fanout"
    assert fanout.keys() >= {"date", "machine", "commit", "load_before"}


def test_fanout_sets_a_room_beside_a_relay_and_plain_channels(fanout: dict[str, Any]) -> None:
    for contestant in ("streamit", "picows", "channels"):
        figures = fanout[contestant]
        assert figures["cpu_us_per_delivery"] > 0
        assert 0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"]
    assert fanout.keys() >= {"cpu_to_picows", "p99_to_picows", "idle_viewer_kb"}


def test_join_counts_until_the_last_has_the_full_picture() -> None:
    line = bench("join", "--viewers", "5")
    [crowd] = line["crowds"]
    assert crowd["viewers"] == 5
    assert crowd["refused"] == 0
    assert 0 < crowd["welcomed_s"] <= crowd["complete_s"]
    assert crowd["presence_bytes_per_viewer"] > 0


def test_rooms_raises_the_rate_until_it_is_too_slow_beside_redis_alone() -> None:
    line = bench("rooms", "--rooms", "2", "--members", "2", "--rate", "2", "--steps", "1")
    [step] = line["steps"]
    assert step["commands"] > 0
    assert 0 < step["p50_ms"] <= step["p99_ms"]
    assert line["redis_alone_per_second"] > 0
    assert line.keys() >= {"sustained_commands_per_second", "to_redis_alone"}


def test_idle_keeps_everybody_and_says_what_one_costs() -> None:
    line = bench("idle", "--viewers", "20", "--seconds", "1")
    assert line["dropped"] == 0
    assert line.keys() >= {"kb_per_viewer", "cpu_percent", "redis_cpu_percent"}


def test_soak_leaves_no_key_and_no_socket_behind() -> None:
    line = bench("soak", "--seconds", "2")
    assert line["parties"] > 0
    assert line["tracebacks"] == 0
    assert line["leaked_keys"] == 0
    assert line["after"]["room_sockets"] == 0
    assert line.keys() >= {"grown_mb", "leaked_sockets", "reconnects"}
