"""Whether a queue continues in sync in two browsers while the host's page is frozen.

The server alone plays three films one after another. The frames that both browsers displayed are
compared, as in bench/skew.py, from the start of each film.
"""

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.rig import report
from bench.rig.browsers import launch, serving, sit_beside
from tests.browser.theatre import Person
from tests.browser.watching import now_ms, shown, skew
from tests.rooms.people import Message, RoomSocket
from tests.support.clips import Clip, make_clip

FILMS = 3


def main() -> None:
    parser = report.options("queue", __doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each film")
    report.run("queue", parser, measure, pinned=False)


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Play the queue; return when the next film started and how far apart the browsers were."""
    clip = Clip(duration_s=options.seconds)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamit-queue-")))
        server = await stack.enter_async_context(serving(folder))
        playwright = await stack.enter_async_context(async_playwright())
        browsers = [await launch(playwright) for _ in range(3)]
        people = [
            await Person.arrive(browser, server.url, name)
            for browser, name in zip(browsers, ("Ana", "Ben", "Cem"), strict=True)
        ]
        film = make_clip(folder, clip)
        code = await people[0].create_room(film)
        for _ in range(FILMS - 1):
            link = f"{server.url}/videos/{await people[0].upload(film)}"
            await people[0].call("POST", f"/rooms/{code}/queue", data={"url": link})
        host, *pages = [await person.enter(code) for person in people]
        control = await sit_beside(stack, people[0], server, code)
        await freeze(host)
        heard = await _play(control, options.seconds)
        figures = await _compare((pages[0], pages[1]), heard, clip)
        for browser in browsers:
            await browser.close()
    return {"film_s": options.seconds, "films": FILMS, **figures}


async def freeze(page: Page) -> None:
    """Stop all scripts of ``page``, as a browser does with a sleeping tab."""
    session = await page.context.new_cdp_session(page)
    await session.send("Page.setWebLifecycleState", {"state": "frozen"})


async def _play(control: RoomSocket, seconds: float) -> list[Message]:
    """Play all films; return the state with which each of them started."""
    begun = [await control.ask("PLAY", position=0)]
    while len(begun) < FILMS:
        after = len(control.heard)
        async with asyncio.timeout(seconds + 10):
            begun.append(await control.hears("PLAYBACK_STATE", after=after))
    await asyncio.sleep(seconds + 2.5)
    return begun


async def _compare(pages: tuple[Page, Page], begun: list[Message], clip: Clip) -> dict[str, object]:
    frame_ms = 1000 / clip.frame_rate
    # Room time is Redis TIME and the pages use this machine's clock, so all times are comparable.
    screens = [await shown(page) for page in pages]
    assert await now_ms(pages[0]) > begun[-1]["at"]
    films = []
    for state in begun:
        found = skew(
            *screens,
            from_ms=state["at"] + 100,
            to_ms=state["at"] + clip.duration_s * 1000,
            frame_ms=frame_ms,
        )
        films.append({name: round(value, 3) for name, value in asdict(found).items()})
    # The state is sent 2 s before the film starts (rooms/upkeep/next_item.py).
    ends = [state["at"] + clip.duration_s * 1000 for state in begun[:-1]]
    return {
        "gone_on_after_ms": [
            round(state["at"] - 2000 - end) for end, state in zip(ends, begun[1:], strict=True)
        ],
        "each_film": films,
        "within_a_frame": round(min(film["within_a_frame"] for film in films), 3),
    }


if __name__ == "__main__":
    main()
