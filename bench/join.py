"""How long until everybody knows of everybody when a crowd joins at once, for growing crowds.

Tickets are fetched over REST first. Then all sockets open at once. The clock stops when the last
viewer knows of the whole crowd, from WELCOME or from a PRESENCE message after it.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from bench.rig import crowd, report, system
from bench.rig.crowd import Viewer
from bench.rig.newcomers import Expectation, Newcomer
from bench.rig.report import Figures

SIZES = (250, 500, 1000, 2000)


async def measure(options: argparse.Namespace, given: system.System | None = None) -> Figures:
    """Let each crowd in; return the figures for all of them."""
    sizes = [options.viewers] if options.viewers else list(SIZES)
    with system.running(given=given) as under_test:
        # Warm up: the first time takes longer.
        await _storm(under_test, 50)
        crowds = [await _storm(under_test, size) for size in sizes]
    messages = [found["presence_messages_per_viewer"] for found in crowds]
    return {
        "crowds": crowds,
        # 1 if the number of messages grows in proportion to joins, more if it grows faster.
        "messages_growth": round(messages[-1] / messages[0], 2),
    }


async def _storm(under_test: system.System, size: int) -> Figures:
    host, *people = under_test.people(size + 1)
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(under_test.rest())
        code = await crowd.create_room(rest, host)
        [host_url] = await crowd.tickets(rest, code, [host])
        host_viewer = Viewer()
        await crowd.connect(host_url, host_viewer)
        asked_s = time.perf_counter()
        urls = await crowd.tickets(rest, code, people)
        tickets_s = time.perf_counter() - asked_s
        # Plus the host, who was there before.
        expectation = Expectation(size, present=size + 1)
        newcomers = [Newcomer(expectation) for _ in people]
        await crowd.settled([host_viewer])
        before, redis_before = under_test.account(), under_test.valkey_account()
        began_s = time.perf_counter()
        await crowd.connect_all(urls, newcomers, at_once=size)
        await asyncio.wait_for(expectation.over.wait(), system.PATIENCE_S)
        used = under_test.account() - before
        redis_used = under_test.valkey_account() - redis_before
        await stack.enter_async_context(crowd.leaving([host_viewer, *newcomers]))
        await crowd.settled([n for n in newcomers if not n.gone])
    return {
        "viewers": size,
        "tickets_s": round(tickets_s, 2),
        "welcomed_s": round(max(expectation.welcomed_s) - began_s, 2),
        "complete_s": round(max(expectation.complete_s) - began_s, 2),
        "refused": len(expectation.refused),
        "cpu_ms_per_join": round(used.cpu_s / size * 1000, 3),
        "redis_cpu_ms_per_join": round(redis_used.cpu_s / size * 1000, 3),
        "presence_bytes_per_viewer": _mean([n.presence_bytes for n in newcomers]),
        "presence_messages_per_viewer": _mean([n.presence_messages for n in newcomers]),
    }


def _mean(values: list[int]) -> float:
    return round(sum(values) / len(values), 1)


def main(arguments: Sequence[str] | None = None, given: system.System | None = None) -> None:
    parser = report.options("join", __doc__)
    parser.add_argument("--viewers", type=int, default=0, help="one crowd instead of several")
    report.run("join", parser, partial(measure, given=given), arguments)


if __name__ == "__main__":
    main()
