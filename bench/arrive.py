"""How long it takes, and what it costs the server, to let a crowd of new people into a room.

Each person becomes a guest, joins over REST, opens the socket, and waits for WELCOME and until they
know of the whole crowd. Nobody takes the next step before everyone has taken the last one, so that
each step is measured separately.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from itertools import count, product

from bench.rig import crowd, report, requests, system
from bench.rig.crowd import Viewer
from bench.rig.newcomers import Expectation, Newcomer
from bench.rig.report import Figures

SIZES = (250, 500, 1000)
PACES_S = (0.0, 5.0)
# As if behind a proxy, each person has their own address, from a network reserved for benchmarks.
_ADDRESSES = map(str, map(IPv4Address, count(int(IPv4Address("198.18.0.1")))))
# A server that uses less than this share of a core has nothing to do.
QUIET_SHARE = 0.05
QUIET_FOR_S = 0.5


@dataclass(slots=True)
class Arrival:
    """One person on their way into the room."""

    address: str
    token: str = ""
    socket_url: str = ""


@dataclass(frozen=True, slots=True)
class Storm:
    """How many people come within which time, and whether the host is there before them."""

    people: int
    pace_s: float
    is_host_there: bool


async def measure(options: argparse.Namespace, given: system.System | None = None) -> Figures:
    """Let each crowd in; return the figures for all of them."""
    sizes = [options.people] if options.people else list(SIZES)
    paces_s = list(PACES_S) if options.pace_s is None else [options.pace_s]
    settings = {"STREAMIT_TRUSTED_PROXY": "on", "STREAMIT_RATE_LIMITS": "on"}
    with system.running(settings if options.limits else None, given=given) as under_test:
        # Warm up: the first time takes longer.
        await _let_in(under_test, Storm(min(sizes[0], 100), 0.0, is_host_there=False))
        storms = [
            Storm(size, pace_s, is_host_there)
            for is_host_there, pace_s, size in product((True, False), paces_s, sizes)
        ]
        return {"crowds": [await _let_in(under_test, storm) for storm in storms]}


async def _let_in(under_test: system.System, storm: Storm) -> Figures:
    [host] = under_test.people(1)
    arrivals = [Arrival(next(_ADDRESSES)) for _ in range(storm.people)]
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(under_test.rest())
        code = await crowd.create_room(rest, host)
        there: list[Viewer] = []
        if storm.is_host_there:
            [url] = await crowd.tickets(rest, code, [host])
            there = [Viewer()]
            await crowd.connect(url, there[0])
        expectation = Expectation(storm.people, present=storm.people + len(there))
        newcomers = iter([Newcomer(expectation) for _ in arrivals])
        port = under_test.server.port
        took = partial(_take, under_test, arrivals, storm.pace_s)
        began_s = time.perf_counter()
        guests = await took(partial(_become_guest, port))
        joins = await took(partial(_join, port, code))
        sockets = await took(partial(_open_socket, newcomers, there), until=expectation.over)
        ended_s = time.perf_counter()
        await stack.enter_async_context(crowd.leaving(there))
    await _quiet(under_test)
    return {
        "people": storm.people,
        "paced_s": storm.pace_s,
        "host_there": storm.is_host_there,
        "all_s": round(ended_s - began_s, 2),
        "guests": guests,
        "joins": joins,
        "sockets": sockets,
        "refused": len(expectation.refused),
    }


async def _take(
    under_test: system.System,
    arrivals: Sequence[Arrival],
    pace_s: float,
    step: Callable[[Arrival], Awaitable[None]],
    *,
    until: asyncio.Event | None = None,
) -> Figures:
    """Let everyone take one step; return how long it took and what it cost the server."""
    before, redis_before = under_test.account(), under_test.valkey_account()
    began_s = time.perf_counter()

    async def in_turn(place: int, arrival: Arrival) -> None:
        if pace_s:
            await asyncio.sleep(pace_s * place / len(arrivals))
        await step(arrival)

    await asyncio.gather(*(in_turn(*pair) for pair in enumerate(arrivals)))
    if until is not None:
        await asyncio.wait_for(until.wait(), system.PATIENCE_S)
    took_s = time.perf_counter() - began_s
    used = under_test.account() - before
    redis_used = under_test.valkey_account() - redis_before
    return {
        "s": round(took_s, 2),
        "cpu_ms": round(used.cpu_s / len(arrivals) * 1000, 2),
        "redis_cpu_ms": round(redis_used.cpu_s / len(arrivals) * 1000, 3),
    }


async def _become_guest(port: int, arrival: Arrival) -> None:
    body = {"display_name": "Somebody new"}
    guest = await requests.post(port, "/api/v1/auth/guest", body, address=arrival.address)
    arrival.token = guest["access_token"]


async def _join(port: int, code: str, arrival: Arrival) -> None:
    path = f"/api/v1/rooms/{code}/join"
    joined = await requests.post(port, path, {}, address=arrival.address, token=arrival.token)
    arrival.socket_url = f"{joined['ws_url']}?ticket={joined['ticket']}"


async def _open_socket(newcomers: Iterator[Viewer], there: list[Viewer], arrival: Arrival) -> None:
    newcomer = next(newcomers)
    await crowd.connect(arrival.socket_url, newcomer)
    there.append(newcomer)


async def _quiet(under_test: system.System) -> None:
    """Wait until the server has handled everyone who left."""
    while True:
        before = under_test.account()
        await asyncio.sleep(QUIET_FOR_S)
        used = under_test.account() - before
        if used.cpu_s < QUIET_SHARE * used.wall_s:
            return


def main(arguments: Sequence[str] | None = None, given: system.System | None = None) -> None:
    parser = report.options("arrive", __doc__, limit_s=600)
    parser.add_argument("--people", type=int, default=0, help="one crowd instead of several")
    parser.add_argument("--pace-s", type=float, help="only at this pace: 0 is all at once")
    parser.add_argument(
        "--limits", action="store_true", help="with rate limits, each from an address of their own"
    )
    report.run("arrive", parser, partial(measure, given=given), arguments)


if __name__ == "__main__":
    main()
