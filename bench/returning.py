"""How long a crowd takes to reconnect after its server was killed, and after it was restarted.

Everything runs as under ``streamit up``: the supervisor restarts the server on the same socket. The
viewers reconnect by the same rules as the page.
"""

import argparse
import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from functools import partial
from signal import SIGKILL, SIGTERM, Signals
from typing import NamedTuple

import httpx2

from bench.rig import crowd, people, report, supervised
from bench.rig.people import Somebody
from bench.rig.report import Figures
from bench.rig.returning import Commander, Returning, is_let_in
from bench.rig.supervised import Supervised
from bench.rig.system import PATIENCE_S

COMMAND_EVERY_S = 0.1
# How many commands the host gives while the server ends and comes back.
COMMANDS = 30
# After a connection has lasted this long, the page resets its backoff.
STAY_S = 6.0


class Counts(NamedTuple):
    """The total cost of reconnecting."""

    attempts: int
    joins: int
    refusals: int

    def since(self, earlier: "Counts") -> "Counts":
        return Counts(*(now - then for now, then in zip(self, earlier, strict=True)))


class HostedRoom:
    """One room, its host and the crowd, all of whom reconnect by themselves."""

    def __init__(self, rest: httpx2.AsyncClient, code: str, everyone: list[Somebody]) -> None:
        self._rest, self._code = rest, code
        host, *others = everyone
        self.host = Commander(partial(self._join, host))
        self.everyone = [self.host, *(Returning(partial(self._join, one)) for one in others)]
        self._asking = asyncio.Semaphore(crowd.ASKING_AT_ONCE)

    async def _join(self, somebody: Somebody) -> str:
        async with self._asking:
            [address] = await crowd.tickets(self._rest, self._code, [somebody])
        return address

    async def play(self, commands: int) -> None:
        """Let the host give commands, each after the last one is answered."""
        for _ in range(commands):
            await self.host.command()
            await asyncio.sleep(COMMAND_EVERY_S)

    async def all_in(self, since_s: float) -> list[float]:
        """Wait until everyone has received WELCOME since then; return how long each waited."""
        began_s = time.perf_counter()
        while not all(one.line and one.welcomed_s[-1] > since_s for one in self.everyone):
            if time.perf_counter() - began_s > PATIENCE_S:
                raise crowd.Lost("somebody did not come back")
            await asyncio.sleep(0.05)
        return [
            next(at_s for at_s in one.welcomed_s if at_s > since_s) - since_s
            for one in self.everyone
        ]


async def measure(options: argparse.Namespace) -> Figures:
    """Kill the server, and then restart it properly."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(supervised.running())
        rest = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=f"{under_test.url}/api/v1", timeout=PATIENCE_S)
        )
        everyone = people.make(options.viewers + 1, under_test.environment)
        code = await crowd.create_room(rest, everyone[0])
        hosted = HostedRoom(rest, code, everyone)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        staying = [tasks.create_task(one.stay()) for one in hosted.everyone]
        await hosted.all_in(0)
        killed = await _end_and_come_back(under_test, hosted, SIGKILL)
        restarted = await _end_and_come_back(under_test, hosted, SIGTERM)
        for task in staying:
            task.cancel()
    return {"viewers": options.viewers, "killed": killed, "restarted": restarted}


async def _end_and_come_back(under_test: Supervised, hosted: HostedRoom, how: Signals) -> Figures:
    await asyncio.sleep(STAY_S)
    before = _counts(hosted)
    await hosted.host.command()
    acknowledged = hosted.host.revisions[-1]
    playing = asyncio.ensure_future(hosted.play(COMMANDS))
    await asyncio.sleep(0)  # let it send the first command
    ended_s = time.perf_counter()
    under_test.end_server(how)
    back_s = await hosted.all_in(ended_s)
    counts = _counts(hosted).since(before)
    behind = sum(one.welcome["state"]["revision"] < acknowledged for one in hosted.everyone)
    await playing
    used = [one.spent[-1] for one in hosted.everyone]
    return {
        "first_s": round(min(back_s), 2),
        "median_s": round(statistics.median(back_s), 2),
        "last_s": round(max(back_s), 2),
        "attempts": counts.attempts,
        "joined_over_rest": counts.joins,
        "resumes_refused": counts.refusals,
        "tokens_honoured_twice": sum([await is_let_in(address) for address in used]),
        "welcomes_behind": behind,
        "commands": COMMANDS,
        # Each command makes one revision: fewer means lost ones, more means repeated ones.
        "commands_lost": COMMANDS - (hosted.host.revisions[-1] - acknowledged),
    }


def _counts(hosted: HostedRoom) -> Counts:
    everyone = hosted.everyone
    return Counts(
        sum(one.attempts for one in everyone),
        sum(one.joins for one in everyone),
        sum(one.refusals for one in everyone),
    )


def main() -> None:
    parser = report.options("returning", __doc__)
    parser.add_argument("--viewers", type=int, default=500)
    report.run("returning", parser, measure)


if __name__ == "__main__":
    main()
