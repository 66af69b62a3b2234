"""What reactions of a crowd cost, compared with the same crowd while people leave.

In one room with many viewers, three phases alternate: nobody does anything; people send reactions
at a given rate; somebody leaves four times a second, so that PRESENCE is sent as often as
REACTIONS.
"""

import argparse
import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

from bench.rig import crowd, report, system
from bench.rig.crowd import Viewer
from bench.rig.report import Figures

ROUNDS = 3
TURN_S = 5.0
STEP_S = 0.25
STEPS = round(TURN_S / STEP_S)
EMOJI = ("😂", "❤️", "👏", "😮", "😢", "🎉")


class Watcher(Viewer):
    """Counts PRESENCE and REACTIONS messages."""

    told = 0

    def heard(self, payload: bytes) -> None:
        if payload.startswith((b'{"type":"REACTIONS"', b'{"type":"PRESENCE"')):
            self.told += 1


@dataclass(slots=True)
class Turns:
    """What the phases of one kind have used, and how many messages were sent in them."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    told: int = 0
    viewers: list[int] = field(default_factory=list)

    def figures(self, quiet_share: float) -> Figures:
        """Return the processor share, the cost of a message, and how many each viewer received."""
        own_s = self.cpu_s - quiet_share * self.wall_s
        each = sum(self.viewers) / len(self.viewers)
        return {
            "cpu_percent": round(100 * self.cpu_s / self.wall_s, 1),
            "cpu_us_per_delivery": round(own_s / self.told * 1e6, 2) if self.told else None,
            "messages_per_viewer_s": round(self.told / each / self.wall_s, 2),
        }


async def measure(options: argparse.Namespace, given: system.System | None = None) -> Figures:
    """Fill the room, run the phases and return the figures."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(system.running(given=given))
        rest = await stack.enter_async_context(under_test.rest())
        leaving = ROUNDS * STEPS
        people = under_test.people(options.viewers + leaving)
        code = await crowd.create_room(rest, people[0])
        urls = await crowd.tickets(rest, code, people)
        watchers = [Watcher() for _ in people]
        await crowd.connect(urls[0], watchers[0])
        await crowd.connect_all(urls[1:], watchers[1:])
        await stack.enter_async_context(crowd.leaving(watchers))
        await crowd.settled(watchers)
        staying, going = watchers[: options.viewers], iter(watchers[options.viewers :])

        async def leave() -> None:
            for _ in range(STEPS):
                next(going).transport.disconnect()
                await asyncio.sleep(STEP_S)

        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "quiet": lambda: asyncio.sleep(TURN_S),
            "reactions": lambda: _press(staying, options.per_second),
            "presence": leave,
        }
        turns = {name: Turns() for name in kinds}
        for _, (name, work) in itertools.product(range(ROUNDS), kinds.items()):
            await _take(turns[name], under_test, staying, work)
    quiet = turns["quiet"].cpu_s / turns["quiet"].wall_s
    found = {name: each.figures(quiet) for name, each in turns.items()}
    cost = found["reactions"]["cpu_percent"] - found["quiet"]["cpu_percent"]
    presence = found["presence"]["cpu_percent"] - found["quiet"]["cpu_percent"]
    return {
        "viewers": options.viewers,
        "reactions_per_second": options.per_second,
        **found,
        "reactions_to_presence": round(cost / presence, 2),
    }


async def _take(
    turn: Turns,
    under_test: system.System,
    watchers: Sequence[Watcher],
    work: Callable[[], Awaitable[None]],
) -> None:
    told = sum(watcher.told for watcher in watchers)
    before = under_test.account()
    await work()
    used = under_test.account() - before
    turn.cpu_s += used.cpu_s
    turn.wall_s += used.wall_s
    # Messages under way still belong to this phase; waiting for them costs almost nothing.
    await crowd.settled(watchers)
    turn.told += sum(watcher.told for watcher in watchers) - told
    turn.viewers.append(len(watchers))


async def _press(watchers: Sequence[Watcher], per_second: int) -> None:
    """Let some of the crowd react, spread over time, each person rarely."""
    each = max(1, per_second // round(1 / STEP_S))
    people, emoji = itertools.cycle(watchers), itertools.cycle(EMOJI)
    for _ in range(STEPS):
        for watcher in itertools.islice(people, each):
            watcher.say(json.dumps({"type": "REACT", "emoji": next(emoji)}))
        await asyncio.sleep(STEP_S)


def main(arguments: Sequence[str] | None = None, given: system.System | None = None) -> None:
    parser = report.options("reactions", __doc__)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--per-second", type=int, default=200, help="reactions of all together")
    report.run("reactions", parser, partial(measure, given=given), arguments)


if __name__ == "__main__":
    main()
