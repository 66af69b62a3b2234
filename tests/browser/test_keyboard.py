"""The pages by keyboard: where the focus is after what had it has gone, and how far it is."""

from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.theatre import Person, arrive_together, until
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server


async def opened(person: Person, path: str) -> Page:
    page = await person.context.new_page()
    await page.goto(f"{person.url}{path}")
    return page


async def confirmed(page: Page, name: str) -> None:
    """Press the button that is asked about, with the keyboard as everything here."""
    await page.get_by_role("dialog").get_by_role("button", name=name).press("Enter")


async def test_the_focus_goes_to_what_is_beside_or_in_place_of_what_had_it(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    url = server.url
    ana = await Person.arrive(chromium, url, "Ana")
    for title in ("The lake", "The storm"):
        await ana.upload(make_clip(tmp_path, Clip(duration_s=2)), title)
    for name in ("Backup", "Script"):
        await ana.call("POST", "/auth/keys", data={"name": name})
    page = await opened(ana, "/account")
    await page.get_by_role("button", name="Revoke Script").press("Enter")
    await confirmed(page, "Revoke key")
    last = page.get_by_role("button", name="Revoke Backup")
    await expect(last).to_be_focused()
    await last.press("Enter")
    await confirmed(page, "Revoke key")
    await expect(page.get_by_role("heading", name="API keys")).to_be_focused()

    await page.get_by_role("link", name="Library").press("Enter")
    select = page.get_by_role("button", name="Select", exact=True)
    await select.press("Enter")
    await expect(select).to_be_focused()
    await page.get_by_role("checkbox", name="The lake").press("Space")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="The lake")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Delete").press("Enter")
    await confirmed(page, "Delete video")
    await expect(page.get_by_role("heading", name="Library", level=1)).to_be_focused()

    await page.get_by_role("link", name="StreamIt").press("Enter")
    await page.get_by_role("button", name="Choose from your library").press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="The storm").press("Enter")
    other = page.get_by_role("button", name="Choose another")
    await expect(other).to_be_focused()
    await other.press("Enter")
    await expect(page.get_by_role("textbox", name="Paste a link, or drop a video")).to_be_focused()

    # Tab leaves a menu, and goes on from its button.
    await page.get_by_role("banner").get_by_role("button", name="Ana").press("Enter")
    menu = page.get_by_role("menu", name="Your account")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(menu).to_be_hidden()
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("banner").get_by_role("button", name="Ana")).to_be_focused()

    await page.goto(f"{url}/account")
    await page.get_by_role("button", name="Delete account", exact=True).press("Enter")
    await confirmed(page, "Delete account for good")
    await expect(page.get_by_text("Your account is deleted.").last).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_the_buttons_of_a_message_are_reached_from_it_alone(
    server: Server, chromium: Browser
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    code = (await ana.call("POST", "/rooms", data={"name": "Film night"}))["code"]
    page = await opened(ana, f"/r/{code}")
    field = page.get_by_label("Message", exact=True)
    for text in ("One", "Two", "Three https://example.org/"):
        await field.fill(text)
        await field.press("Enter")
    log = page.get_by_role("log")
    deletes = log.get_by_role("button", name="Delete the message from Ana")
    await expect(deletes).to_have_count(3)
    await log.press("Tab")
    await expect(field).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(log).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await expect(log.get_by_role("link")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(log.locator(":focus")).to_have_text("Two")
    await page.keyboard.press("End")
    await expect(log.locator(":focus")).to_contain_text("Three")
    await log.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(log.locator(":focus")).to_have_text("Two")
    await page.keyboard.press("Tab")
    await expect(deletes.nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(deletes).to_have_count(2)
    await expect(log.locator(":focus")).to_contain_text("Three")


async def test_who_lets_in_by_keyboard_goes_to_the_same_answer_and_by_mouse_nowhere(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    url = server.url
    ana = await Person.arrive(chromium, url, "Ana")
    code = await ana.create_room(
        make_clip(tmp_path, Clip(duration_s=20, frame_rate=10)), entry="approval"
    )
    host = await ana.enter(code)
    await host.get_by_role("tab", name="People").press("Enter")

    def letting_in(name: str) -> Locator:
        return host.get_by_role("button", name=f"Let in {name}", exact=True)

    for name in ("Ben", "Cyd", "Dora", "Emil", "Fay"):
        guest = await Person.arrive(chromium, url, name)
        await guest.call("POST", f"/rooms/{code}/join")
        await expect(letting_in(name)).to_be_visible()
    await letting_in("Ben").press("Enter")
    await expect(letting_in("Cyd")).to_be_focused()
    await host.get_by_role("button", name="Refuse Cyd").press("Enter")
    await expect(host.get_by_role("button", name="Refuse Dora")).to_be_focused()

    await letting_in("Dora").click()
    await expect(letting_in("Dora")).to_have_count(0)
    await expect(host.locator(":focus")).to_have_count(0)
    await host.keyboard.press("Space")
    await until(host, "() => !document.querySelector('video').paused")
    await expect(letting_in("Emil")).to_be_visible()


async def test_the_keys_of_an_input_method_and_of_the_browser_are_left_to_them(
    server: Server, chromium: Browser
) -> None:
    url = server.url
    ana, ben = await arrive_together(chromium, url, "Ana", "Ben")
    code = (await ana.call("POST", "/rooms", data={"name": "Film night"}))["code"]
    page, _ = await opened(ana, f"/r/{code}"), await opened(ben, f"/r/{code}")
    field = page.get_by_label("Message", exact=True)
    await expect(page.get_by_role("tab", name="People")).to_contain_text("2")
    await field.press_sequentially("@B")
    await expect(page.get_by_role("option", name="Ben")).to_be_visible()
    # In Safari's order the key comes when the composing has ended.
    await field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    await expect(field).to_have_value("@B")
    await field.press("Enter")
    await expect(field).to_have_value("@Ben ")

    chat = page.get_by_role("tab", name="Chat")
    await chat.click()
    for keys in ("Alt+ArrowRight", "Control+ArrowRight", "Meta+ArrowRight"):
        await page.keyboard.press(keys)
        await expect(chat).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowRight")
    await expect(chat).to_have_attribute("aria-selected", "false")
