"""How long pages of a library of 100,000 videos take, on SQLite and on PostgreSQL."""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import httpx2

from bench.rig import databases, report, shelves, system
from bench.rig.report import Figures, percentile
from tests.support import postgresql

# Queries of the owner of many videos, by the name of their figure.
QUESTIONS = {
    "list": "",
    "list_of_100": "limit=100",
    "by_title": "sort=title",
    "by_length": "sort=-duration_s",
    "status": "status=failed",
    "search_common": "q=SUMMER",
    "search_rare": f"q={shelves.RARE}",
    "search_nothing": "q=no such title",
    "search_short": "q=z",
    "search_not_ascii": "q=ёл",
    "search_and_status": "q=summer&status=failed",
    "search_words": "q=uberraschung summer",
    "search_no_words": "q=" + "+".join(f"xyz{n}" for n in range(16)),
    "search_by_title": "q=summer&sort=title",
    "search_number": "q=episode 1",
}


def main() -> None:
    parser = report.options("library", __doc__, limit_s=1500)
    parser.add_argument("--videos", type=int, default=100_000)
    parser.add_argument("--owners", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=60, help="each question is asked")
    parser.add_argument("--database", nargs="+", default=list(databases.NAMES))
    report.run("library", parser, measure)


async def measure(options: argparse.Namespace) -> Figures:
    """Run every query on both databases, each with its own server."""
    figures: Figures = {"videos": options.videos, "owners": options.owners}
    for name in options.database:
        with filled(name, options.videos, options.owners) as (running, tokens):
            figures[name] = await _ask_all(running, tokens, options.times)
    return figures


@contextlib.contextmanager
def filled(name: str, videos: int, owners: int) -> Iterator[tuple[system.System, dict[str, Any]]]:
    """Run a server with a full library in the database called ``name``."""
    with contextlib.ExitStack() as stack:
        settings = {}
        if name == "postgresql":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            settings["DATABASE_URL"] = stack.enter_context(postgresql.running()).url
            secret = {"STREAMIT_DATA": folder, "STREAMIT_SECRET_KEY": "x" * 32}
            databases.migrate({**os.environ, **secret, **settings})
        running = stack.enter_context(system.running(settings))
        yield running, shelves.fill(videos, owners, running.environment)


async def _ask_all(running: system.System, tokens: dict[str, Any], times: int) -> Figures:
    async with _client(running, tokens["big"]) as big, _client(running, tokens["small"]) as small:
        figures = {name: await _ask(big, query, times) for name, query in QUESTIONS.items()}
        total = figures["list"]["found"]
        cursor = await _deep_cursor(big, total)
        figures["deep_cursor"] = await _ask(big, f"cursor={cursor}", times)
        # For comparison: a page without a cursor, and the cheapest possible request.
        figures["baseline_deep_offset"] = await _ask(big, f"offset={total * 9 // 10}", times)
        figures["baseline_small_owner"] = await _ask(small, "", times)
    return figures


def _client(running: system.System, token: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=f"{running.server.url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )


async def _ask(client: httpx2.AsyncClient, query: str, times: int) -> Figures:
    """Repeat one query; the first few times warm up caches and are not counted."""
    took_ms = []
    for _ in range(times + 5):
        began = time.perf_counter()
        answer = await client.get(f"/videos?{query}")
        took_ms.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    counted = took_ms[5:]
    return {
        "p50_ms": round(percentile(counted, 0.5), 1),
        "p95_ms": round(percentile(counted, 0.95), 1),
        "found": answer.json()["total"],
    }


async def _deep_cursor(client: httpx2.AsyncClient, total: int) -> str:
    """Return a cursor at nine tenths of the list."""
    page = (await client.get(f"/videos?limit=1&offset={total * 9 // 10}")).json()
    return str(page["next_cursor"])


if __name__ == "__main__":
    main()
