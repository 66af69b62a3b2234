"""Watching a film while it is converted: how soon it plays, and how far apart two browsers are.

A two-minute HEVC film in an MKV file is uploaded. Two Chromium processes wait for it in a room
whose host has already pressed play. An idle worker converts it.
"""

import argparse
import asyncio
import os
import secrets
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.rig import report
from bench.rig.browsers import launch, servers_in, sit_beside
from bench.rig.report import Figures
from tests.browser.theatre import Person
from tests.browser.watching import now_ms, shown, skew
from tests.support.films import Film, make_film
from tests.support.shared_files import SHARED_FILES

FRAME_MS = 1000 / 24
FILM = Film(
    "mkv",
    (
        *("-map", "0:v", "-map", "1:a", "-c:v", "libx265", "-preset", "ultrafast", "-crf", "26"),
        *("-x265-params", "log-level=error", "-c:a", "aac"),
    ),
    inputs=(
        *("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=24,noise=alls=8:allf=t"),
        *("-f", "lavfi", "-i", "sine=440:r=48000"),
    ),
    duration_s=120,
)


def main() -> None:
    parser = report.options("grow", __doc__, limit_s=600)
    report.run("grow", parser, measure, pinned=False)


async def measure(options: argparse.Namespace) -> Figures:
    """Upload, wait, watch; return the figures."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamit-grow-")))
        os.environ.setdefault(SHARED_FILES, str(folder))
        film = make_film(FILM)
        servers = await stack.enter_async_context(servers_in(folder))
        env = {"STREAMIT_SECRET_KEY": secrets.token_urlsafe(32)}
        server = servers.start(env=env)
        servers.start_worker(env=env)
        playwright = await stack.enter_async_context(async_playwright())
        browsers = [await launch(playwright) for _ in range(2)]
        ana = await Person.arrive(browsers[0], server.url, "Ana")
        ben = await Person.arrive(browsers[1], server.url, "Ben")
        video = await ana.upload(film)
        uploaded_s = time.monotonic()
        link = f"{server.url}/videos/{video}"
        code = (await ana.call("POST", "/rooms", data={"name": "Film night", "url": link}))["code"]
        host = await sit_beside(stack, ana, server, code)
        await host.say("PLAY")
        pages = [await person.context.new_page() for person in (ana, ben)]
        await asyncio.gather(*(page.goto(f"{server.url}/r/{code}") for page in pages))
        await asyncio.gather(*(_until(page, "video && video.readyState >= 2") for page in pages))
        figures: dict[str, object] = {"first_frame_s": round(time.monotonic() - uploaded_s, 1)}
        await asyncio.gather(*(_until(page, "video.currentTime > 0.5") for page in pages))
        figures["plays_s"] = round(time.monotonic() - uploaded_s, 1)
        begin = await now_ms(pages[0])
        while True:
            if (await ana.call("GET", f"/videos/{video}"))["status"] == "completed":
                break
            await asyncio.sleep(0.2)
        finished = await now_ms(pages[0])
        figures["lowest_size_s"] = round(time.monotonic() - uploaded_s, 1)
        await asyncio.sleep(15)
        end = await now_ms(pages[0])
        figures["while_made"] = await _apart(pages, begin, finished)
        figures["after"] = await _apart(pages, finished, end)
        for browser in browsers:
            await browser.close()
    return {"frame_ms": round(FRAME_MS, 1), **figures}


async def _until(page: Page, what: str) -> None:
    script = f"() => {{ const video = document.querySelector('video'); return {what} }}"
    await page.wait_for_function(script, timeout=180_000)


async def _apart(pages: list[Page], begin: float, end: float) -> dict[str, float] | None:
    if end - begin < 1_000:
        return None
    one, two = [await shown(page) for page in pages]
    found = skew(one, two, from_ms=begin, to_ms=end - 100, frame_ms=FRAME_MS)
    return {"seconds": round((end - begin) / 1000, 1)} | {
        name: round(value, 3) for name, value in asdict(found).items()
    }


if __name__ == "__main__":
    main()
