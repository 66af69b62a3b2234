"""Runs a bench and prints its JSON line."""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from bench.rig import cores

ROOT = Path(__file__).resolve().parent.parent.parent
Figures = dict[str, Any]


def run(
    name: str,
    parser: argparse.ArgumentParser,
    measure: Callable[[argparse.Namespace], Awaitable[Figures]],
    arguments: Sequence[str] | None = None,
    *,
    pinned: bool = True,
) -> None:
    """Parse the options, measure (on the load's core if ``pinned``) and print the JSON line.

    ``arguments`` defaults to those of the command.
    """
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with cores.on(cores.LOAD) if pinned else nullcontext():
        figures = uvloop.run(asyncio.wait_for(measure(options), options.limit_s))
    line = {
        "bench": name,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "machine": machine(),
        "load_before": round(load, 1),
        **figures,
    }
    print(json.dumps(line))


def options(name: str, description: str | None, *, limit_s: float = 175) -> argparse.ArgumentParser:
    """Return a parser with the options that every bench has."""
    parser = argparse.ArgumentParser(prog=f"streamit bench {name}", description=description)
    parser.add_argument(
        "--limit-s", type=float, default=limit_s, help="give up after this long (%(default)s)"
    )
    return parser


def commit() -> str:
    """Return the measured commit, with ``+`` if files differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")


def machine() -> str:
    """Return processor, number of cores and Python."""
    text = Path("/proc/cpuinfo").read_text()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    name = names[0] if names else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def latencies_ms(values_s: Sequence[float]) -> Figures:
    """Return median, p99 and maximum, in milliseconds."""
    return {
        "p50_ms": round(statistics.median(values_s) * 1000, 2),
        "p99_ms": round(percentile(values_s, 0.99) * 1000, 2),
        "max_ms": round(max(values_s) * 1000, 2),
    }
