"""A provider's player in a room: what our own menus do with it."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.players.sites import PAGES, Site
from tests.browser.theatre import JOINED, Person, arrive_together, open_setting
from tests.support.servers import Servers


@pytest.fixture(scope="module")
def vendor() -> Iterator[Site]:
    """Stands for YouTube and for Vimeo: no test may ask the real ones."""
    site = Site([PAGES])
    site.start()
    yield site
    site.stop()


async def enter(person: Person, code: str) -> Page:
    page = await person.context.new_page()
    await page.goto(f"{person.url}/r/{code}")
    await page.get_by_title("How well the video is in sync").get_by_text(JOINED).wait_for()
    return page


@pytest.mark.parametrize(
    ("provider", "video", "captions"),
    [("youtube", "dQw4w9WgXcQ", "YouTube’s captions"), ("vimeo", "76979871", "English")],
)
async def test_each_viewer_switches_a_providers_captions_for_themselves(
    servers: Servers, chromium: Browser, vendor: Site, provider: str, video: str, captions: str
) -> None:
    server = servers.start(env={f"STREAMIT_{provider.upper()}_URL": vendor.origin()})
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    film = {"provider": provider, "media_type": "movie", "external_id": video}
    room = await ana.call("POST", "/rooms", data={"name": "Film night", "source": film})
    host, guest = await enter(ana, room["code"]), await enter(ben, room["code"])
    await open_setting(guest, "Subtitles")
    await guest.get_by_role("radio", name=captions).check()
    shown = "body[data-captions^='en' i]"
    await expect(guest.frame_locator("iframe").locator(shown)).to_have_count(1)
    await expect(host.frame_locator("iframe").locator(shown)).to_have_count(0)
    await guest.get_by_role("radio", name="Off").check()
    await expect(guest.frame_locator("iframe").locator(shown)).to_have_count(0)
