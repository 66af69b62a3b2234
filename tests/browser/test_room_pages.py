"""What people see of a room: the door, the chat, the host's menu, the host who is away."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import Browser, FilePayload, Locator, Page, Route, expect
from redis.asyncio import Redis

from presence import store as presence
from tests.browser.screen_reader import find_nothing_serious
from tests.browser.theatre import Person, arrive_together, is_drawn, open_setting, until
from tests.faults.rig import patience_ends
from tests.support.clips import Clip, make_clip, tiny_clip
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually

LINK = "https://youtu.be/dQw4w9WgXcQ"


# Of the chat's lines the last can be seen.
AT_ITS_END = """() => {
  const log = document.querySelector('[role=log]');
  return log.clientHeight > 0 && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
}"""


class Cast:
    """Ana the host and the guests, each in a context of their own in one browser."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.code = ""

    async def open(self, **facts: object) -> Page:
        """Make a room with Ana as host; return her page."""
        self.ana = await Person.arrive(self.browser, self.server.url, "Ana")
        await self._make(facts)
        page = await self.come(self.ana)
        await expect(page.get_by_role("tab", name="People")).to_be_visible()
        return page

    async def open_to(self, name: str) -> tuple[Page, Page]:
        """Make a room into which Ana and a guest come at the same time; return their pages."""
        self.ana, guest = await arrive_together(self.browser, self.server.url, "Ana", name)
        await self._make({})
        host, page = await asyncio.gather(self.come(self.ana), self.come(guest))
        for each in (host, page):
            # The room has told them of each other, so that they hear what comes.
            await expect(each.get_by_role("tab", name="People")).to_contain_text("2")
        return host, page

    async def invite(self, name: str) -> Page:
        """Let somebody follow the invite link; return their page."""
        return await self.come(await Person.arrive(self.browser, self.server.url, name))

    async def _make(self, facts: dict[str, object]) -> None:
        room = await self.ana.call(
            "POST", "/rooms", data={"name": "Film night", "url": LINK, **facts}
        )
        self.code = room["code"]

    async def come(self, person: Person) -> Page:
        page = await person.context.new_page()
        await page.goto(f"{self.server.url}/r/{self.code}")
        return page


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", level=1).filter(has_text=text)


async def do_to(host: Page, name: str, action: str) -> None:
    """Choose ``action`` in the host's menu for ``name``."""
    await host.get_by_role("tab", name="People").click()
    await host.get_by_role("button", name=f"Actions for {name}").click()
    await host.get_by_role("menuitem", name=action).click()


async def test_a_guest_waits_at_the_door_until_the_host_lets_them_in(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host = await cast.open(entry="approval")
    ben = await cast.invite("Ben")
    await expect(heading(ben, "Waiting for Ana to let you in")).to_be_visible()
    await host.get_by_role("tab", name="People").click()
    await host.get_by_role("button", name="Let in Ben").click()
    await expect(ben.get_by_role("tab", name="People")).to_be_visible()
    cyd = await cast.invite("Cyd")
    await host.get_by_role("button", name="Refuse Cyd").click()
    await expect(heading(cyd, "You were not let in")).to_be_visible()
    await find_nothing_serious(cyd)


async def test_who_knocks_is_seen_and_let_in_where_the_people_are_put_away(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host = await cast.open(entry="approval")
    await open_setting(host, "Theatre mode")
    await host.get_by_role("button", name="Hide chat").click()
    ben = await cast.invite("Ben")
    await expect(host.get_by_text("Ben wants to come in.").first).to_be_visible()
    await find_nothing_serious(host)
    await host.get_by_role("button", name="Let in").click()
    await expect(ben.get_by_role("tab", name="People")).to_be_visible()
    others = await asyncio.gather(cast.invite("Cyd"), cast.invite("Dov"))
    await expect(
        host.get_by_text(re.compile("^(Cyd and Dov|Dov and Cyd) want to come in")).first
    ).to_be_visible()
    await host.get_by_role("button", name="Let both in").click()
    for page in others:
        await expect(page.get_by_role("tab", name="People")).to_be_visible()
    await expect(host.get_by_text("want to come in.")).to_be_hidden()


async def test_a_wrong_password_is_told_and_the_right_one_opens(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    await cast.open(entry="password", password="swordfish")
    ben = await cast.invite("Ben")
    field = ben.get_by_label("Room password")
    await field.fill("guess")
    await ben.get_by_role("button", name="Show the password").click()
    await expect(field).to_have_attribute("type", "text")
    await ben.get_by_role("button", name="Join the room").click()
    await expect(ben.get_by_text("Wrong password")).to_be_visible()
    await find_nothing_serious(ben)
    await field.fill("swordfish")
    await ben.get_by_role("button", name="Join the room").click()
    await expect(ben.get_by_role("tab", name="People")).to_be_visible()


async def test_who_tries_too_many_passwords_is_told_how_long_to_wait(
    servers: Servers, chromium: Browser
) -> None:
    cast = Cast(chromium, servers.start())
    await cast.open(entry="password", password="swordfish")
    ben = await cast.invite("Ben")
    status = 0
    # On a slow machine some tries come back meanwhile.
    while status != 429:
        await ben.get_by_label("Room password").fill("a guess")
        async with ben.expect_response("**/join") as answer:
            await ben.get_by_role("button", name="Join the room").click()
        status = (await answer.value).status
    await expect(ben.get_by_text("Too many attempts. Try again in")).to_be_visible()


async def test_chat_reaches_the_others_until_the_host_mutes_its_author(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host, ben = await cast.open_to("Ben")
    message = ben.get_by_label("Message")
    await message.fill("Look at <b>this</b> https://example.org/a?b=1")
    await message.press("Enter")
    said = host.get_by_role("log").get_by_text("Look at <b>this</b>")
    await expect(said).to_be_visible()
    link = host.get_by_role("log").get_by_role("link")
    assert "noopener" in (await link.get_attribute("rel") or "")
    await do_to(host, "Ben", "Mute in chat")
    await expect(ben.get_by_text("muted you").first).to_be_visible()
    await find_nothing_serious(ben)


async def test_who_is_removed_is_told_and_a_ban_holds_on_reload(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host, ben = await cast.open_to("Ben")
    await do_to(host, "Ben", "Make co-host")
    notice = ben.get_by_text("You can control playback now.").last
    await expect(notice).to_be_visible()
    await do_to(host, "Ben", "Kick")
    await host.get_by_role("dialog").get_by_role("button", name="Kick").click()
    await expect(heading(ben, "You were kicked")).to_be_visible()
    assert not await notice.is_visible()
    await ben.reload()
    await expect(ben.get_by_role("tab", name="People")).to_be_visible()
    await do_to(host, "Ben", "Ban")
    await host.get_by_role("dialog").get_by_role("button", name="Ban").click()
    await expect(heading(ben, "join this room")).to_be_visible()
    await ben.reload()
    await expect(heading(ben, "join this room")).to_be_visible()


async def test_a_host_who_stays_away_leaves_the_room_to_who_has_been_there_longest(
    servers: Servers, chromium: Browser
) -> None:
    cast = Cast(chromium, servers.start())
    host, ben = await cast.open_to("Ben")
    await expect(ben.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    await host.close()
    await expect(ben.get_by_text("Ana isn’t here. You become the host")).to_be_visible()
    await patience_ends(servers.redis_url, cast.code)
    await expect(ben.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    await expect(ben.get_by_text("Ana isn’t here.")).to_be_hidden()


async def test_a_deleted_room_is_over_for_everyone(server: Server, chromium: Browser) -> None:
    cast = Cast(chromium, server)
    host, ben = await cast.open_to("Ben")
    await cast.ana.call("DELETE", f"/rooms/{cast.code}")
    for page in (host, ben):
        await expect(heading(page, "has ended")).to_be_visible()
    await expect(heading(ben, "has ended")).to_be_focused()
    await expect(ben.get_by_role("link", name="Start a new room")).to_be_visible()
    await find_nothing_serious(ben)


async def test_a_host_deletes_what_an_impostor_wrote_for_everybody(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host, impostor = await cast.open_to("Аna")  # its first letter is Cyrillic
    for page in (host, impostor):
        await page.get_by_role("tab", name="Chat").click()
    await impostor.get_by_label("Message").fill("I am the host. Tell me the password.")
    await impostor.keyboard.press("Enter")
    line = host.get_by_role("log").get_by_text("I am the host.")
    await expect(line).to_be_visible()
    name = host.get_by_role("log").get_by_text(re.compile(r"^Аna \d+$")).first
    await expect(name).to_be_visible()
    await expect(host.get_by_role("log").get_by_text("Host", exact=True)).to_have_count(0)
    await line.hover()
    await host.get_by_role("button", name="Delete the message from Аna").click()
    for page in (host, impostor):
        await expect(page.get_by_text("I am the host.")).to_have_count(0)


async def test_who_waits_at_a_full_room_comes_in_when_somebody_leaves(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    await cast.open(capacity=2)
    ben = await cast.invite("Ben")
    await expect(heading(ben, "Film night")).to_be_visible()
    cem = await cast.invite("Cem")
    await expect(heading(cem, "This room is full")).to_be_visible()
    await expect(cem.get_by_text("All 2 places are taken.")).to_be_visible()
    await find_nothing_serious(cem)
    await ben.close()
    await expect(heading(cem, "Film night")).to_be_visible()


async def test_a_viewer_is_told_once_who_controls_and_again_when_they_press_in_vain(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    code = await ana.create_room(make_clip(tmp_path, Clip(duration_s=20)))
    await ana.enter(code)
    phone = {"width": 375, "height": 667}
    ben = await (await Person.arrive(chromium, server.url, "Ben", viewport=phone)).enter(code)
    # Over the picture; for screen readers it is beside the bar as well, where it stays.
    told = ben.locator("span", has_text="Only the host, Ana, can pause or seek.")
    tabs = ben.get_by_role("tablist")
    await expect(told).to_be_visible()
    await expect(ben.get_by_role("button", name="Play")).to_be_disabled()
    before = await tabs.bounding_box()
    await ben.reload()
    await expect(ben.get_by_role("button", name="Play")).to_be_disabled()
    await expect(told).to_have_count(0)

    async def are_where_they_were() -> bool:
        return await tabs.bounding_box() == before

    await eventually(are_where_they_were)
    # A menu of theirs is none of the host's controls.
    await ben.get_by_role("button", name="React").click()
    await ben.get_by_label("Any other emoji").click()
    await is_drawn(ben)
    # Looked at once, because it would go by itself.
    assert await told.count() == 0
    await ben.get_by_role("button", name="Play").click(force=True)
    await expect(told).to_be_visible()


async def test_a_phone_on_its_side_shows_the_film_and_the_chat_when_asked(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    await cast.open()
    person = await Person.arrive(cast.browser, cast.server.url, "Ben", has_touch=True)
    ben = await cast.come(person)
    await expect(heading(ben, "Film night")).to_be_visible()
    message = ben.get_by_role("textbox", name="Message")
    for _ in range(3):
        await message.fill("A line\n" * 9)
        await message.press("Enter")
    await expect(ben.get_by_text("A line")).to_have_count(3)
    await ben.set_viewport_size({"width": 667, "height": 375})
    await expect(heading(ben, "Film night")).to_be_hidden()
    await expect(message).to_be_hidden()
    await ben.get_by_role("button", name="Show chat").click()
    await expect(message).to_be_visible()
    await until(ben, AT_ITS_END)
    await ben.set_viewport_size({"width": 375, "height": 667})
    await expect(heading(ben, "Film night")).to_be_visible()
    await until(ben, AT_ITS_END)
    # The keyboard is up: of a phone that stands, and of a tablet.
    for width, height in [(375, 330), (1024, 420)]:
        await ben.set_viewport_size({"width": width, "height": height})
        await is_drawn(ben)
        await expect(message).to_be_visible()
        await until(ben, AT_ITS_END)


IS_INSIDE = """panel => {
  const { left, top, right, bottom } = panel.getBoundingClientRect();
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && bottom > top;
}"""


async def test_an_open_menu_stays_on_the_screen_of_a_phone_that_is_turned(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host = await cast.open()
    await host.set_viewport_size({"width": 375, "height": 667})
    await host.get_by_label("Video", exact=True).hover()
    await host.get_by_role("button", name="More controls").click()
    panel = host.get_by_role("dialog", name="More controls")
    await expect(panel.get_by_role("button", name="Speed")).to_be_visible()
    for width, height in [(667, 375), (375, 667)]:
        await host.set_viewport_size({"width": width, "height": height})
        await until(host, IS_INSIDE, arg=await panel.element_handle())


async def test_an_upload_for_the_room_is_not_thrown_away_by_a_tap_beside_its_window(
    server: Server, chromium: Browser
) -> None:
    cast = Cast(chromium, server)
    host = await cast.open()

    async def never(_: Route) -> None:
        """Send no bytes of the film."""

    await host.route("**/uploads**", never)
    file: FilePayload = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": tiny_clip()}

    async def send() -> None:
        await host.get_by_role("button", name="More").click()
        await host.get_by_role("menuitem", name="Change video").click()
        await host.get_by_label("Video file").set_input_files(file)
        await expect(host.get_by_text("film.mp4")).to_be_visible()
        await host.get_by_role("button", name="Play for everyone").click()
        await expect(host.get_by_role("progressbar")).to_be_visible()

    await send()
    await host.mouse.click(20, 400)
    await expect(host.get_by_role("heading", name="Stop the upload?")).to_be_visible()
    await host.get_by_role("button", name="Cancel").last.click()
    await expect(host.get_by_role("progressbar")).to_be_visible()
    await host.keyboard.press("Escape")
    await host.get_by_role("button", name="Stop the upload").click()
    await expect(host.get_by_role("dialog")).to_have_count(0)
    # Pressed again and again, browsers close windows by themselves.
    await send()
    for _ in range(4):
        await host.keyboard.press("Escape")
    await is_drawn(host)
    await expect(host.get_by_role("progressbar")).to_be_visible()


async def test_on_a_phone_a_tap_on_the_dot_says_in_words_how_well_it_is_in_sync(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    page = await ana.enter(await ana.create_room(make_clip(tmp_path, Clip(duration_s=2))))
    await page.set_viewport_size({"width": 375, "height": 667})
    pill = page.get_by_role("button", name="In sync")
    await expect(pill).to_have_attribute("title", "How well the video is in sync")
    await pill.click()
    said = page.get_by_role("dialog", name="Sync").get_by_text("In sync", exact=True)
    box = await said.bounding_box()
    assert box
    assert box["width"] > 30


async def test_in_a_crowd_people_whom_the_list_leaves_out_are_mentioned_found_and_muted(
    servers: Servers, chromium: Browser
) -> None:
    cast = Cast(chromium, servers.start())
    host = await cast.open(capacity=1000)
    async with Redis.from_url(servers.redis_url) as redis:
        crowd = {f"person {number}": number for number in range(950)}
        await redis.zadd(presence.key(cast.code, "since"), crowd)
    await cast.invite("Bén Ami")
    message = host.get_by_role("textbox", name="Message")
    await message.press_sequentially("@ben")
    await expect(host.get_by_role("option", name="Bén Ami")).to_be_visible()
    await message.press_sequentially(" a")
    await host.get_by_role("option", name="Bén Ami").click()
    await expect(message).to_have_value("@Bén Ami ")
    await host.get_by_role("tab", name="People").click()
    people = host.get_by_role("region", name="People")
    await expect(people).to_contain_text("952 people are here. The list shows 101 of them.")
    ben = people.get_by_role("listitem").filter(has_text="Bén Ami")
    await expect(ben).to_have_count(0)
    await host.get_by_label("Search people").fill("ben")
    await expect(ben).to_be_visible()
    await do_to(host, "Bén Ami", "Mute in chat")
    await expect(ben.get_by_text("Muted in chat")).to_be_attached()
    await find_nothing_serious(host)
