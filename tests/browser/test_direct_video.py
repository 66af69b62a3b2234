"""A video that the browser reads straight from the bucket: the server gives the address only."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.browser.theatre import Person, until
from tests.support import buckets
from tests.support.clips import TEN_MINUTES, make_clip
from tests.support.servers import Servers

LOST = "The video isn’t loading"
NOTE_VIOLATIONS = """window.violations = [];
addEventListener("securitypolicyviolation", event =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`));"""


@pytest.fixture(scope="module")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with buckets.serving(tmp_path_factory.mktemp("moto")) as url:
        yield url


@dataclass
class Screen:
    """Ana's page of a long video in the bucket, and what it asked for."""

    page: Page
    bucket: Any
    s3_url: str
    requests: list[Request] = field(default_factory=list)

    def film_comes_from(self) -> set[str]:
        """Return the servers that the film was read from."""
        return {urlsplit(each.url).netloc for each in self.requests if is_film(each)}

    async def shows(self, position_s: float) -> None:
        """Wait until the picture of there is to be seen."""
        await until(
            self.page,
            f"() => {{ const video = document.querySelector('video');"
            f" return video && Math.abs(video.currentTime - {position_s}) < 20"
            " && video.readyState >= 3 }",
        )

    async def seek(self, position_s: float) -> None:
        await self.page.evaluate(f"document.querySelector('video').currentTime = {position_s}")

    async def violations(self) -> list[str]:
        return list(await self.page.evaluate("violations"))


def is_film(request: Request) -> bool:
    return request.resource_type == "media"


@pytest_asyncio.fixture(loop_scope="session")
async def screen(
    servers: Servers, chromium: Browser, s3_url: str, tmp_path: Path
) -> AsyncIterator[Screen]:
    with buckets.new_bucket(s3_url) as bucket:
        server = servers.start(
            env={
                "STREAMIT_STORAGES": "s3",
                "STREAMIT_S3_BUCKET": bucket.name,
                "STREAMIT_S3_ENDPOINT": s3_url,
                "STREAMIT_S3_ACCESS_KEY_ID": "our-key",
                "STREAMIT_S3_SECRET_ACCESS_KEY": "our-secret",
            }
        )
        ana = await Person.arrive(chromium, server.url, "Ana")
        video = await ana.upload(make_clip(tmp_path, TEN_MINUTES), "Sunday at the lake")
        playback = await ana.call("GET", f"/videos/{video}/playback")
        assert (playback["mode"], playback["provider"]) == ("direct_url", "s3")
        page = await ana.context.new_page()
        await page.add_init_script(NOTE_VIOLATIONS)
        screen = Screen(page, bucket, s3_url)
        page.on("request", lambda request: screen.requests.append(request))
        await page.goto(f"{server.url}/videos/{video}")
        await screen.shows(0)
        yield screen
        await ana.context.close()


async def test_a_video_plays_straight_from_the_bucket_and_far_into_it(screen: Screen) -> None:
    page = screen.page
    await page.evaluate("document.querySelector('video').play()")
    await until(page, "() => document.querySelector('video').currentTime > 0.5")
    async with page.expect_response(lambda answer: is_film(answer.request)) as far:
        await screen.seek(570)
    answer = await far.value
    assert answer.status == 206
    assert "X-Amz-Signature" in answer.url
    await screen.shows(570)
    assert screen.film_comes_from() == {urlsplit(screen.s3_url).netloc}
    assert await screen.violations() == []


async def test_what_is_no_video_any_more_or_has_left_the_bucket_is_told_of(
    screen: Screen,
) -> None:
    page = screen.page
    for stored in screen.bucket.objects.all():
        if stored.size > 100_000:
            stored.Object().put(Body=b"<html>".ljust(stored.size), ContentType="video/mp4")
    await page.reload()
    await expect(page.get_by_text("play this")).to_be_visible()
    assert await screen.violations() == []
    screen.bucket.objects.all().delete()
    # The page asks by itself too what has become of the video: the notice may be another already.
    await page.get_by_role("button", name=re.compile("Try again|Check again")).click()
    await expect(page.get_by_text("File not found").first).to_be_visible()


async def test_a_line_to_the_bucket_that_breaks_is_taken_up_where_it_broke(screen: Screen) -> None:
    page = screen.page
    broken: list[Route] = []

    async def break_it(route: Route) -> None:
        broken.append(route)
        await route.abort("connectionreset")

    await page.route(f"{screen.s3_url}/**", break_it)
    await screen.seek(570)
    await expect(page.get_by_text(LOST)).to_be_visible()
    assert broken
    await page.unroute(f"{screen.s3_url}/**", break_it)
    # By itself: nobody presses "Try again".
    await screen.shows(570)
    await expect(page.get_by_text(LOST)).to_be_hidden()
