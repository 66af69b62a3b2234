"""What thousands of quiet sockets cost: memory, processor, and whether all stay."""

import argparse
import asyncio
from contextlib import AsyncExitStack

from bench.rig import crowd, report, system
from bench.rig.crowd import Viewer
from bench.rig.people import Somebody
from bench.rig.report import Figures

# A ticket is valid for a minute, so tickets are fetched and used in batches.
TOGETHER = 500
ROOM = 1000


async def measure(options: argparse.Namespace) -> Figures:
    """Let everybody in, wait, and return what it cost."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(system.running())
        people = under_test.people(options.viewers)
        # Warm up, so that memory allocated once is not counted as that of the sockets.
        warm = await _fill(stack, under_test, under_test.people(50))
        await crowd.settled(warm)
        before = under_test.account()
        viewers: list[Viewer] = []
        for begin in range(0, len(people), ROOM):
            viewers += await _fill(stack, under_test, people[begin : begin + ROOM])
        await crowd.settled(viewers)
        filled = under_test.account()
        redis_before = under_test.valkey_account()
        await asyncio.sleep(options.seconds)
        after = under_test.account()
        redis_used = under_test.valkey_account() - redis_before
        dropped = sum(viewer.gone for viewer in viewers)
    grown_bytes = after.rss_bytes - before.rss_bytes
    return {
        "viewers": options.viewers,
        "seconds": options.seconds,
        "dropped": dropped,
        "kb_per_viewer": round(grown_bytes / options.viewers / 1024, 1),
        "rss_mb": round(after.rss_bytes / 2**20, 1),
        "rss_mb_before": round(before.rss_bytes / 2**20, 1),
        "cpu_percent": round((after - filled).cpu_s / (after - filled).wall_s * 100, 2),
        "redis_cpu_percent": round(redis_used.cpu_s / redis_used.wall_s * 100, 2),
    }


async def _fill(
    stack: AsyncExitStack, under_test: system.System, people: list[Somebody]
) -> list[Viewer]:
    """Let ``people`` into a new room; return their sockets."""
    viewers = [Viewer() for _ in people]
    async with under_test.rest() as rest:
        code = await crowd.create_room(rest, people[0])
        for begin in range(0, len(people), TOGETHER):
            part = slice(begin, begin + TOGETHER)
            urls = await crowd.tickets(rest, code, people[part])
            await crowd.connect_all(urls, viewers[part])
    await stack.enter_async_context(crowd.leaving(viewers))
    return viewers


def main() -> None:
    parser = report.options("idle", __doc__, limit_s=400)
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    report.run("idle", parser, measure)


if __name__ == "__main__":
    main()
