"""The queue in real browsers: filled by its page, and played by the server alone."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import Person, arrive_together, enter_together, until
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server
from tests.support.waiting import eventually

# Notes how far each film was played, by its address.
NOTE_FILMS = """() => {
  window.films = {};
  setInterval(() => {
    const video = document.querySelector("video");
    const id = video?.currentSrc.match(/videos\\/([^/]+)/)?.[1];
    if (id) films[id] = Math.max(films[id] ?? 0, video.currentTime);
  }, 30);
}"""


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clip = Clip(duration_s=2, width=320, height=180)
    return make_clip(tmp_path_factory.mktemp("queue"), clip)


async def titles(page: Page) -> list[str]:
    rows = page.get_by_role("list", name="Queue").locator("li p:first-child")
    return [str(text) for text in await rows.all_inner_texts()]


async def freeze(page: Page) -> None:
    """Stop every script of ``page``, as a browser does with a tab it has put to sleep."""
    session = await page.context.new_cdp_session(page)
    await session.send("Page.setWebLifecycleState", {"state": "frozen"})


async def test_a_guest_sees_pictures_of_the_hosts_films_and_none_is_loaded_from_other_sites(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    code = await ana.create_room(film)
    await ana.enter(code)
    for url in (f"{server.url}/videos/{await ana.upload(film)}", "https://youtu.be/dQw4w9WgXcQ"):
        await ana.call("POST", f"/rooms/{code}/queue", data={"url": url})
    page = await ben.enter(code)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.get_by_role("tab", name="Queue").click()
    rows = page.get_by_role("list", name="Queue").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await until(page, "() => document.querySelector('li img')?.naturalWidth > 0")
    boxes = [await row.locator("[class*=picture]").bounding_box() for row in await rows.all()]
    assert [(box["width"], box["height"]) for box in boxes if box] == [(64, 36), (64, 36)]
    assert [url for url in asked if not url.startswith(server.url)] == []


@pytest.mark.long
async def test_the_queue_plays_to_its_end_in_two_browsers_while_the_hosts_page_is_frozen(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, *viewers = await arrive_together(chromium, server.url, "Ana", "Ben", "Cem")
    code = await ana.create_room(film)
    later = [await ana.upload(film, f"Part {number}") for number in (2, 3)]
    host, *pages = await enter_together(code, ana, *viewers)
    for page in pages:
        await page.evaluate(NOTE_FILMS)
        await page.get_by_role("tab", name="Queue").click()
    await host.get_by_role("tab", name="Queue").click()
    # Several at once, as they are copied from a chat.
    links = "\n".join(f"{number}. {server.url}/videos/{id_}" for number, id_ in enumerate(later))
    await host.evaluate("text => window.copied = text", links)
    field = host.get_by_label("Links to add")
    await field.evaluate(
        """field => {
          const data = new DataTransfer();
          data.setData("text", window.copied);
          const paste = { clipboardData: data, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", paste));
        }"""
    )
    await host.get_by_role("button", name="Add", exact=True).click()
    for page in (host, *pages):
        await expect(page.get_by_role("list", name="Queue").locator("li")).to_have_count(2)
    await host.keyboard.press("Escape")
    await host.get_by_role("button", name="Play", exact=True).click()
    await until(pages[0], "() => !document.querySelector('video').paused")
    await freeze(host)
    for page in pages:
        await until(page, "last => window.films[last] > 1.8", arg=later[1])
        films = await page.evaluate("window.films")
        assert [films[id_] > 1.7 for id_ in later] == [True, True]
        assert len(films) == 3
        await expect(page.get_by_text("Nothing is queued.")).to_be_visible()


async def test_items_are_moved_by_keyboard_and_by_dragging_and_removed(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    code = await ana.create_room(film)
    for name in ("One", "Two", "Three"):
        link = f"{server.url}/videos/{await ana.upload(film, name)}"
        await ana.call("POST", f"/rooms/{code}/queue", data={"url": link})
    page = await ana.enter(code)
    await page.get_by_role("tab", name="Queue").click()
    rows = page.get_by_role("list", name="Queue").locator("li")
    await expect(rows).to_have_count(3)
    first = page.get_by_role("button", name="Move One")
    await first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("button", name="Move One, place 2 of 3")).to_be_focused()
    assert await titles(page) == ["Two", "One", "Three"]
    grip = await page.get_by_role("button", name="Move Three").bounding_box()
    top = await rows.first.bounding_box()
    assert grip
    assert top
    await page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(grip["x"] + 10, top["y"] + 4, steps=4)
    await page.mouse.up()
    await expect(rows.first).to_contain_text("Three")

    async def has_a_line() -> bool:
        line = "li => getComputedStyle(li, '::before').content !== 'none'"
        return bool(await rows.first.evaluate(line))

    async def has_no_line() -> bool:
        return not await has_a_line()

    # One that is removed while it is dragged leaves no line behind.
    await ana.call("POST", f"/rooms/{code}/queue", data={"url": link})
    await expect(rows).to_have_count(4)
    last = await ana.call("GET", f"/rooms/{code}/queue")
    await page.get_by_role("button", name="place 4 of 4").hover()
    await page.mouse.down()
    await page.mouse.move(grip["x"] + 10, top["y"] + 4, steps=4)
    await eventually(has_a_line)
    await ana.call("DELETE", f"/rooms/{code}/queue/{last['items'][3]['id']}")
    await expect(rows).to_have_count(3)
    await eventually(has_no_line)
    await page.mouse.up()
    # The server says the same to whoever comes later.
    await page.reload()
    await page.get_by_role("tab", name="Queue").click()
    await expect(rows).to_have_count(3)
    assert await titles(page) == ["Three", "Two", "One"]
    await page.get_by_role("button", name="Actions for Two").click()
    await page.get_by_role("menuitem", name="Remove").click()
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="Actions for One").click()
    await page.get_by_role("menuitem", name="Play now").click()
    await expect(rows).to_have_count(1)
    await until(page, "() => document.querySelector('video')?.currentTime > 0.5")


async def test_a_viewer_adds_from_their_library_in_the_rooms_tab_and_the_header_names_them(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    code = await ana.create_room(film)
    await ana.call("PATCH", f"/rooms/{code}/queue", data={"adding": "everyone"})
    host, viewer = await enter_together(code, ana, ben)
    await expect(viewer.get_by_role("banner")).to_contain_text("A filmchosen by Ana")
    await expect(host.get_by_role("banner")).not_to_contain_text("chosen")
    await ben.upload(film, "Another")
    await viewer.goto(f"{server.url}/library")
    # The room has noticed that they are gone.
    await host.get_by_role("tab", name="People").click()
    await expect(host.get_by_role("button", name="Actions for Ben")).to_have_count(0)
    await viewer.get_by_role("button", name="Add “Another” to “Film night”").click()
    await expect(viewer.get_by_text("added to the queue").first).to_be_visible()
    await viewer.goto(f"{server.url}/r/{code}")
    await ana.call("POST", f"/rooms/{code}/next")
    await expect(host.get_by_role("banner")).to_contain_text("Anotherchosen by Ben")
    await expect(viewer.get_by_role("banner")).not_to_contain_text("chosen")
    await viewer.close()
    await expect(host.get_by_role("banner")).to_contain_text("chosen by Ben")


async def test_who_looks_into_a_room_without_its_host_is_told_what_the_queue_waits_for(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    code = await ana.create_room(film)
    link = f"{server.url}/videos/{await ana.upload(film, 'Another')}"
    await ana.call("POST", f"/rooms/{code}/queue", data={"url": link})
    host = await ana.enter(code)
    await host.keyboard.press("Escape")
    await host.get_by_role("button", name="Play", exact=True).click()
    await until(host, "() => !document.querySelector('video').paused")
    await host.close()

    async def is_empty() -> bool:
        return bool((await ana.call("GET", f"/rooms/{code}"))["viewer_count"] == 0)

    await eventually(is_empty)
    viewer = await ben.enter(code)
    end = viewer.get_by_label("The end")
    await expect(end).to_contain_text("It goes on when the host or a co-host is here.")
    await expect(viewer.get_by_text("Up next in")).to_have_count(0)
    # And so it does.
    await ana.enter(code)
    await expect(end).to_have_count(0)
    await expect(viewer.get_by_role("banner")).to_contain_text("Another")
