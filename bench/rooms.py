"""How many commands a second many small rooms sustain with a latency of at most 50 ms.

Every room has a host who gives commands at a steady rate, and viewers who must receive each. The
rate is raised until the 99th percentile exceeds the limit; the result is the last step within it.
The baseline is the Redis part alone: the same number of compare-and-set calls, on as many
connections.
"""

import argparse
import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from bench.rig import crowd, report, system
from bench.rig.crowd import Viewer
from bench.rig.report import Figures

BOUND_MS = 50.0
STEP_S = 3.0
GROWTH = 1.5


class Sender:
    """One room's host: when each command was sent, and how long it took to reach everyone."""

    def __init__(self) -> None:
        self.sent_s: dict[bytes, float] = {}
        self.latencies_s: list[float] = []

    def heard(self, payload: bytes) -> None:
        """Record that a member has received the result of a command."""
        if payload.startswith(b'{"revision":'):
            # The id is the last field of the message.
            sent_s = self.sent_s.get(payload[payload.rfind(b':"') + 2 : -2])
            if sent_s is not None:
                self.latencies_s.append(time.perf_counter() - sent_s)


class Member(Viewer):
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def heard(self, payload: bytes) -> None:
        self._sender.heard(payload)


class Rooms:
    """Many rooms, each with its host first among its members."""

    def __init__(self) -> None:
        self.senders: list[Sender] = []
        self.members: list[list[Member]] = []
        self._number = 0

    async def fill(self, under_test: system.System, rooms: int, members: int) -> None:
        """Create the rooms and connect everyone."""
        people = under_test.people(rooms * members)
        async with under_test.rest() as rest:
            for begin in range(0, len(people), members):
                present = people[begin : begin + members]
                code = await crowd.create_room(rest, present[0])
                urls = await crowd.tickets(rest, code, present)
                sender = Sender()
                self.senders.append(sender)
                self.members.append([Member(sender) for _ in present])
                await crowd.connect_all(urls, self.members[-1])

    def everyone(self) -> list[Member]:
        """Return all members of all rooms."""
        return [member for room in self.members for member in room]

    async def play(self, per_second: float, seconds: float) -> tuple[list[float], int]:
        """Give commands at this total rate; return the latencies and the number of commands."""
        for sender in self.senders:
            sender.sent_s.clear()
            sender.latencies_s.clear()
        count = max(1, int(per_second * seconds))
        begin_s = time.perf_counter()
        for index in range(count):
            wait_s = begin_s + index / per_second - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            room = index % len(self.senders)
            self._number += 1
            id_ = f"c{self._number}"
            self.senders[room].sent_s[id_.encode()] = time.perf_counter()
            command = {"type": "SEEK", "position": float(self._number % 5000), "id": id_}
            self.members[room][0].say(json.dumps(command))
        await crowd.settled(self.everyone(), quiet_s=0.3)
        return [s for sender in self.senders for s in sender.latencies_s], count


async def measure(options: argparse.Namespace, given: system.System | None = None) -> Figures:
    """Fill the rooms, and raise the rate until the limit is exceeded."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(system.running(given=given))
        rooms = Rooms()
        await rooms.fill(under_test, options.rooms, options.members)
        await stack.enter_async_context(crowd.leaving(rooms.everyone()))
        await crowd.settled(rooms.everyone())
        steps = []
        per_second = options.rooms * options.rate
        for _ in range(options.steps):
            steps.append(await _step(under_test, rooms, per_second, options.members))
            if steps[-1]["p99_ms"] > BOUND_MS or not steps[-1]["kept_up"]:
                break
            per_second *= GROWTH
        redis_per_second = await _redis_alone(under_test, steps[-1]["commands"])
    within = [step for step in steps if step["p99_ms"] <= BOUND_MS and step["kept_up"]]
    sustained = within[-1]["commands_per_second"] if within else 0.0
    return {
        "rooms": options.rooms,
        "members": options.members,
        "sustained_commands_per_second": sustained,
        "redis_alone_per_second": redis_per_second,
        "to_redis_alone": round(sustained / redis_per_second, 3),
        "steps": steps,
    }


async def _step(
    under_test: system.System, rooms: Rooms, per_second: float, members: int
) -> Figures:
    before = under_test.account()
    latencies_s, count = await rooms.play(per_second, STEP_S)
    used = under_test.account() - before
    return {
        "commands_per_second": round(per_second, 1),
        "commands": count,
        # Everyone received everything, and the sender itself was not late.
        "kept_up": len(latencies_s) == count * members and used.wall_s < STEP_S * 1.5 + 1,
        **report.latencies_ms(latencies_s),
        "cpu_ms_per_command": round(used.cpu_s / count * 1000, 3),
    }


async def _redis_alone(under_test: system.System, calls: int) -> float:
    """Return how many loads and compare-and-sets a second the same Redis handles."""
    from redis.asyncio import Redis

    script = (report.ROOT / "playback" / "scripts" / "swap.lua").read_text()
    state = json.dumps({"playing": True, "position": 1.0, "filling": "x" * 300})
    async with Redis.from_url(under_test.servers.redis_url, decode_responses=True) as redis:
        swap = redis.register_script(script)

        async def loop(name: str, times: int) -> None:
            for revision in range(times):
                read = await redis.hget(name, "state")
                digest = hashlib.sha1(str(read).encode()).hexdigest() if read else ""
                until_ms = time.time() * 1000 + 60_000
                swapped = await swap(
                    keys=[name], args=[digest, revision + 1, state, 3600, until_ms]
                )
                assert swapped is None

        at_once = 16
        begin_s = time.perf_counter()
        each = max(1, calls // at_once)
        await asyncio.gather(*(loop(f"bench:{n}", each) for n in range(at_once)))
        return round(each * at_once / (time.perf_counter() - begin_s), 1)


def main(arguments: Sequence[str] | None = None, given: system.System | None = None) -> None:
    parser = report.options("rooms", __doc__)
    parser.add_argument("--rooms", type=int, default=200)
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--rate", type=float, default=2.0, help="commands a second and room")
    parser.add_argument("--steps", type=int, default=9, help="at most (%(default)s)")
    report.run("rooms", parser, partial(measure, given=given), arguments)


if __name__ == "__main__":
    main()
