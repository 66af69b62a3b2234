"""How far apart the pictures of two browsers are: two Chromium processes in one room.

It compares the media time of every displayed frame, read with requestVideoFrameCallback; see
tests/browser/watching.py.
"""

import argparse
import asyncio
import secrets
import tempfile
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

from playwright.async_api import CDPSession, Page, async_playwright

from bench.rig import report, stall
from bench.rig.browsers import launch, servers_in, serving, sit_beside
from tests.browser.theatre import Person
from tests.browser.watching import now_ms, settled_after_ms, shown, skew
from tests.rooms.people import RoomSocket
from tests.support.clips import Clip, make_clip
from tests.support.proxies import Line, Proxy

CLIP = Clip(duration_s=120)
# Just large enough for two sizes, because the machine plays it twice.
LARGE_CLIP = Clip(duration_s=90, width=854, height=480)
# The qualities that the two browsers choose from the menu.
QUALITIES = (("360p", "480p"), ("360p", "Original"))
FRAME_MS = 1000 / CLIP.frame_rate


def main() -> None:
    parser = report.options("skew", __doc__)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="each way, for both browsers")
    parser.add_argument("--jitter-ms", type=float, default=0.0)
    parser.add_argument("--hours-wrong", type=int, default=0, help="Date of the second browser")
    parser.add_argument("--seconds", type=float, default=10.0, help="of steady playing")
    parser.add_argument("--hls", action="store_true", help="each in another quality")
    parser.add_argument("--stall", action="store_true", help="let one of the two stall")
    parser.add_argument("--stall-s", type=float, default=10.0, help="how long its line is slow")
    parser.add_argument("--wait", default="always", help="off, start or always, with --stall")
    parser.add_argument("--timeout-s", type=int, default=10, help="of the wait, with --stall")
    report.run("skew", parser, measure, pinned=False)


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Play, seek and join late, and return the figures."""
    if options.stall:
        with tempfile.TemporaryDirectory(prefix="streamit-stall-") as place:
            return await stall.measure(options, Path(place))
    if options.hls:
        with tempfile.TemporaryDirectory(prefix="streamit-skew-") as place:
            return await _qualities(options.seconds, Path(place))
    line = Line(options.delay_ms, options.jitter_ms)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamit-skew-")))
        server = await stack.enter_async_context(serving(folder))
        one, two = (stack.enter_context(Proxy(server.port, line, seed=n)) for n in (1, 2))
        playwright = await stack.enter_async_context(async_playwright())
        browsers = [await launch(playwright) for _ in range(2)]
        ana = await Person.arrive(browsers[0], one.url, "Ana")
        code = await ana.create_room(make_clip(folder, CLIP))
        ben = await Person.arrive(browsers[1], two.url, "Ben", hours_wrong=options.hours_wrong)
        pages = (await ana.enter(code), await ben.enter(code))
        host = await sit_beside(stack, ana, server, code)
        figures = await _scenes(host, pages, options.seconds)
        late = await ben.enter(code)
        figures["late_join_settle_ms"] = await _settling(pages[0], late, await now_ms(late), 4)
        for browser in browsers:
            await browser.close()
    return {
        "delay_ms": options.delay_ms,
        "jitter_ms": options.jitter_ms,
        "hours_wrong": options.hours_wrong,
        "frame_ms": round(FRAME_MS, 1),
        **figures,
    }


async def _qualities(seconds: float, folder: Path) -> dict[str, object]:
    """Do the same with the two browsers in different qualities; return the figures."""
    figures: dict[str, object] = {"frame_ms": round(FRAME_MS, 1)}
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(servers_in(folder))
        env = {"STREAMIT_SECRET_KEY": secrets.token_urlsafe(32), "STREAMIT_LADDER": "always"}
        server = servers.start(env=env)
        playwright = await stack.enter_async_context(async_playwright())
        browsers = [await launch(playwright) for _ in range(2)]
        ana = await Person.arrive(browsers[0], server.url, "Ana")
        ben = await Person.arrive(browsers[1], server.url, "Ben")
        code = await ana.create_room(make_clip(folder, LARGE_CLIP))
        await asyncio.to_thread(servers.start_worker("--once", env=env).wait)
        pages = (await ana.enter(code), await ben.enter(code))
        host = await sit_beside(stack, ana, server, code)
        for pair in QUALITIES:
            for page, quality in zip(pages, pair, strict=True):
                await _choose(page, quality)
            scenes = await _scenes(host, pages, seconds)
            scenes["shown"] = [await page.evaluate(_SHOWN) for page in pages]
            figures[" and ".join(pair)] = scenes
            await host.say("PAUSE", position=0)
        for browser in browsers:
            await browser.close()
    return figures


# The height of the picture, and whether it is played from HLS or from a file.
_SHOWN = """() => {
  const video = document.querySelector("video");
  return `${video.videoHeight}p of ${video.src.startsWith("blob:") ? "HLS" : "a file"}`;
}"""


async def _choose(page: Page, quality: str) -> None:
    await page.get_by_role("button", name="Settings", exact=True).click()
    await page.get_by_role("button", name="Quality").click()
    await page.get_by_role("radio", name=quality, exact=True).check()
    await page.keyboard.press("Escape")
    await page.wait_for_function("() => document.querySelector('video')?.readyState >= 3")


async def _scenes(host: RoomSocket, pages: tuple[Page, Page], seconds: float) -> dict[str, object]:
    figures: dict[str, object] = {}
    await host.say("PLAY", position=0)
    figures["play_settle_ms"] = await _settling(*pages, await now_ms(pages[0]), 4)
    scripts = await pages[1].context.new_cdp_session(pages[1])
    # Counts from now on, and only for this session.
    await scripts.send("Performance.enable")
    script_s = await _script_s(scripts)
    figures["steady"] = await _steady(*pages, seconds)
    figures["controller_cpu_percent"] = round(
        (await _script_s(scripts) - script_s) / seconds * 100, 2
    )
    for name, position in (("seek_forward", 60), ("seek_back", 5)):
        begin = await now_ms(pages[0])
        await host.say("SEEK", position=position)
        figures[f"{name}_settle_ms"] = await _settling(*pages, begin, 5, position)
    await host.say("RATE", rate=1.5)
    await asyncio.sleep(1)
    # A frame is now shorter than two screen refreshes, so synchronised screens can differ by two.
    figures["at_rate_1.5"] = await _steady(*pages, seconds / 2)
    await host.say("RATE", rate=1)
    await asyncio.sleep(2)
    figures["after"] = await _steady(*pages, seconds / 2)
    return figures


async def _script_s(session: CDPSession) -> float:
    """Return how long a page's scripts have run: the controller and our recording."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "ScriptDuration"))


async def _steady(one: Page, two: Page, seconds: float) -> dict[str, float]:
    begin = await now_ms(one)
    await asyncio.sleep(seconds)
    end = await now_ms(one)
    found = skew(
        await shown(one), await shown(two), from_ms=begin, to_ms=end - 100, frame_ms=FRAME_MS
    )
    return {name: round(value, 3) for name, value in asdict(found).items()}


async def _settling(
    one: Page, two: Page, begin: float, seconds: float, position_s: float | None = None
) -> float | None:
    await asyncio.sleep(seconds)
    end = await now_ms(one)
    after = settled_after_ms(
        await shown(one),
        await shown(two),
        from_ms=begin,
        to_ms=end - 100,
        frame_ms=FRAME_MS,
        position_s=position_s,
    )
    return None if after is None else round(after)


if __name__ == "__main__":
    main()
