"""The pages in another language and colour, and names that are written the other way."""

from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.theatre import Person
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server
from tests.support.waiting import eventually

LAYLA = "ليلى"
FILM_NIGHT = "ليلة الأفلام"


async def reads_right_to_left(text: Locator) -> None:
    """Wait for a text, and see that it begins at its right end whatever stands around it."""
    await expect(text).to_be_visible()
    assert await text.evaluate("element => element.matches(':dir(rtl)')")


async def opened(person: Person, path: str) -> Page:
    page = await person.context.new_page()
    await page.goto(f"{person.url}{path}")
    return page


async def test_the_pages_speak_the_browsers_language_or_the_chosen_one(
    server: Server, chromium: Browser
) -> None:
    url = server.url
    anna = await Person.arrive(chromium, url, "Anna", locale="de-AT")
    page = await opened(anna, "/account")
    await expect(page.get_by_role("heading", name="Konto", exact=True)).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "de"
    await page.get_by_label("Sprache").select_option("en")
    await expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_label("Language").select_option("")
    await expect(page.get_by_role("heading", name="Konto", exact=True)).to_be_visible()
    await anna.context.close()


async def test_a_chosen_colour_comes_with_the_page(server: Server, chromium: Browser) -> None:
    url = server.url
    ana = await Person.arrive(chromium, url, "Ana", color_scheme="dark")
    page = await opened(ana, "/account")
    await page.get_by_label("Appearance").select_option("light")

    async def comes_with_the_page() -> bool:
        html = await (await ana.context.request.get(f"{url}/library")).text()
        return 'data-scheme="light"' in html

    # A browser keeps a cookie a moment after a script has set it.
    await eventually(comes_with_the_page)
    await page.goto(f"{url}/library")
    scheme = "() => getComputedStyle(document.documentElement).colorScheme"
    assert await page.evaluate(scheme) == "light"
    await page.goto(f"{url}/account")
    await page.get_by_label("Appearance").select_option("")
    assert await page.evaluate(scheme) == "light dark"
    await ana.context.close()


async def test_each_name_keeps_its_own_direction(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    url = server.url
    layla = await Person.arrive(chromium, url, LAYLA)
    # Who controls the room is said over a picture.
    film = make_clip(tmp_path, Clip(duration_s=20))
    code = await layla.create_room(film, name=FILM_NIGHT, entry="approval")
    host = await opened(layla, f"/r/{code}")
    await reads_right_to_left(host.get_by_role("heading", name=FILM_NIGHT))
    ben = await Person.arrive(chromium, url, "Ben")
    guest = await opened(ben, f"/r/{code}")
    waiting = guest.get_by_role("heading", name=f"Waiting for {LAYLA} to let you in")
    await reads_right_to_left(waiting.locator("bdi"))
    await reads_right_to_left(guest.locator("main p").get_by_text(FILM_NIGHT))
    assert await waiting.evaluate("element => element.matches(':dir(ltr)')")
    await host.get_by_role("tab", name="People").click()
    await host.get_by_role("button", name="Let in Ben").click()
    only = guest.locator("span", has_text="can pause or seek")
    await expect(only).to_be_visible()
    await reads_right_to_left(only.locator("bdi"))
    await guest.get_by_label("Message").fill("مرحبا بالعالم.")
    await guest.get_by_role("button", name="Send").click()
    await host.get_by_role("tab", name="Chat").click()
    await reads_right_to_left(host.get_by_text("مرحبا بالعالم."))
    for person in (layla, ben):
        await person.context.close()
