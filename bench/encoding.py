"""Whether people in a room notice that a film is encoded on the same cores.

The worker runs as under ``./streamit up``. It works in one of the three turns of each round, so
that other load on the machine affects all turns alike.
"""

import argparse
import gc
import json
import statistics
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.rig import crowd, films, report, system
from bench.rig.account import Account
from bench.rig.crowd import Audience, Listener
from bench.rig.films import Worker
from bench.rig.report import Figures, latencies_ms, percentile

# Appears only in the command that makes the largest size.
LARGEST = "v1080.mp4"


@dataclass(frozen=True, slots=True)
class Turn:
    """Latencies of the commands, and how many cores the encoder used meanwhile."""

    latencies_s: list[float]
    encoder_share: float

    @property
    def p99_s(self) -> float:
        return percentile(self.latencies_s, 0.99)


class Show:
    """A host who gives consecutively numbered commands."""

    def __init__(self, host: Listener, audience: Audience, worker: Worker) -> None:
        self._host, self._audience, self._worker = host, audience, worker
        self._number = 0

    async def play(self, commands: int) -> Turn:
        """Give this many commands, each after everybody has received the last one."""
        encoder = self._worker.encoder(LARGEST)
        if encoder is None:
            raise RuntimeError("the film was finished too early: make it longer (--seconds)")
        self._audience.forget()
        before = Account.of(encoder)
        for _ in range(commands):
            self._number += 1
            seek = {"type": "SEEK", "position": float(self._number), "id": f"c{self._number}"}
            await self._audience.command(self._host, json.dumps(seek))
        used = Account.of(encoder) - before
        return Turn(list(self._audience.latencies_s), used.cpu_s / used.wall_s)


async def measure(options: argparse.Namespace) -> Figures:
    """Give commands alternately while the worker is paused and while it works."""
    async with AsyncExitStack() as stack:
        running = stack.enter_context(system.running())
        film = films.make(
            running.folder / "film.mkv", options.seconds, "-c:v", "mpeg4", "-q:v", "6"
        )
        people = running.people(options.viewers)
        rest = await stack.enter_async_context(running.rest(people[0]))
        await films.upload(rest, film)
        code = await crowd.create_room(rest, people[0])
        audience = Audience(options.viewers)
        listeners = [Listener(audience) for _ in people]
        await crowd.connect_all(await crowd.tickets(rest, code, people), listeners)
        await stack.enter_async_context(crowd.leaving(listeners))
        await crowd.settled(listeners)
        worker = stack.enter_context(films.worker(running, "--idle"))
        await films.until(lambda: worker.encoder(LARGEST) is not None)
        show = Show(listeners[0], audience, worker)
        # A pause of this process's garbage collector would count as latency.
        gc.collect()
        gc.freeze()
        await show.play(options.commands)  # warm up
        quiet: list[Turn] = []
        again: list[Turn] = []
        beside: list[Turn] = []
        for number in range(options.rounds):
            # Each is first, second and third equally often, because other load may grow.
            turns = [quiet, beside, again]
            for turn in turns[number % 3 :] + turns[: number % 3]:
                if turn is beside:
                    worker.thaw()
                else:
                    worker.freeze()
                turn.append(await show.play(options.commands))
        worker.thaw()
    return {
        "viewers": options.viewers,
        "commands": options.rounds * options.commands,
        "quiet": _figures(quiet),
        "beside": _figures(beside),
        "p99_beside_to_quiet": _p99_ratio(beside, quiet),
        "p99_quiet_to_quiet": _p99_ratio(again, quiet),
    }


def _figures(turns: list[Turn]) -> Figures:
    shares = [turn.encoder_share for turn in turns]
    return {
        **latencies_ms([latency_s for turn in turns for latency_s in turn.latencies_s]),
        "encoder_cores": round(sum(shares) / len(shares), 2),
    }


def _p99_ratio(some: list[Turn], others: list[Turn]) -> float:
    """Return the median of what the rounds say."""
    pairs = zip(some, others, strict=True)
    return round(statistics.median(first.p99_s / second.p99_s for first, second in pairs), 2)


def main() -> None:
    parser = report.options("encoding", __doc__, limit_s=600)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--commands", type=int, default=50, help="in each turn of a round")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=60, help="length of the film")
    report.run("encoding", parser, measure)


if __name__ == "__main__":
    main()
