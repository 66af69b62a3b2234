"""What makes a room feel alive: reactions, mentions, moments of the film, who came and left."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import (
    Person,
    arrive_together,
    enter_together,
    have_come,
    note_words,
    two_in_a_room,
    until,
)
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server, Servers

# Waits until the page for want of a server is kept in a language.
KEPT_IN = """async language => {
  const kept = async () => (await caches.match("/offline"))?.text();
  while (!(await kept())?.includes(`lang="${language}"`))
    await new Promise(go => setTimeout(go, 50));
}"""


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("alive"), Clip(duration_s=20, frame_rate=10))


async def test_people_talk_react_and_point_at_moments(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    code = await ana.create_room(film)
    host = await ana.enter(code)
    await expect(host).to_have_title("Film night · StreamIt")
    guest = await ben.enter(code)
    chat = host.get_by_role("log", name="Chat")
    await expect(chat.get_by_text("Ben joined.")).to_be_visible()

    # Everyone sees a reaction, the one who pressed it too.
    await guest.get_by_role("button", name="React").click()
    laugh = guest.get_by_role("button", name="Laugh")
    await laugh.hover()
    for page in (host, guest):
        await note_words(page.get_by_label("Video", exact=True))
    await laugh.click()
    for page in (host, guest):
        await have_come(page, "😂")
    await guest.keyboard.press("Escape")

    # A mention is completed by keys, and calls who looks elsewhere.
    await host.get_by_role("tab", name=re.compile("People")).click()
    field = guest.get_by_role("textbox", name="Message")
    await field.fill("@a")
    await expect(guest.get_by_role("option", name="Ana")).to_be_visible()
    await field.press("Enter")
    await expect(field).to_have_value("@Ana ")
    await field.press_sequentially("look at 0:07")
    await field.press("Enter")
    await expect(host.get_by_text("Ben: @Ana look at 0:07").first).to_be_visible()
    await expect(host).to_have_title("(1) Film night · StreamIt")
    await host.get_by_role("tab", name=re.compile("Chat")).click()
    await expect(host).to_have_title("Film night · StreamIt")

    # Only who controls playback can press a moment of the film.
    await expect(
        guest.get_by_role("log").get_by_role("button", name="0:07", exact=True)
    ).to_have_count(0)
    await chat.get_by_role("button", name="0:07", exact=True).click()
    for page in (host, guest):
        await until(page, "() => Math.abs(document.querySelector('video').currentTime - 7) < 0.05")

    # Who reads further up stays there, and is told of what is new below.
    for number in range(4):
        await host.get_by_role("textbox", name="Message").fill(f"{number}\n" * 12)
        await host.keyboard.press("Enter")
    await expect(guest.get_by_text("3 3 3")).to_be_visible()
    await guest.get_by_role("log").evaluate("log => { log.scrollTop = 0 }")
    await expect(guest.get_by_role("button", name="Jump to newest")).to_be_visible()
    await host.get_by_role("textbox", name="Message").fill("The last")
    await host.keyboard.press("Enter")
    await guest.get_by_role("button", name="1 new message").click()
    await expect(guest.get_by_text("The last")).to_be_in_viewport()

    await ben.context.close()
    await expect(chat.get_by_text("Ben left.")).to_be_visible()


async def test_who_asks_for_less_motion_sees_no_reaction_rise(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    ben = await Person.arrive(chromium, server.url, "Ben", reduced_motion="reduce")
    code = await ana.create_room(film)
    host, guest = await enter_together(code, ana, ben)
    for page in (host, guest):
        await note_words(page.locator("body"))
    await host.get_by_role("button", name="React").click()
    await host.get_by_label("Any other emoji").fill("🦄")
    await have_come(host, "🦄")
    # What comes later has come, and so would have the reaction.
    await host.keyboard.press("Escape")
    await host.get_by_role("textbox", name="Message").fill("Did you see it?")
    await host.keyboard.press("Enter")
    await have_come(guest, "Did you see it?")
    assert not await guest.evaluate("words.some(each => each.includes('🦄'))")


async def test_the_video_fills_the_window_and_the_chat_stays_in_reach(
    server: Server, chromium: Browser, film: Path
) -> None:
    *_, host, guest = await two_in_a_room(chromium, server.url, film)
    chat = host.get_by_role("textbox", name="Message")
    await host.keyboard.press("t")
    await expect(host.get_by_role("banner")).to_be_hidden()
    await expect(chat).to_be_visible()
    await host.get_by_role("button", name="Hide chat").click()
    await expect(chat).to_be_hidden()
    width = await host.evaluate("document.querySelector('video').clientWidth")
    assert width == 1280
    await guest.get_by_role("textbox", name="Message").fill("Still there?")
    await guest.keyboard.press("Enter")
    await expect(host).to_have_title("(1) Film night · StreamIt")
    await host.keyboard.press("t")
    await expect(host).to_have_title("Film night · StreamIt")

    await host.keyboard.press("f")
    await expect(chat).to_be_hidden()
    await host.get_by_role("button", name="Show chat").click()
    await expect(chat).to_be_visible()
    await host.keyboard.press("f")
    await expect(host.get_by_role("banner")).to_be_visible()

    # The system's controls have the film's title, and the end offers to begin again.
    title = await guest.evaluate("navigator.mediaSession.metadata.title")
    assert title == "A film"
    await host.get_by_role("slider", name="Position").press("End")
    await expect(guest.get_by_role("complementary", name="The end")).to_be_visible()
    await expect(guest.get_by_role("button", name="Watch again")).to_have_count(0)
    await host.get_by_role("button", name="Watch again").click()
    for page in (host, guest):
        await until(
            page,
            "() => { const v = document.querySelector('video');"
            " return !v.paused && v.currentTime < 10 }",
        )
    await expect(guest.get_by_role("complementary", name="The end")).to_be_hidden()


async def test_after_the_end_the_host_chooses_another_film_and_it_plays_for_everybody(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, _, _, host, guest = await two_in_a_room(chromium, server.url, film)
    other = await ana.upload(film, "Another film")
    await host.get_by_role("button", name="Play", exact=True).click()
    await host.get_by_role("slider", name="Position").press("End")
    await expect(guest.get_by_role("complementary", name="The end")).to_be_visible()
    await expect(guest.get_by_role("button", name="Choose another video")).to_have_count(0)
    await host.get_by_role("button", name="Choose another video").click()
    await host.get_by_label("Paste a link, or drop a video").fill(f"{server.url}/videos/{other}")
    await host.get_by_role("button", name="Play for everyone").click()
    await expect(host.get_by_role("dialog")).to_have_count(0)
    for page in (host, guest):
        await expect(page.get_by_role("banner")).to_contain_text("Another film")
        await until(
            page,
            "() => { const v = document.querySelector('video'); return v && v.currentTime > 1 }",
        )


async def test_the_pages_can_be_installed_and_say_that_the_server_is_gone_until_it_is_back(
    servers: Servers, page: Page
) -> None:
    server = servers.start()
    await page.goto(server.url)
    manifest = await page.evaluate(
        "fetch(document.querySelector('link[rel=manifest]').href).then(reply => reply.json())"
    )
    for icon in manifest["icons"]:
        reply = await page.request.get(server.url + icon["src"])
        assert (reply.status, reply.headers["content-type"]) == (200, "image/png")
    await page.evaluate("navigator.serviceWorker.ready")
    server.stop()
    await page.goto(f"{server.url}/sign-in")
    await expect(page.get_by_role("heading", name="StreamIt can’t be reached")).to_be_visible()
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    servers.start(port=server.port)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_the_page_without_a_server_speaks_the_chosen_language(
    servers: Servers, page: Page
) -> None:
    server = servers.start()
    await page.goto(server.url)
    await page.evaluate("navigator.serviceWorker.ready")
    await page.evaluate("localStorage.setItem('streamit-language', 'de')")
    await page.reload()
    await page.evaluate(KEPT_IN, "de")
    server.stop()
    await page.goto(server.url)
    await expect(page.get_by_role("heading", name="StreamIt ist nicht erreichbar")).to_be_visible()
