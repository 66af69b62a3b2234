"""A film keeps playing while servers are killed and Valkey is away, under the real supervisor."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import SMALL_WINDOW, arrive_together, enter_together, until
from tests.browser.watching import NOTE_BREAKS
from tests.support.clips import Clip, make_clip
from tests.support.supervised import Up, running

# Counts the answers to the page's PINGs.
NOTE_ANSWERS = """
  window.answers = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => { answers += data.includes('"PONG"') });
    }
  };
"""


@pytest_asyncio.fixture(loop_scope="session")
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    """Everything as the command runs it, with two server processes and nobody who makes films."""
    with running(tmp_path / "data", "--workers", "2", STREAMIT_JOBS="0") as whole:
        yield whole


@pytest_asyncio.fixture(loop_scope="session")
async def watching(up: Up, chromium: Browser, tmp_path: Path) -> tuple[Page, Page]:
    """Ana the host and Ben, watching a film in two browsers."""
    film = make_clip(tmp_path, Clip(duration_s=120, frame_rate=5, width=320, height=180))
    ana, ben = await arrive_together(chromium, up.address, "Ana", "Ben", viewport=SMALL_WINDOW)
    for person in (ana, ben):
        await person.context.add_init_script(NOTE_ANSWERS)
    code = await ana.create_room(film)
    host, friend = await enter_together(code, ana, ben)
    await host.keyboard.press("k")
    await asyncio.gather(moving(host), moving(friend))
    for page in (host, friend):
        await page.evaluate(NOTE_BREAKS)
    return host, friend


async def answered_twice(page: Page) -> None:
    """Wait until a server has answered to a page anew: one answer may still be on its way."""
    before = await page.evaluate("window.answers")
    await until(page, "before => window.answers >= before + 2", arg=before)


async def position(page: Page) -> float:
    return float(await page.evaluate("document.querySelector('video').currentTime"))


async def moving(page: Page) -> None:
    """Wait until the film is under way."""
    await until(
        page,
        "() => { const video = document.querySelector('video');"
        " return !video.paused && video.currentTime > 0.5 }",
    )


async def follows(host: Page, friend: Page) -> None:
    """Let the host seek, and wait until the friend has come along."""
    before = await position(host)
    await host.keyboard.press("ArrowRight")
    for page in (host, friend):
        await until(
            page,
            f"() => document.querySelector('video').currentTime > {before} + 9",
        )


async def interruptions(page: Page) -> list[str]:
    """Return how the film has been broken off, and note anew."""
    return list(await page.evaluate("() => breaks.splice(0)"))


@pytest.mark.long
async def test_killed_servers_and_a_valkey_that_is_away_stop_no_film_and_all_resumes_by_itself(
    up: Up, watching: tuple[Page, Page]
) -> None:
    host, friend = watching
    servers = [pid for pid, kind in up.children().items() if kind == "server"]
    assert len(servers) == 2
    for pid in servers:
        os.kill(pid, signal.SIGKILL)
        # That one of them was cut shows, or does not, in between.
        await asyncio.gather(answered_twice(host), answered_twice(friend))
        for page in (host, friend):
            await expect(page.get_by_text("The video keeps playing")).to_have_count(0)
            assert await interruptions(page) == []
        await follows(host, friend)
        for page in (host, friend):
            await moving(page)
            await interruptions(page)

    valkey = up.the("valkey")
    os.kill(valkey, signal.SIGSTOP)
    try:
        begin = await position(friend)
        await host.keyboard.press("k")
        await expect(host.get_by_text("Play and pause are unavailable")).to_be_visible()
        for page in (host, friend):
            await until(
                page,
                f"() => document.querySelector('video').currentTime > {begin} + 4",
            )
            assert await interruptions(page) == []
    finally:
        os.kill(valkey, signal.SIGCONT)
    await expect(host.get_by_text("Play and pause are unavailable")).to_be_hidden()
    await follows(host, friend)
