"""Whether viewers who have stopped reading delay the others.

A host sends commands and chat in rounds, once without stalled viewers and once with them, so that
other load on the machine affects both alike. The second half lasts until the server has
disconnected all stalled viewers. Each round has new ones.
"""

import argparse
import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

import httpx2
from picows import WSParsedURL

from bench.rig import crowd, report, system
from bench.rig.crowd import Audience, Listener, Viewer
from bench.rig.report import Figures
from bench.rig.system import System

# How many chat messages precede each command, so that send queues grow quickly.
CHATS = 8
# Nearly the longest possible message, with four bytes per character.
TEXT = "\N{CLAPPER BOARD}" * 480
# The segment size of the internet. On loopback it is 64 KiB, and the viewer's kernel would accept
# megabytes before the server noticed that nobody reads.
SEGMENT_BYTES = 1460
RECEIVE_BUFFER_BYTES = 4096
DROPPED_WITHIN_S = 20.0


class Stalled(Viewer):
    """A viewer who can stop reading."""

    def stop_reading(self) -> None:
        self.transport.underlying_transport.pause_reading()


async def narrow_line(url: WSParsedURL) -> socket.socket:
    """Return a connected socket with small buffers."""
    line = socket.socket()
    line.setblocking(False)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
    await asyncio.get_running_loop().sock_connect(line, (url.host, url.port))
    return line


class Half(NamedTuple):
    """The figures of one half of a round."""

    latencies_s: list[float]
    cpu_s: float


class Show:
    """A host who sends consecutively numbered commands, and chat."""

    def __init__(self, under_test: System, host: Listener, audience: Audience) -> None:
        self._system = under_test
        self._host, self._audience, self._number = host, audience, 0

    async def play(self, commands: int, lazy: Sequence[Stalled] = ()) -> Half:
        """Give this many commands; during the first quarter the ``lazy`` viewers stop reading."""
        self._audience.forget()
        before = self._system.account()
        stops = iter(lazy)
        every = max(1, commands // 4 // max(1, len(lazy)))
        for number in range(commands):
            if number % every == 0 and (stopping := next(stops, None)):
                stopping.stop_reading()
            await self._command()
        used = self._system.account() - before
        return Half(list(self._audience.latencies_s), used.cpu_s)

    async def _command(self) -> None:
        self._number += 1
        for chat in range(CHATS):
            said = {"type": "CHAT", "text": f"{self._number} {chat} {TEXT}"}
            self._host.say(json.dumps(said, ensure_ascii=False))
        seek = {"type": "SEEK", "position": float(self._number), "id": f"c{self._number}"}
        await self._audience.command(self._host, json.dumps(seek))


async def measure(options: argparse.Namespace) -> Figures:
    """Return the latencies without and with stalled viewers, and how many were disconnected."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(system.running())
        rest = await stack.enter_async_context(under_test.rest())
        people = under_test.people(options.viewers)
        code = await crowd.create_room(rest, people[0])
        audience = Audience(options.viewers)
        listeners = [Listener(audience) for _ in people]
        await crowd.connect_all(await crowd.tickets(rest, code, people), listeners)
        await stack.enter_async_context(crowd.leaving(listeners))
        show = Show(under_test, listeners[0], audience)
        await show.play(options.commands)  # warm up
        without: list[Half] = []
        beside: list[Half] = []
        dropped = by_bytes = 0
        for _ in range(options.rounds):
            await crowd.settled(listeners)
            without.append(await show.play(options.commands))
            urls = await crowd.tickets(rest, code, under_test.people(options.stalled))
            async with _who_will_stop(urls) as lazy:
                await crowd.settled(listeners)
                beside.append(await show.play(options.commands, lazy))
                by_bytes += await _dropped(rest) - dropped
                dropped = await _until_dropped(rest, dropped + options.stalled)
    return {
        "viewers": options.viewers,
        "stalled": options.stalled,
        "commands": options.rounds * options.commands,
        "without": _figures(without, options.commands),
        "beside": _figures(beside, options.commands),
        "p99_beside_to_without": _p99_ratio(beside, without),
        "p99_without_to_without": _p99_ratio(without[1::2], without[::2]),
        "dropped_4408": dropped,
        "dropped_by_bytes": by_bytes,
    }


@asynccontextmanager
async def _who_will_stop(urls: Sequence[str]) -> AsyncIterator[list[Stalled]]:
    lazy = [Stalled() for _ in urls]
    for url, viewer in zip(urls, lazy, strict=True):
        await crowd.connect(url, viewer, line=narrow_line)
    async with crowd.leaving(lazy):
        yield lazy


def _figures(halves: Sequence[Half], commands: int) -> Figures:
    cpu_s = sum(half.cpu_s for half in halves)
    return {
        **report.latencies_ms(_latencies_s(halves)),
        "cpu_ms_per_command": round(cpu_s / len(halves) / commands * 1000, 2),
    }


def _latencies_s(halves: Iterable[Half]) -> list[float]:
    return [latency_s for half in halves for latency_s in half.latencies_s]


def _p99_ratio(some: Sequence[Half], others: Sequence[Half]) -> float:
    first, second = (report.percentile(_latencies_s(halves), 0.99) for halves in (some, others))
    return round(first / second, 2)


async def _dropped(rest: httpx2.AsyncClient) -> int:
    """Return how many sockets the server has closed with 4408."""
    text = (await rest.get(rest.base_url.copy_with(path="/metrics"))).text
    found = re.search(r'^streamit_socket_closes_total\{code="4408"\} (\S+)', text, re.MULTILINE)
    return int(float(found[1])) if found else 0


async def _until_dropped(rest: httpx2.AsyncClient, expected: int) -> int:
    """Wait until ``expected`` sockets were closed with 4408; return how many were."""
    began_s = time.monotonic()
    while True:
        dropped = await _dropped(rest)
        if dropped >= expected or time.monotonic() - began_s > DROPPED_WITHIN_S:
            return dropped
        await asyncio.sleep(0.2)


def main() -> None:
    parser = report.options("stalled", __doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--stalled", type=int, default=20)
    parser.add_argument("--commands", type=int, default=160, help="in each half of a round")
    parser.add_argument("--rounds", type=int, default=4, help="two or more")
    report.run("stalled", parser, measure)


if __name__ == "__main__":
    main()
