"""What the host sets for the party, as everyone sees it; how people are asked to it, and when."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.theatre import Person, arrive_together, two_in_a_room, until
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually

# Desktop browsers have no share sheet: this one keeps what it is given.
SHARE_SHEET = "navigator.share = async given => { window.shared = given }"
PLAYS = "() => { const v = document.querySelector('video'); return !v.paused && v.currentTime > 0 }"


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("party"), Clip(duration_s=20, frame_rate=10))


async def open_in_header(page: Page, name: str) -> None:
    await page.get_by_role("banner").get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name=name).click()


def invite_of(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Invite")


async def test_all_see_who_is_waited_for_and_whoever_is_late_asks_not_to_be(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    code = await ana.create_room(film)
    host = await ana.enter(code)
    await open_in_header(host, "Room settings")
    settings = host.get_by_role("dialog", name="Room settings")
    await settings.get_by_label("Wait for each other").select_option(
        "Before a film starts or jumps"
    )
    await settings.get_by_label("For at most").fill("60")
    await settings.get_by_role("button", name="Save").click()
    await expect(settings).to_be_hidden()

    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await ben.context.route("**/stream*", hold)
    guest = await ben.context.new_page()
    await guest.goto(f"{server.url}/r/{code}")
    await expect(host.get_by_role("log", name="Chat")).to_contain_text("Ben joined.")
    await host.keyboard.press("k")
    # Whoever controls the film may go on without them; they themselves may say so.
    await expect(host.get_by_text("Waiting for Ben, ")).to_be_visible()
    await expect(host.get_by_role("button", name="Play anyway")).to_be_visible()
    await expect(guest.get_by_text("Waiting for you, ")).to_be_visible()
    await expect(guest.get_by_role("button", name="Play anyway")).to_have_count(0)
    await guest.get_by_role("button", name="Don’t wait for me").click()
    await until(host, PLAYS)
    await expect(host.get_by_text("Waiting for")).to_have_count(0)
    assert held
    # It can be taken back where it is looked for.
    await open_in_header(guest, "Wait for me again")


async def test_the_host_lets_everyone_control_and_slows_the_chat(
    server: Server, chromium: Browser, film: Path
) -> None:
    *_, host, guest = await two_in_a_room(chromium, server.url, film)
    await expect(guest.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    await open_in_header(host, "Room settings")
    settings = host.get_by_role("dialog", name="Room settings")
    await settings.get_by_label("Everyone can control playback and the queue").check()
    await settings.get_by_label("Slow mode").select_option("5 min")
    await settings.get_by_role("button", name="Save").click()
    await guest.get_by_role("button", name="Play", exact=True).click()
    for page in (host, guest):
        await until(page, PLAYS)
    for page, name in ((guest, "Ben"), (host, "Ana")):
        message = page.get_by_role("textbox", name="Message")
        for line in ("one", "two"):
            await message.fill(f"{name} says {line}")
            await message.press("Enter")
    for page in (host, guest):
        await expect(page.get_by_text("Ana says two")).to_be_visible()
    await expect(host.get_by_text("Ben says one")).to_be_visible()
    await expect(guest.get_by_text("Slow mode is on")).to_be_visible()
    await expect(host.get_by_text("Ben says two")).to_have_count(0)


async def test_people_are_asked_by_link_code_and_share_sheet_to_a_room_that_starts_later(
    servers: Servers, chromium: Browser
) -> None:
    # An address that other devices could reach, unlike 127.0.0.1, as far as the page can tell.
    name = "[::ffff:7f00:1]"
    server = servers.start(env={"STREAMIT_HOSTS": name})
    ana = await Person.arrive(chromium, f"http://{name}:{server.port}", "Ana")
    soon = (datetime.now(UTC) + timedelta(minutes=90)).isoformat()
    made = {"name": "Film night", "starts_at": soon, "url": "https://youtu.be/dQw4w9WgXcQ"}
    code = (await ana.call("POST", "/rooms", data=made))["code"]
    page = await ana.context.new_page()
    await page.add_init_script(SHARE_SHEET)
    await page.goto(f"{ana.url}/r/{code}")
    countdown = page.get_by_text("Starts in")
    await expect(countdown).to_contain_text(re.compile(r"1 h 2\d min"))
    add = page.get_by_role("link", name="Add to calendar")
    await expect(add).to_be_visible()
    await page.get_by_role("button", name="Invite").click()
    invite = invite_of(page)
    link = f"{ana.url}/r/{code}"
    await expect(invite.get_by_label("Link to this room")).to_have_value(link)

    async def is_square() -> bool:
        box = await invite.get_by_role("img", name="QR code of the link").bounding_box()
        return box is not None and box["width"] == box["height"] > 100

    # Not before the dialog has come in.
    await eventually(is_square)
    await invite.get_by_role("button", name="Share").click()
    assert await page.evaluate("window.shared") == {"title": "Film night", "url": link}
    async with page.expect_download() as saved:
        await invite.locator(add).click()
    calendar = (await (await saved.value).path()).read_text()
    assert "SUMMARY:Film night" in calendar
    await ana.call("PATCH", f"/rooms/{code}", data={"starts_at": None})
    await expect(countdown).to_have_count(0)

    # A link to the same computer is of no use to a phone.
    ben = await Person.arrive(chromium, server.url, "Ben")
    page = await ben.context.new_page()
    await page.goto(f"{server.url}/r/{code}")
    await page.get_by_role("button", name="Invite").click()
    await expect(invite_of(page)).to_contain_text(f"The room’s code is {code}.")
    await expect(invite_of(page)).to_contain_text("only works on this computer")
    await expect(invite_of(page).get_by_role("img")).to_have_count(0)
