"""Visitors who come back, are signed out elsewhere, or want an account."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.theatre import Person, until
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually

PASSWORD = "a long and odd one"
NOTE_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) window.shifted += value;
  }).observe({ type: "layout-shift", buffered: true });
"""


def email_of(person: Person) -> str:
    """Return an address that nobody else has: Ana comes to the server that tests share again."""
    return f"{person.id}@example.org"


async def sign_up(person: Person) -> None:
    """Make the guest a member, in their browser too."""
    account = {"email": email_of(person), "password": PASSWORD, "display_name": "Ana"}
    headers = {"Authorization": f"Bearer {person.token}"}
    url = f"{person.url}/api/v1/auth/register"
    reply = await person.context.request.post(url, data=account, headers=headers)
    assert reply.status == 201, await reply.text()
    person.token = (await reply.json())["access_token"]


async def test_nothing_on_the_home_page_is_pushed_away_by_ones_own_rooms(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    for name in ("One", "Two", "Three"):
        await ana.call("POST", "/rooms", data={"name": name})
    await ana.context.add_init_script(NOTE_SHIFTS)
    page = await ana.context.new_page()
    await page.set_viewport_size({"width": 375, "height": 667})
    for _ in range(2):  # the second time the page knows before the server says so
        await page.goto(server.url)
        await expect(page.get_by_role("region", name="Your rooms")).to_be_visible()
        await expect(page.get_by_role("region", name="Public rooms")).to_contain_text(
            "There are no"
        )
        assert await page.evaluate("shifted") < 0.02


async def test_a_film_known_by_its_link_has_a_picture_of_our_own_on_the_cards(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    link = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
    await ana.call("POST", "/rooms", data={"name": "Film night", "url": link})
    page = await ana.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(server.url)
    card = page.get_by_role("listitem").filter(has_text="Film night")
    await expect(card.get_by_text("YouTube", exact=True)).to_be_visible()
    assert [url for url in asked if not url.startswith(server.url)] == []


async def test_when_a_room_starts_is_told_to_the_minute_on_a_narrow_card(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    await sign_up(ana)
    starts_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    await ana.call("POST", "/rooms", data={"name": "Film night", "starts_at": starts_at})
    page = await ana.context.new_page()
    await page.set_viewport_size({"width": 640, "height": 400})
    await page.goto(server.url)
    line = page.get_by_text(re.compile("^Starts .* [AP]M$"))
    await expect(line).to_be_visible()
    assert await line.evaluate("line => line.scrollWidth <= line.clientWidth")


async def test_a_member_signed_out_elsewhere_is_asked_to_sign_in_again(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    await sign_up(ana)
    code = (await ana.call("POST", "/rooms", data={"name": "Film night"}))["code"]
    room, library = await ana.context.new_page(), await ana.context.new_page()
    await room.goto(f"{server.url}/r/{code}")
    await library.goto(f"{server.url}/library")
    await expect(room.get_by_role("tab", name="People")).to_be_visible()
    await expect(library.get_by_text("Your library is empty")).to_be_visible()
    await ana.call("POST", "/auth/logout-everywhere")
    await library.get_by_role("link", name="StreamIt").click()
    await library.go_back()
    for page, path in ((room, f"/r/{code}"), (library, "/library")):
        await expect(page.get_by_text("You were signed out on this device.").first).to_be_visible()
        await expect(page.get_by_text("What should we call you?")).to_have_count(0)
        link = page.get_by_role("main").get_by_role("link", name="Sign in")
        next_ = path.replace("/", "%2F")
        await expect(link).to_have_attribute("href", f"/sign-in?next={next_}")
        await page.reload()
        await expect(link).to_have_attribute("href", f"/sign-in?next={next_}")
        await expect(page.get_by_label("Your name")).to_have_count(0)
    # Who would rather be a guest is not asked again.
    await library.get_by_role("button", name="Continue as a guest").click()
    await library.reload()
    await expect(library.get_by_label("Your name")).to_be_visible()


async def test_a_guest_who_wants_an_account_gets_to_one_and_back_or_is_offered_none(
    servers: Servers, chromium: Browser
) -> None:
    server = servers.start()
    ana = await Person.arrive(chromium, server.url, "Ana")
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/library")
    await page.get_by_role("button", name=re.compile("Ana")).click()
    await page.get_by_role("menuitem", name="Create an account").click()
    await page.get_by_label("Email").fill(email_of(ana))
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page).to_have_url(f"{server.url}/library")

    closed = servers.start(env={"STREAMIT_SIGN_UP": "closed"})
    ben = await Person.arrive(chromium, closed.url, "Ben")
    page = await ben.context.new_page()
    await page.goto(f"{closed.url}/account")
    await page.get_by_role("button", name=re.compile("Ben")).first.click()
    await expect(page.get_by_role("menuitem", name="Sign in")).to_be_visible()
    await expect(page.get_by_text("Create an account")).to_have_count(0)


async def test_a_password_can_be_shown_and_who_signs_out_leaves_nothing_in_the_browser(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    # Their account will have the same id.
    me = json.dumps((await ana.call("GET", "/auth/me"))["user"]["id"])
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/sign-in")
    await page.get_by_role("tab", name="Create an account").click()
    await page.get_by_label("Email").fill(email_of(ana))
    password = page.get_by_label("Password", exact=True)
    await password.fill(PASSWORD)
    await expect(password).to_have_attribute("type", "password")
    await page.get_by_role("button", name="Show the password").click()
    await expect(password).to_have_attribute("type", "text")
    await page.get_by_role("button", name="Hide the password").click()
    await expect(password).to_have_attribute("type", "password")
    await page.get_by_role("button", name="Create account").click()
    await expect(page).to_have_url(f"{server.url}/")

    await page.evaluate(
        f"""() => {{
          const upload = (owner) => ({{ owner, fingerprint: owner, uploadUrl: "/x" }});
          localStorage.setItem("streamit-uploads", JSON.stringify([upload({me}), upload("ben")]));
          const room = {{ code: "abc", name: "Film night", at: Date.now() }};
          localStorage.setItem("streamit-room", JSON.stringify(room));
        }}"""
    )
    await page.get_by_role("button", name=re.compile("Ana")).click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await until(page, "() => localStorage.getItem('streamit-room') === null")
    left = await page.evaluate("JSON.parse(localStorage.getItem('streamit-uploads'))")
    assert [upload["owner"] for upload in left] == ["ben"]


async def test_a_slow_answer_from_before_a_sign_in_does_not_end_it(
    server: Server, page: Page
) -> None:
    signed_in = asyncio.Event()

    async def hold(route: Route) -> None:
        reply = await route.fetch()
        await signed_in.wait()
        await route.fulfill(response=reply)

    await page.route("**/api/v1/auth/me", hold, times=1)
    await page.goto(server.url)
    await page.get_by_role("button", name="Create a room").click()
    await page.get_by_label("Your name").fill("Ana")
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("oom|ontinue")).click()
    await page.wait_for_url("**/r/*")
    async with page.expect_response("**/api/v1/auth/me"):
        signed_in.set()
    await page.get_by_role("link", name="StreamIt").click()
    await expect(page.get_by_role("button", name="Ana")).to_be_visible()
    await expect(page.get_by_text("You were signed out on this device.")).to_have_count(0)


async def test_on_a_phone_a_notice_leaves_the_heading_to_be_read(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    await sign_up(ana)
    page = await ana.context.new_page()
    await page.set_viewport_size({"width": 375, "height": 667})
    await page.goto(f"{server.url}/account")
    # What the page still asks for would tell it that nobody is signed in, and its links go.
    await expect(page.get_by_text("This browser ·")).to_be_visible()
    await expect(page.get_by_text("No API keys yet.")).to_be_visible()
    await ana.call("POST", "/auth/logout-everywhere")
    await page.get_by_role("link", name="Library").click()
    notice = page.locator("[popover]:popover-open").get_by_text("You were signed out")
    heading = page.get_by_role("heading", level=1)
    await expect(notice).to_be_in_viewport(ratio=1)
    await expect(heading).to_be_visible()

    async def are_apart() -> bool:
        return not await overlap(notice, heading)

    # Not before the notice has come in.
    await eventually(are_apart)


async def overlap(one: Locator, other: Locator) -> bool:
    """Tell whether two visible parts of a page have a place in common."""
    a, b = await one.bounding_box(), await other.bounding_box()
    assert a
    assert b
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return not (beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"])


async def test_a_page_older_than_its_server_says_that_a_part_of_it_is_missing(
    server: Server, page: Page
) -> None:
    """After an update the parts that it has not loaded yet are gone."""
    await page.route("**/assets/NameDialog*.js", lambda route: route.fulfill(status=404))
    await page.clock.install()
    await page.goto(server.url)
    create = page.get_by_role("button", name="Create a room")
    for _ in range(2):
        await create.click()
        notice = page.get_by_text("A part of the page could not be loaded.").last
        await expect(notice).to_be_in_viewport()
        await page.clock.run_for(60_000)
        await expect(notice).to_be_in_viewport()
        await page.get_by_role("button", name="Dismiss").click()
        await expect(notice).to_be_hidden()
    await page.set_viewport_size({"width": 375, "height": 667})
    await create.click()
    reload = page.get_by_role("button", name="Reload")
    assert await reload.evaluate(
        """button => {
          const words = document.createRange();
          words.selectNodeContents(button);
          return words.getBoundingClientRect().width + 16 < button.offsetWidth;
        }"""
    )
    async with page.expect_navigation():
        await reload.click()
