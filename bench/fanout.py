"""What one command costs in a big room, compared with a bare relay and with plain Channels.

Each round gives some commands to every server in turn, so that other load on the machine affects
all of them alike. Ours and picows swap places after each round, because whichever comes first finds
the processor's caches filled by plain Channels.
"""

import argparse
import asyncio
import gc
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bench.rig import baseline, cores, crowd, report, system
from bench.rig.account import Account
from bench.rig.crowd import Audience, Listener, SocketIoListener
from bench.rig.report import Figures

ROUNDS = 4


@dataclass(slots=True)
class Contestant:
    """One server with a full room, and what it has spent on commands so far."""

    audience: Audience
    host: Listener
    account: Callable[[], Account]
    command: Callable[[int], str]
    cpu_s: float = 0.0
    # The share of a core that it uses when nobody sends anything: keepalives, room upkeep.
    quiet_share: float = 0.0

    async def rest(self, seconds: float) -> None:
        """Send nothing for a while, and measure that."""
        before = self.account()
        await asyncio.sleep(seconds)
        used = self.account() - before
        self.quiet_share = used.cpu_s / used.wall_s

    async def play(self, commands: range) -> None:
        """Give some commands, each after everybody has received the last one."""
        before = self.account()
        for number in commands:
            await self.audience.command(self.host, self.command(number))
        used = self.account() - before
        self.cpu_s += used.cpu_s - self.quiet_share * used.wall_s

    async def payload(self) -> str:
        """Give one command that is not counted; return the message that everybody receives."""
        await self.audience.command(self.host, self.command(-1))
        self.audience.forget()
        return self.audience.last.decode()

    def figures(self) -> Figures:
        """Return the latencies, and the processor time of one delivery."""
        deliveries = len(self.audience.latencies_s)
        until_all_s = self.audience.until_all_s
        return {
            "cpu_us_per_delivery": round(self.cpu_s / deliveries * 1e6, 2),
            **report.latencies_ms(self.audience.latencies_s),
            "quiet_cpu_percent": round(self.quiet_share * 100, 2),
            "all_ms": round(report.percentile(until_all_s, 0.5) * 1000, 2),
        }


async def measure(options: argparse.Namespace, given: system.System | None = None) -> Figures:
    """Fill the rooms, give the commands, return the figures."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(system.running(given=given))
        ours, memory_bytes = await _room(stack, under_test, options.viewers)
        payload = await ours.payload()
        contestants = {"streamit": ours}
        for name, module in (("picows", "relay"), ("channels", "plain")):
            process = stack.enter_context(baseline.module(module, under_test.environment))
            contestants[name] = await _relay(stack, process, options.viewers, payload)
        if options.others:
            process = stack.enter_context(baseline.node("ws", under_test.environment))
            contestants["ws"] = await _relay(stack, process, options.viewers, payload)
            process = stack.enter_context(baseline.node("socketio", under_test.environment))
            contestants["socketio"] = await _socket_io(stack, process, options.viewers, payload)
        # A pause of this process's garbage collector would count as latency.
        gc.collect()
        gc.freeze()
        for contestant in contestants.values():
            await contestant.rest(options.quiet_s)
        turns = list(contestants.values())
        for begin in range(0, options.commands, max(1, options.commands // ROUNDS)):
            end = min(options.commands, begin + max(1, options.commands // ROUNDS))
            for contestant in turns:
                await contestant.play(range(begin, end))
            turns[:2] = reversed(turns[:2])
        found = {name: contestant.figures() for name, contestant in contestants.items()}
    return {
        "viewers": options.viewers,
        "commands": options.commands,
        "payload_bytes": len(payload),
        "same_core": cores.SERVER == cores.LOAD,
        **found,
        "cpu_to_picows": _ratio(found, "cpu_us_per_delivery", "picows"),
        "p99_to_picows": _ratio(found, "p99_ms", "picows"),
        "cpu_to_channels": _ratio(found, "cpu_us_per_delivery", "channels"),
        "idle_viewer_kb": round(memory_bytes / options.viewers / 1024, 1),
    }


def _ratio(found: dict[str, Figures], figure: str, other: str) -> float:
    ours, theirs = (float(found[name][figure]) for name in ("streamit", other))
    return round(ours / theirs, 2)


async def _room(
    stack: AsyncExitStack, under_test: system.System, viewers: int
) -> tuple[Contestant, int]:
    """Fill one room; return it and how many bytes the server has grown by."""
    rest = await stack.enter_async_context(under_test.rest())
    people = under_test.people(viewers)
    code = await crowd.create_room(rest, people[0])
    urls = await crowd.tickets(rest, code, people)
    audience = Audience(viewers)
    listeners = [Listener(audience) for _ in people]
    before = under_test.account()
    await crowd.connect(urls[0], listeners[0])
    await crowd.connect_all(urls[1:], listeners[1:])
    await stack.enter_async_context(crowd.leaving(listeners))
    await crowd.settled(listeners)
    memory_bytes = (under_test.account() - before).rss_bytes

    def command(number: int) -> str:
        return json.dumps({"type": "SEEK", "position": float(number + 2), "id": f"c{number}"})

    return Contestant(audience, listeners[0], under_test.account, command), memory_bytes


async def _socket_io(
    stack: AsyncExitStack, process: baseline.Baseline, viewers: int, payload: str
) -> Contestant:
    audience = Audience(viewers, SocketIoListener.SAID)
    listeners = [SocketIoListener(audience) for _ in range(viewers)]
    await crowd.connect_all([process.url + SocketIoListener.PATH] * viewers, listeners)
    await stack.enter_async_context(crowd.leaving(listeners))
    await crowd.settled(listeners)
    command = f"42{json.dumps(['say', payload])}"
    contestant = Contestant(audience, listeners[0], process.account, lambda _number: command)
    await contestant.payload()
    return contestant


async def _relay(
    stack: AsyncExitStack, process: baseline.Baseline, viewers: int, payload: str
) -> Contestant:
    audience = Audience(viewers)
    listeners = [Listener(audience) for _ in range(viewers)]
    await crowd.connect_all([process.url] * viewers, listeners)
    await stack.enter_async_context(crowd.leaving(listeners))
    contestant = Contestant(audience, listeners[0], process.account, lambda _number: payload)
    await contestant.payload()
    return contestant


def main(arguments: Sequence[str] | None = None, given: system.System | None = None) -> None:
    parser = report.options("fanout", __doc__)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--commands", type=int, default=40)
    # Longer than the interval at which leases are renewed.
    parser.add_argument("--quiet-s", type=float, default=5.0, help="measured without commands")
    parser.add_argument(
        "--others", action="store_true", help="also measure ws and socket.io on Node.js"
    )
    report.run("fanout", parser, partial(measure, given=given), arguments)


if __name__ == "__main__":
    main()
