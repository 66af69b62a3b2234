"""What a screen reader says by itself: errors of fields, and why a film does not play."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, expect

from tests.browser.theatre import Person
from tests.support.servers import Server


async def test_what_is_wrong_with_a_field_is_read_out_and_gets_the_focus(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    page = await ana.context.new_page()
    await page.goto(f"{ana.url}/")
    link = page.get_by_label("Paste a link, or drop a video")
    await link.fill("no link at all")
    await page.get_by_role("button", name="Create a room").click()
    # Once: by the field that gets the focus.
    await expect(link).to_have_accessible_description("This is not a link that can be opened.")
    await expect(link).to_be_focused()
    await expect(page.get_by_role("alert")).to_have_count(0)
    # Nothing else reads it where the focus is in the field already.
    await link.fill("no link either")
    await link.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("not a link that can be opened")

    await page.goto(f"{ana.url}/sign-in")
    await page.get_by_role("tab", name="Create an account").click()
    # Not in the browser's own words, which cover the next field.
    email, create = page.get_by_label("Email"), page.get_by_role("button", name="Create account")
    await email.fill("ana@")
    await create.click()
    await expect(email).to_have_accessible_description(re.compile("Enter an email address"))
    await expect(email).to_be_focused()
    await expect(page.get_by_text("Fill in this field.")).to_have_count(1)
    await email.fill("ana@example.org")
    password = page.get_by_label("Password", exact=True)
    await password.fill("qwertyuiop")
    await create.click()
    await expect(password).to_be_focused()
    await expect(page.get_by_text("too common")).to_have_count(1)
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_why_nothing_plays_and_when_a_room_starts_is_read_out(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    soon = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    room = await ana.call("POST", "/rooms", data={"name": "Film night", "starts_at": soon})
    ben = await Person.arrive(chromium, ana.url, "Ben")
    page = await ben.context.new_page()
    await page.goto(f"{ana.url}/r/{room['code']}")
    read_out = page.locator("[aria-live=polite]")
    await expect(read_out.get_by_text("Nothing is playing yet")).to_be_visible()
    await expect(read_out.filter(has_text="Starts in")).to_contain_text(str(datetime.now(UTC).year))
