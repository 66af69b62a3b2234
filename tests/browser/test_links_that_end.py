"""A film that is longer than the link to its bytes works: rooms renew it before it ends."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import PATIENCE_MS, SMALL_WINDOW, arrive_together, until
from tests.browser.watching import NOTE_BREAKS
from tests.support.clips import TEN_MINUTES, make_clip
from tests.support.servers import Servers


class Watcher:
    """One person's page in the room, and the links to the film that they were given."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.renewals = 0
        self.news = asyncio.Event()
        page.on("response", lambda answer: self._note(answer.url))

    def _note(self, url: str) -> None:
        if url.endswith("/playback"):
            self.renewals += 1
            self.news.set()

    async def renewed(self, times: int) -> None:
        """Wait until the link was renewed so often."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while self.renewals < times:
                self.news.clear()
                await self.news.wait()

    async def link(self) -> str:
        return str(await self.page.evaluate("document.querySelector('video').src"))

    async def plays_from(self, position_s: float) -> None:
        await until(
            self.page,
            f"() => {{ const video = document.querySelector('video');"
            f" return video.currentTime >= {position_s} && video.readyState >= 3"
            " && !video.seeking && !video.paused }",
        )


@pytest.mark.long
async def test_a_room_outlives_the_links_to_its_film_for_host_and_viewer(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    server = servers.start(env={"STREAMIT_MEDIA_TOKEN_TTL": "6s"})
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben", viewport=SMALL_WINDOW)
    code = await ana.create_room(make_clip(tmp_path, TEN_MINUTES))
    host, friend = Watcher(await ana.enter(code)), Watcher(await ben.enter(code))
    await host.page.keyboard.press("k")
    for watcher in (host, friend):
        await watcher.plays_from(0.5)
        await watcher.page.evaluate("() => { window.first = document.querySelector('video') }")
        await watcher.page.evaluate(NOTE_BREAKS)
    old = [await watcher.link() for watcher in (host, friend)]

    # At four fifths of its time: the second comes after the first link has ended.
    for watcher in (host, friend):
        await watcher.renewed(2)
        assert await watcher.page.evaluate("breaks") == []
    assert [await watcher.link() for watcher in (host, friend)] == old
    await expect(host.page.get_by_role("slider", name="Position")).to_be_visible()

    bar = await host.page.get_by_role("slider", name="Position").bounding_box()
    assert bar
    await host.page.mouse.click(bar["x"] + bar["width"] * 0.95, bar["y"] + bar["height"] / 2)
    for watcher, link in zip((host, friend), old, strict=True):
        await watcher.plays_from(560)
        assert await watcher.link() != link
        assert await watcher.page.evaluate("first === document.querySelector('video')")
        assert "error" not in await watcher.page.evaluate("breaks")
    await ana.context.close()
    await ben.context.close()
