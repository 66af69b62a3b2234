"""What a crowd that presses reactions costs, beside the same crowd while people leave.

One room of many viewers, in turns: nobody does anything; people react, so many times a second;
somebody leaves four times a second, so that everybody is told PRESENCE as often as REACTIONS.
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
    """Counts the messages that are measured here."""

    told = 0

    def heard(self, payload: bytes) -> None:
        if payload.startswith((b'{"type":"REACTIONS"', b'{"type":"PRESENCE"')):
            self.told += 1


@dataclass(slots=True)
class Turns:
    """What the turns of one kind have used, and how many messages were told in them."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    told: int = 0
    viewers: list[int] = field(default_factory=list)

    def figures(self, quiet_share: float) -> Figures:
        """Return the processor's share, that of one message, and how many each viewer got."""
        own_s = self.cpu_s - quiet_share * self.wall_s
        each = sum(self.viewers) / len(self.viewers)
        return {
            "cpu_percent": round(100 * self.cpu_s / self.wall_s, 1),
            "cpu_us_per_delivery": round(own_s / self.told * 1e6, 2) if self.told else None,
            "messages_per_viewer_s": round(self.told / each / self.wall_s, 2),
        }


async def measure(options: argparse.Namespace, given: system.System | None = None) -> Figures:
    """Fill the room, take the turns, return the figures."""
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
    # What is under way belongs to this turn, and costs next to nothing.
    await crowd.settled(watchers)
    turn.told += sum(watcher.told for watcher in watchers) - told
    turn.viewers.append(len(watchers))


async def _press(watchers: Sequence[Watcher], per_second: int) -> None:
    """Have some of the crowd press, spread over time; each person presses seldom."""
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
