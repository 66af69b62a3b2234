"""A room with a real film in it and people who watch in real browsers."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, JSHandle, Locator, Page, ViewportSize

from tests.browser.watching import WATCH, WRONG_CLOCK
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client

# Playwright's own five seconds are short for a busy machine.
PATIENCE_MS = PATIENCE_S * 1000
# What the room says once it has let somebody in.
JOINED = re.compile("Connected|In sync|Catching up")
# Where a film plays long: a large picture takes a processor twice as long.
SMALL_WINDOW: ViewportSize = {"width": 640, "height": 400}


# Where the bar is narrow, the menu also has the buttons for which there is no place on it.
PLAYERS_MENU = re.compile("^(Settings|More controls)$")


async def until(
    page: Page, condition: str, *, arg: object = None, timeout: float | None = None
) -> JSHandle:
    """Wait until a function of the page returns something true, and return that.

    It is asked 20 times a second. With every frame, as Playwright asks, it takes as much of the
    processor as a film that plays.
    """
    return await page.wait_for_function(condition, arg=arg, timeout=timeout, polling=50)


async def open_setting(page: Page, name: str) -> None:
    """Open one part of the player's menu: Subtitles, Speed, Language or Quality."""
    # By key: the bar that comes with the pointer goes again by itself while the film plays.
    await page.get_by_role("button", name=PLAYERS_MENU).press("Enter")
    await page.get_by_role("button", name=name).click()


async def note_words(place: Locator) -> None:
    """Keep the words that come to ``place`` from now on: some are gone again after a second."""
    await place.evaluate(
        """place => {
          const words = (window.words = []);
          new MutationObserver((changes) => {
            for (const { target, addedNodes } of changes)
              for (const node of addedNodes.length ? addedNodes : [target])
                words.push(node.textContent);
          }).observe(place, { subtree: true, childList: true, characterData: true });
        }"""
    )


async def have_come(page: Page, words: str) -> None:
    """Wait until ``words`` have come to where ``note_words`` keeps them."""
    await until(page, "words => window.words.some(each => each.includes(words))", arg=words)


async def is_drawn(page: Page) -> None:
    """Wait until what happened so far is on the page, to see what is not."""
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


@dataclass
class Person:
    """Someone signed in in a browser of their own."""

    context: BrowserContext
    url: str
    id: str
    token: str

    @classmethod
    async def arrive(
        cls, browser: Browser, url: str, name: str, *, hours_wrong: int = 0, **options: Any
    ) -> "Person":
        """Sign ``name`` in as a guest; the browser's Date may be hours wrong."""
        options = {"viewport": {"width": 1280, "height": 800}, **options}
        context = await browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(WATCH)
        if hours_wrong:
            await context.add_init_script(WRONG_CLOCK % hours_wrong)
        reply = await context.request.post(f"{url}/api/v1/auth/guest", data={"display_name": name})
        assert reply.status == 201, await reply.text()
        body = await reply.json()
        return cls(context, url, body["user"]["id"], body["access_token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """Call REST as a program of this person would; return the JSON."""
        reply = await self.context.request.fetch(
            f"{self.url}/api/v1{path}",
            method=method,
            headers=self.headers,
            # A server ends a connection that nobody uses, also just when somebody does again.
            max_retries=3 if method == "GET" else 0,
            **options,
        )
        assert reply.ok, f"{reply.status} {await reply.text()}"
        return await reply.json() if reply.status != 204 else None

    async def upload(self, film: Path, title: str = "A film") -> str:
        """Put a film into the library; return the link that a room can play."""
        # Not by the browser's driver, to which a file is spelled in letters.
        async with plain_client(headers=self.headers, timeout=PATIENCE_S) as client:
            reply = await client.post(
                f"{self.url}/api/v1/videos",
                data={"title": title},
                files={"file": (film.name, film.read_bytes(), "video/mp4")},
            )
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def create_room(self, film: Path, **facts: Any) -> str:
        """Upload ``film`` and make a room that plays it; return its code."""
        link = f"{self.url}/videos/{await self.upload(film)}"
        room = await self.call("POST", "/rooms", data={"name": "Film night", "url": link, **facts})
        return str(room["code"])

    async def enter(self, code: str) -> Page:
        """Open the room's page and wait until the film is ready to play, and the room too."""
        page = await self.context.new_page()
        await page.goto(f"{self.url}/r/{code}")
        # The film may be there before the room: it begins to load while the page does.
        await page.get_by_title("How well the video is in sync").get_by_text(JOINED).wait_for()
        await until(
            page,
            "() => { const v = document.querySelector('video'); return v && v.readyState >= 3 }",
        )
        return page


async def arrive_together(browser: Browser, url: str, *names: str, **options: Any) -> list[Person]:
    """Sign all of ``names`` in at the same time, in order."""
    return await asyncio.gather(*(Person.arrive(browser, url, name, **options) for name in names))


async def enter_together(code: str, *people: Person) -> list[Page]:
    """Let all of them enter the room at the same time; return their pages in order."""
    return await asyncio.gather(*(person.enter(code) for person in people))


class Two(NamedTuple):
    """Ana, who hosts a room, and Ben, who watches there, each with the room's page open."""

    ana: Person
    ben: Person
    code: str
    host: Page
    guest: Page


async def two_in_a_room(browser: Browser, url: str, film: Path, **options: Any) -> Two:
    """Let Ana make a room that plays ``film``, and both enter it."""
    ana, ben = await arrive_together(browser, url, "Ana", "Ben", **options)
    code = await ana.create_room(film)
    host, guest = await enter_together(code, ana, ben)
    return Two(ana, ben, code, host, guest)
