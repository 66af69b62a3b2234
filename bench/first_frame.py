"""From the click on an invite link to the first frame, for a known guest and a room that plays.

The chain of requests is derived from the browser's events: a request starts when an earlier one has
ended, and the chain of those that ended last is what the frame waited for.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, CDPSession, async_playwright

from bench.rig import report
from bench.rig.browsers import launch, serving, sit_beside
from bench.rig.report import Figures
from tests.browser.theatre import Person
from tests.support.clips import Clip, make_clip
from tests.support.proxies import Line, Proxy

# Long enough that no run reaches its end, and of a size usual on phones.
CLIP = Clip(duration_s=120, width=640, height=360)
SLOW = Line(delay_ms=75, bytes_per_s=1_600_000 / 8, connect_ms=150)
SLOWER_TIMES = 4
TARGETS_S = {"loopback": 0.5, "slow": 2.0}
FIRST_FRAMES = """
new Promise((done) => {
  let first = null;
  const wait = (video) => video.requestVideoFrameCallback((now, { mediaTime }) => {
    // Ignore frames from before the page has seeked to the position of the room.
    if (mediaTime >= 20) first ??= now;
    if (first === null || first === now || video.paused) wait(video);
    else done([first, now]);
  });
  const look = () => {
    const video = document.querySelector("video");
    if (video) wait(video);
    else requestAnimationFrame(look);
  };
  look();
})
"""


@dataclass
class Step:
    """One request: when it began and ended, in seconds since the click."""

    name: str
    begin_s: float
    end_s: float = 0.0


@dataclass
class Seen:
    """When the first frame was seen and when the picture moved, in seconds since the click."""

    frame_s: float
    moving_s: float
    # The requests that waited for each other.
    chain: list[str]


@dataclass
class Visit:
    """What one page load asked for, by request id."""

    steps: dict[str, Step] = field(default_factory=dict)
    clicked_s: float | None = None

    def listen(self, session: CDPSession) -> None:
        session.on("Network.requestWillBeSent", self._begun)
        for event in ("Network.responseReceived", "Network.loadingFinished"):
            session.on(event, self._ended)
        session.on("Network.webSocketCreated", self._socket)
        session.on("Network.webSocketFrameReceived", self._ended)

    def _begun(self, event: dict[str, Any]) -> None:
        if self.clicked_s is None:
            self.clicked_s = event["timestamp"]
        name = f"{event['request']['method']} {_short(event['request']['url'])}"
        self.steps[event["requestId"]] = Step(name, event["timestamp"] - self.clicked_s)

    def _socket(self, event: dict[str, Any]) -> None:
        # The event has no time of its own; the handshake's has.
        self.steps[event["requestId"]] = Step(f"WS {_short(event['url'])}", -1.0)

    def _ended(self, event: dict[str, Any]) -> None:
        step = self.steps.get(event["requestId"])
        if step is not None and (not step.end_s or not step.name.startswith("WS")):
            step.end_s = event["timestamp"] - (self.clicked_s or 0.0)

    def chain(self, frame_s: float) -> list[str]:
        """Return the requests that waited for each other, first to last."""
        known = [step for step in self.steps.values() if 0 <= step.begin_s < frame_s]
        done, before_s = [], frame_s
        while ended := [step for step in known if 0 < step.end_s <= before_s + 0.01]:
            last = max(ended, key=lambda step: step.end_s)
            done.append(f"{last.name} {last.begin_s:.2f}-{last.end_s:.2f}")
            known.remove(last)
            before_s = last.begin_s
        return done[::-1]


def _short(url: str) -> str:
    path = urlsplit(url).path
    parts = path.split("/")
    return "/".join(":id" if len(part) > 20 else part for part in parts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = report.options("first-frame", __doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each network")
    report.run("first-frame", parser, measure, arguments, pinned=False)


async def measure(options: argparse.Namespace) -> Figures:
    """Open the link on loopback and on a slow line, in turns."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamit-frame-")))
        server = await stack.enter_async_context(serving(folder))
        slow = stack.enter_context(Proxy(server.port, SLOW))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await launch(playwright)
        ana = await Person.arrive(browser, server.url, "Ana")
        code = await ana.create_room(make_clip(folder, CLIP))
        host = await sit_beside(stack, ana, server, code)
        found: dict[str, list[Seen]] = {"loopback": [], "slow": []}
        for run in range(options.runs):
            for name, url in (("loopback", server.url), ("slow", slow.url)):
                await host.say("PLAY", position=20)
                visit = await _visit(browser, url, code, f"Ben {run}", is_slow=name == "slow")
                found[name].append(visit)
        await browser.close()
    return {"runs": options.runs, **{name: _summary(name, each) for name, each in found.items()}}


async def _visit(browser: Browser, url: str, code: str, name: str, *, is_slow: bool) -> Seen:
    """Open the room as somebody whom the site knows, with nothing in the cache."""
    ben = await Person.arrive(browser, url, name)
    page = await ben.context.new_page()
    session = await ben.context.new_cdp_session(page)
    await session.send("Network.enable")
    if is_slow:
        await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_TIMES})
    visit = Visit()
    visit.listen(session)
    await page.goto(f"{url}/r/{code}", wait_until="commit")
    frame_s, moving_s = (float(each) / 1000 for each in await page.evaluate(FIRST_FRAMES))
    # What is still on its way ends with the page; give its events a moment.
    await asyncio.sleep(0.2)
    chain = visit.chain(frame_s)
    await ben.context.close()
    return Seen(frame_s, moving_s, chain)


def _summary(name: str, visits: list[Seen]) -> Figures:
    times = sorted(seen.frame_s for seen in visits)
    median_s = statistics.median(times)
    typical = min(visits, key=lambda seen: abs(seen.frame_s - median_s))
    return {
        "median_s": round(median_s, 2),
        "target_s": TARGETS_S[name],
        "all_s": [round(each, 2) for each in times],
        "moving_median_s": round(statistics.median(seen.moving_s for seen in visits), 2),
        "waited_for_each_other": typical.chain,
    }


if __name__ == "__main__":
    main()
