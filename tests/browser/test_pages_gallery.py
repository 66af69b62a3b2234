"""Every designed state of the pages, as web/gallery draws it with made-up data."""

import contextlib
import mimetypes
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, expect

from tests.browser.screen_reader import AXE, SERIOUS_FINDINGS
from tests.browser.theatre import is_drawn
from tests.support.raw_server import Asked, raw_server
from tests.support.shared_files import shared

WEB = Path(__file__).resolve().parents[2] / "web"

WIDER_THAN_ITS_WINDOW = """() => [document.documentElement, ...document.querySelectorAll(
    "dialog[open], [popover]:popover-open")].flatMap(part => {
  const { left, right } = part.getBoundingClientRect();
  const wide = part.scrollWidth - part.clientWidth;
  const out = Math.max(-left, right - document.documentElement.clientWidth);
  return [
    ...(wide > 1 ? [`${part.tagName} is ${wide} px too wide`] : []),
    ...(out > 1 ? [`${part.tagName} is ${out} px out of the window`] : []),
  ];
})"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gallery() -> AsyncIterator[str]:
    """The address of the gallery, bundled as the real pages are."""
    folder = shared("gallery", _bundle)

    def answer(asked: Asked) -> bytes:
        name = asked.target.partition("?")[0]
        file = folder / ("index.html" if name == "/" else name[1:])
        if not file.is_file():
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        content, (kind, _) = file.read_bytes(), mimetypes.guess_type(file.name)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        return head.encode() + content

    async with raw_server(answer) as server:
        yield server.url


def _bundle(folder: Path) -> None:
    subprocess.run(
        [
            *("node_modules/.bin/vite", "build", "gallery", "--config", "vite.config.ts"),
            *("--outDir", folder, "--logLevel", "warn"),
        ],
        cwd=WEB,
        check=True,
    )


# What a finger may miss: fewer than 44 pixels high or wide, with its label and with what enlarges
# it. Links within a sentence may be as high as its lines.
HARD_TO_HIT = """() => {
  const parts = control => [control, control.closest("label")].filter(Boolean).flatMap(part => {
    const box = part.getBoundingClientRect();
    const { content, position, width, height } = getComputedStyle(part, "::after");
    const enlarged = content !== "none" && position === "absolute";
    return [box, ...(enlarged ? [{ width: parseFloat(width), height: parseFloat(height) }] : [])];
  });
  const isInText = link =>
    link.localName === "a" && getComputedStyle(link).display === "inline" &&
    [...link.parentNode.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim());
  const pressed = "a[href], button, input, select, textarea, summary, [role=slider]";
  return [...document.querySelectorAll(pressed)]
    .filter(control => control.checkVisibility({ visibilityProperty: true }) && !isInText(control))
    .flatMap(control => {
      const boxes = parts(control);
      const size = ["width", "height"].map(side => Math.max(...boxes.map(box => box[side])));
      // One pixel in size: for screen readers only.
      if (Math.max(...size) < 2 || Math.min(...size) > 43.5) return [];
      const name = control.ariaLabel ?? (control.textContent.trim() || control.type);
      return [`${control.localName} "${name}" is ${size.map(Math.round).join(" x ")} px`];
    });
}"""


# Where a phone on its side has its camera, corners and line at the bottom.
INSETS = {"left": 44, "right": 44, "bottom": 21}

UNDER_THE_CORNERS = """({ left, right, bottom }) =>
  [...document.querySelectorAll(":is(header, section, aside) :is(button, textarea, [role=slider])")]
    .filter(control => control.checkVisibility({ opacityProperty: true }))
    .filter(control => {
      const box = control.getBoundingClientRect();
      const isLow = box.bottom > innerHeight - bottom && control.closest("section, form");
      return box.left < left || box.right > innerWidth - right || isLow;
    })
    .map(control => control.ariaLabel ?? control.textContent)"""


# A button with a text that it does not hold, or partly out of the window.
TEXT_OUT_OF_ITS_BUTTON = """() =>
  [...document.querySelectorAll("button")].filter(button => {
    if (!button.checkVisibility()) return false;
    const { right } = button.getBoundingClientRect();
    return right > innerWidth + 1 || button.scrollHeight > button.clientHeight + 1;
  }).map(button => button.textContent)"""


OPEN_AND_INSIDE = """() => {
  const [menu] = document.querySelectorAll("[popover]:popover-open");
  const box = menu?.getBoundingClientRect();
  return box && box.height > 40 && box.top >= 0 && box.bottom <= innerHeight;
}"""


# Between the open menu and its button are eight pixels.
BESIDE_ITS_BUTTON = """() => {
  const [menu, button] = ["[popover]:popover-open", "[popovertarget][aria-expanded=true]"].map(
    (selector) => document.querySelector(selector).getBoundingClientRect(),
  );
  return [button.top - menu.bottom, menu.top - button.bottom].some((gap) => Math.abs(gap - 8) < 1);
}"""

AT_ITS_END = """() => {
  const log = document.querySelector("[role=log]");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
}"""

# Nineteen pixels beside the middle of a button it is still the one that is pressed.
IS_PRESSED_BESIDE = """button => {
  const { left, top, width, height } = button.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  return [[x - 19, y], [x, y - 19], [x, y + 19]].every(
    (point) => button.contains(document.elementFromPoint(...point)));
}"""


# Wide in English, or on a phone in German.
PLAYERS_MENU = re.compile("^(Settings|Weitere Bedienelemente)$")
RELOAD = re.compile("^(Reload|Neu laden)$")


# A phone, dark and German, or wide and light with a mouse.
VISITORS: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 375, "height": 667},
        "color_scheme": "dark",
        "locale": "de",
        "reduced_motion": "reduce",
        "has_touch": True,
    },
    "wide": {
        "viewport": {"width": 1280, "height": 800},
        "color_scheme": "light",
        "locale": "en",
        "reduced_motion": "reduce",
    },
}


# States that nobody without a keyboard comes to.
FOR_KEYBOARDS = {"room-keys"}

# Gives the page, in a window of this width and height.
Resize = Callable[[int, int], Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=VISITORS)
async def shared_page(
    shared_chromium: Browser, gallery: str, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """The page that tests use one after the other: to open one takes longer than most of them."""
    async with visiting(shared_chromium, gallery, **VISITORS[request.param]) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(shared_page: Page) -> AsyncIterator[Page]:
    """The gallery as each of VISITORS sees it; a state is shown as if the page was just loaded."""
    with without_errors(shared_page):
        await shared_page.mouse.move(0, 0)
        yield shared_page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_window(shared_chromium: Browser, gallery: str) -> AsyncIterator[Page]:
    """The page of which tests choose the size, one after the other."""
    async with visiting(shared_chromium, gallery) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def window(shared_window: Page) -> AsyncIterator[Resize]:
    """The gallery in English, in a window of the size that the test chooses.

    The page takes a window that is a quarter lower than one as wide before for one with a keyboard
    in it. Whoever begins with a low window needs a page of their own.
    """

    async def resize(width: int, height: int) -> Page:
        await shared_window.set_viewport_size({"width": width, "height": height})
        return shared_window

    with without_errors(shared_window):
        await shared_window.mouse.move(0, 0)
        yield resize


@contextlib.contextmanager
def without_errors(page: Page) -> Iterator[None]:
    """Fail if a script of the page throws and nobody catches it."""
    uncaught: list[str] = []

    def note(error: Error) -> None:
        uncaught.append(str(error))

    page.on("pageerror", note)
    yield
    page.remove_listener("pageerror", note)
    assert uncaught == []


@contextlib.asynccontextmanager
async def visiting(chromium: Browser, gallery: str, **options: Any) -> AsyncIterator[Page]:
    """Open the gallery in a browser context with these options; no script of it may fail."""
    context = await chromium.new_context(**options)
    page = await context.new_page()
    with without_errors(page):
        await page.goto(gallery)
        await page.wait_for_selector("html[data-ready]")
        yield page
        await context.close()


async def show(page: Page, state: str) -> None:
    """Wait until all of a state is drawn."""
    await page.evaluate("name => showState(name)", state)


@pytest.mark.long
@pytest.mark.timeout(300)  # some 170 states; a busy machine takes its time
@pytest.mark.parametrize("visitor_is", VISITORS)
async def test_no_state_is_too_wide_or_hard_to_hit_or_to_use_with_a_screen_reader(
    chromium: Browser, gallery: str, visitor_is: str
) -> None:
    options = VISITORS[visitor_is]
    touches = "has_touch" in options
    checks = [WIDER_THAN_ITS_WINDOW, SERIOUS_FINDINGS, *([HARD_TO_HIT] if touches else [])]
    problems: list[str] = []
    current = ""
    async with visiting(chromium, gallery, **options) as page:
        page.on("pageerror", lambda error: problems.append(f"{current}: {error}"))
        await page.add_script_tag(path=AXE)
        for current in await page.evaluate("galleryStates"):
            if touches and current in FOR_KEYBOARDS:
                continue
            await show(page, current)
            for check in checks:
                problems.extend(f"{current}: {found}" for found in await page.evaluate(check))
    assert problems == []


async def test_the_full_screen_is_at_the_right_end_of_the_players_bar(visitor: Page) -> None:
    for state in ("room-host", "room-viewer"):
        await show(visitor, state)
        video = await visitor.get_by_role("region", name="Video").bounding_box()
        button = visitor.get_by_role("button", name=re.compile("^(Fullscreen|Vollbild)$"))
        box = await button.bounding_box()
        assert video
        assert box
        assert video["x"] + video["width"] - (box["x"] + box["width"]) < 20, state


async def test_the_settings_of_the_player_are_never_empty(visitor: Page) -> None:
    button = visitor.get_by_role("button", name=PLAYERS_MENU)
    is_wide = await visitor.evaluate("innerWidth >= 600")
    for state in ("room-own-controls", "room-nothing-host"):
        await show(visitor, state)
        # On a phone the menu has the buttons that are not on the bar.
        await expect(button).to_have_count(1)
    if is_wide:
        await button.click()
        panel = visitor.get_by_role("dialog", name="Settings")
        await expect(panel.get_by_role("button", name="Theatre mode")).to_be_visible()
        await expect(panel.get_by_role("button", name="Speed")).to_have_count(0)


async def test_a_viewer_who_presses_the_speed_is_told_whose_it_is(visitor: Page) -> None:
    await visitor.evaluate("localStorage.setItem('streamit-told-who-controls', 'yes')")
    await show(visitor, "room-viewer")
    told = visitor.locator("[aria-live=polite]").get_by_text(re.compile("^(Only the host|Host)"))
    await visitor.get_by_role("button", name=PLAYERS_MENU).click()
    speed = visitor.get_by_role("button", name=re.compile("^(Speed|Tempo)"))
    await expect(speed).to_be_disabled()
    await speed.press("Enter")
    await expect(told).to_be_visible()
    await expect(speed).to_be_visible()


async def test_a_phone_says_who_chose_the_film(chromium: Browser, gallery: str) -> None:
    async with visiting(
        chromium, gallery, viewport={"width": 360, "height": 640}, locale="de"
    ) as page:
        await show(page, "room-host")
        chooser = page.get_by_role("banner").locator("p > span").last
        await expect(chooser.get_by_text("Ben Okafor", exact=True).last).to_be_visible()
        assert await chooser.evaluate("part => part.scrollWidth <= part.clientWidth")


async def test_nobody_is_said_to_have_chosen_where_nothing_is_chosen(visitor: Page) -> None:
    for state, chosen in (("room-host", True), ("room-nothing-host", False)):
        await show(visitor, state)
        chooser = visitor.get_by_role("banner").locator("p").get_by_text("Ben Okafor")
        assert (await chooser.count() > 0) == chosen, state


async def test_what_is_chosen_in_the_players_menu_is_in_sight(window: Resize) -> None:
    for width, height in ((375, 667), (667, 375)):
        page = await window(width, height)
        await show(page, "room-speed")
        await expect(page.get_by_role("radio", name="2×")).to_be_checked()
        await expect(page.get_by_text("2×", exact=True).last).to_be_in_viewport(ratio=1)
        await expect(page.get_by_role("button", name="Speed: back")).to_be_focused()


async def test_who_comes_by_a_link_reads_who_watches_what_and_who_is_out_why(
    visitor: Page,
) -> None:
    for state, text in (
        ("lobby-name-film", "Ana (is watching “|schaut gerade „)Sunday at the lake[”“]"),
        ("over-deleted", "It was ended for everyone|Er wurde für alle beendet"),
        ("over-kicked", "Join again|Wieder beitreten"),
    ):
        await show(visitor, state)
        await expect(visitor.get_by_text(re.compile(text))).to_be_visible()


async def test_who_comes_by_a_link_reads_when_the_room_starts(visitor: Page) -> None:
    for state in ("lobby-name-later", "lobby-password-later", "lobby-waiting-later"):
        await show(visitor, state)
        await expect(visitor.get_by_text(re.compile("^(Starts|Beginnt am) ."))).to_be_visible()
    # Nobody watches yet.
    await show(visitor, "lobby-name-later")
    text = re.compile("(Watch “|Schau „)Sunday at the lake[”“] (with|mit) Ana")
    await expect(visitor.get_by_text(text)).to_be_visible()


async def test_a_guest_is_led_to_what_they_lack(visitor: Page) -> None:
    await show(visitor, "webhooks-guest")
    account = visitor.get_by_role("link", name=re.compile("^(Create an account|Konto anlegen)$"))
    await expect(account).to_have_attribute("href", re.compile("[?&]new"))
    await show(visitor, "library-uploads")
    await expect(visitor.get_by_text("A part of this file is missing.")).to_be_visible()


async def test_the_speed_is_seen_and_read_on_the_bar(visitor: Page) -> None:
    await show(visitor, "room-speed")
    name = re.compile("^(Settings, speed|Weitere Bedienelemente, Tempo) 2×$")
    await expect(visitor.get_by_role("button", name=name)).to_contain_text("2×")
    await show(visitor, "room-host")
    button = visitor.get_by_role("button", name=PLAYERS_MENU)
    await expect(button).to_have_text("")


async def test_the_tab_key_leaves_the_settings_and_closes_them(visitor: Page) -> None:
    await show(visitor, "room-player-menu")
    settings = visitor.get_by_role("dialog")
    for _ in await settings.get_by_role("button").all():
        await visitor.keyboard.press("Tab")
        await expect(settings).to_be_visible()
    await visitor.keyboard.press("Tab")
    await expect(settings).to_be_hidden()
    button = visitor.get_by_role("button", name=re.compile("^(Fullscreen|Vollbild)$"))
    await expect(button).to_be_focused()


async def test_what_is_done_with_selected_videos_is_not_under_the_uploads(visitor: Page) -> None:
    await show(visitor, "library-selecting-uploads")
    bar = visitor.get_by_role("region", name=re.compile("^(Selected videos|Ausgewählte Videos)$"))
    for button in await bar.get_by_role("button").all():
        await button.click(trial=True)
    # Nor over the middle of the videos, where there is place beside the uploads.
    box, window = await bar.bounding_box(), visitor.viewport_size
    assert box
    assert window
    assert window["width"] < 900 or box["y"] + box["height"] > window["height"] - 40


async def test_the_place_in_the_chat_outlives_another_tab(visitor: Page) -> None:
    await show(visitor, "room-host")
    log = visitor.get_by_role("log")
    newest = visitor.get_by_role(
        "button", name=re.compile("^(Jump to newest|Zum Neuesten springen)$")
    )
    # As often as what is loaded later lays the page out anew.
    while await newest.is_hidden():
        await log.evaluate("log => { log.scrollTop = 40 }")
    chat, people = visitor.get_by_role("tab").first, visitor.get_by_role("tab").nth(1)
    await people.click()
    await chat.click()
    await expect(newest).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == 40
    await newest.click()
    await people.click()
    await chat.click()
    await expect(newest).to_be_hidden()
    # The list is as high as it is, and at its end, with the next frame.
    await visitor.wait_for_function(AT_ITS_END)


async def test_the_button_that_deletes_a_message_is_easy_to_press(visitor: Page) -> None:
    await show(visitor, "room-host")
    name = re.compile("^(Delete for everyone|Für alle löschen)$")
    # One that is scrolled to, away from the edges.
    button = visitor.get_by_role("log").get_by_title(name).nth(1)
    await button.locator("..").hover()
    assert await button.evaluate(IS_PRESSED_BESIDE)


async def test_nothing_to_press_is_under_the_corners_of_a_phone(
    chromium: Browser, gallery: str
) -> None:
    async with visiting(chromium, gallery, viewport={"width": 667, "height": 375}) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Emulation.setSafeAreaInsetsOverride", {"insets": INSETS})
        for state in ("room-host", "room-theatre", "room-queue", "library"):
            await show(page, state)
            assert await page.evaluate(UNDER_THE_CORNERS, INSETS) == [], state


async def test_the_bar_takes_one_row_of_buttons_and_covers_nothing_to_press(window: Resize) -> None:
    """In the column beside the chat at 200 % zoom."""
    page = await window(640, 400)
    for state, button in (
        ("room-site-silent", "Choose another video"),
        ("room-next-soon", "Play now"),
    ):
        await show(page, state)
        bar = await page.get_by_label("Video", exact=True).locator("> div").last.bounding_box()
        assert bar
        assert bar["height"] < 90
        await page.get_by_role("button", name=button).click(trial=True)


@pytest.mark.parametrize("width", [320, 375])
async def test_a_phones_bar_has_large_buttons_and_a_menu_for_the_others(
    window: Resize, width: int
) -> None:
    page = await window(width, 667)
    for state in ("room-host", "room-viewer", "room-own-controls", "room-theatre"):
        await show(page, state)
        video = page.get_by_role("region", name="Video")
        boxes = [await button.bounding_box() for button in await video.get_by_role("button").all()]
        seen = sorted((box["x"], box["width"], box["height"]) for box in boxes if box)
        assert all(min(wide, high) >= 44 for _, wide, high in seen), state
        # None lies over the next, or out of the window.
        ends = [x + wide for x, wide, _ in seen]
        assert all(x >= end for end, (x, *_) in zip(ends, seen[1:], strict=False)), state
        assert ends[-1] <= width, state
    await show(page, "room-player-menu")
    menu = page.get_by_role("dialog", name="More controls")
    for name in ("Next in the queue", "Mute", "Speed"):
        await menu.get_by_role("button", name=name).click(trial=True)


async def test_what_a_phone_says_for_long_covers_neither_picture_nor_bar(
    chromium: Browser, gallery: str
) -> None:
    async with visiting(
        chromium, gallery, viewport={"width": 375, "height": 667}, locale="de"
    ) as page:
        await show(page, "room-host")
        bar = page.get_by_role("region", name="Video").get_by_role("slider").first
        usual = await bar.bounding_box()
        for state, text in (
            ("room-waiting-list", "möchten herein"),
            ("room-host-away", "ist nicht da"),
            ("room-being-made", "wird noch"),
            ("room-held-host", "^Warten auf"),
        ):
            await show(page, state)
            said = await page.get_by_text(re.compile(text)).first.bounding_box()
            assert await bar.bounding_box() == usual, state
            assert said, state
            assert usual, state
            assert said["y"] > usual["y"] + usual["height"], state


async def test_a_vote_to_skip_is_seen_on_its_button(visitor: Page) -> None:
    colours = []
    for state in ("room-queue-votes", "room-queue-voted"):
        await show(visitor, state)
        name = re.compile("^(Vote to skip|Für Überspringen stimmen)")
        button = visitor.get_by_role("button", name=name)
        colours.append(await button.evaluate("it => getComputedStyle(it).color"))
    assert colours[0] != colours[1]


async def test_the_settings_of_the_queue_are_in_sight_when_they_open(window: Resize) -> None:
    page = await window(375, 667)
    await show(page, "room-queue")
    await page.get_by_text("Queue settings", exact=True).click()
    await expect(page.get_by_text("Everyone can add")).to_be_in_viewport(ratio=1)


async def test_who_waits_is_answered_beside_their_name(window: Resize) -> None:
    page = await window(1280, 800)
    await show(page, "room-waiting-people")
    waiting = page.get_by_role("region", name="Waiting to join")
    name = await waiting.get_by_text("Eli", exact=True).first.bounding_box()
    button = await waiting.get_by_role("button", name="Let in Eli").bounding_box()
    assert name
    assert button
    assert button["y"] < name["y"] + name["height"]


LEAST_CHAT_PX = 160
WAITING_FOR = re.compile("^(Waiting for|Warten auf) ")


@pytest.mark.parametrize(
    ("locale", "starts", "let_in", "calendar_name"),
    [
        ("en", "Starts in", "Let both in", "Add to calendar"),
        ("de", "Beginnt in", "Beide hereinlassen", "Zum Kalender hinzufügen"),
    ],
)
async def test_a_phone_shows_one_lasting_message_and_the_others_when_asked(
    chromium: Browser, gallery: str, locale: str, starts: str, let_in: str, calendar_name: str
) -> None:
    async with visiting(
        chromium, gallery, viewport={"width": 375, "height": 667}, locale=locale, has_touch=True
    ) as page:
        await show(page, "room-waiting-later")
        log = await page.get_by_role("log").bounding_box()
        assert log
        assert log["height"] >= LEAST_CHAT_PX
        await page.get_by_role("button", name=let_in).click(trial=True)
        start = page.get_by_text(re.compile(f"^{starts}"))
        await expect(start).to_be_hidden()
        more = page.get_by_role("button", name=re.compile("(More messages|Weitere Hinweise)$"))
        await expect(more).to_contain_text("+1")
        await more.click()
        await expect(start).to_be_in_viewport(ratio=1)
        calendar = await page.get_by_role("link", name=calendar_name).bounding_box()
        assert calendar
        assert min(calendar["width"], calendar["height"]) >= 44
        await page.get_by_role("button", name=let_in).click(trial=True)
        await more.click()
        await expect(start).to_be_hidden()
        # Beside a long button is no column of single words.
        await page.set_viewport_size({"width": 320, "height": 667})
        await show(page, "room-held")
        text = await page.get_by_text(WAITING_FOR).filter(visible=True).last.bounding_box()
        assert text
        assert text["width"] >= 130
        # One alone needs no button.
        for state in ("room-waiting-list", "room-host-away", "room-held-host"):
            await show(page, state)
            await expect(more).to_have_count(0)


async def test_a_phone_has_room_for_the_chat_whoever_is_waited_for(
    chromium: Browser, gallery: str
) -> None:
    for locale, widths in (("en", [375]), ("de", [375, 320])):
        async with visiting(chromium, gallery, locale=locale) as page:
            for width in widths:
                await page.set_viewport_size({"width": width, "height": 667})
                for state in ("room-held", "room-held-crowd", "room-held-host"):
                    await show(page, state)
                    log = await page.get_by_role("log").bounding_box()
                    assert log
                    assert log["height"] >= LEAST_CHAT_PX, (width, locale, state)


async def test_a_message_can_be_written_in_a_part_of_the_screen_and_on_an_enlarged_page(
    chromium: Browser, gallery: str
) -> None:
    # The half of a phone, and a window of 1280 x 1024 at 400 %.
    for width, height in ((375, 400), (320, 256)):
        viewport = {"width": width, "height": height}
        async with visiting(chromium, gallery, viewport=viewport) as page:
            await show(page, "room-host")
            field = page.get_by_role("textbox", name="Message")
            await field.click()
            box = await field.bounding_box()
            assert box
            assert 0 <= box["y"] <= height - box["height"]


async def test_all_who_are_waited_for_are_named_where_there_is_space(window: Resize) -> None:
    page = await window(1280, 800)
    await show(page, "room-held-crowd")
    text = page.get_by_text(WAITING_FOR).filter(visible=True).first
    await expect(text).to_contain_text("Cem")
    await expect(text).to_contain_text("and 3 more")


async def test_a_message_that_is_too_long_says_so_in_words(visitor: Page) -> None:
    await show(visitor, "room-host")
    field = visitor.get_by_role("textbox", name=re.compile("^(Message|Nachricht)$"))
    text = re.compile("(characters too long. The limit is|Zeichen zu lang. Höchstens) 500")
    await field.fill("x" * 500)
    await expect(visitor.get_by_text(text)).to_have_count(0)
    await field.fill("x" * 900)
    await expect(visitor.get_by_text(text)).to_contain_text("400")
    await expect(visitor.get_by_text(text)).to_be_in_viewport(ratio=1)
    await expect(field).to_have_accessible_description(text)


async def test_the_hint_of_who_controls_waits_until_the_picture_is_there(visitor: Page) -> None:
    hint = visitor.locator("[aria-live=polite]").get_by_text(re.compile("^(Only the host|Host)"))
    await show(visitor, "room-viewer")
    await expect(hint).to_be_visible()
    await show(visitor, "room-autoplay-blocked")
    await expect(hint).to_have_count(0)
    join = visitor.get_by_role("button", name=re.compile("^(Join the others|Zu den anderen)$"))
    await join.click(position={"x": 20, "y": 4}, trial=True)


async def test_only_a_film_that_plays_is_said_to_keep_playing(visitor: Page) -> None:
    lost = visitor.get_by_text(re.compile("Connection lost|Verbindung verloren"))
    playing = visitor.get_by_text(re.compile("keeps playing|läuft weiter"))
    for state, count in (("room-reconnecting", 2), ("room-reconnecting-paused", 0)):
        await show(visitor, state)
        await expect(lost).to_have_count(1)
        await expect(playing).to_have_count(count)


async def test_text_of_twice_the_size_stays_in_the_header(chromium: Browser, gallery: str) -> None:
    async with visiting(chromium, gallery, viewport={"width": 375, "height": 667}) as page:
        await page.add_style_tag(content=":root { font-size: 200% }")
        await show(page, "room-host")
        header = await page.get_by_role("banner").bounding_box()
        film = await page.get_by_role("banner").locator("p").bounding_box()
        name = await page.get_by_role("heading", level=1).bounding_box()
    assert header
    assert film
    assert name
    assert name["y"] >= header["y"]
    assert film["y"] + film["height"] <= header["y"] + header["height"]


async def test_what_is_wrong_with_a_field_is_in_sight(chromium: Browser, gallery: str) -> None:
    async with visiting(chromium, gallery, viewport={"width": 375, "height": 400}) as page:
        await show(page, "home")
        field = page.get_by_label("Code or invite link")
        # At the lower edge of the window.
        await field.evaluate("it => it.scrollIntoView({ block: 'end' })")
        await field.fill("not a code!")
        await page.get_by_role("button", name="Join", exact=True).click()
        await expect(page.get_by_text("That is not a room code")).to_be_in_viewport(ratio=1)


async def test_the_field_that_is_wrong_has_the_focus(window: Resize) -> None:
    page = await window(1280, 800)
    for state, button, label in (
        ("account-empty", "Create key", "Name of the new key"),
        ("home", "Join", "Code or invite link"),
        ("lobby-name", "Join the room", "Your name"),
    ):
        await show(page, state)
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(page.get_by_label(label)).to_be_focused()


async def test_the_label_of_a_field_that_is_wrong_is_in_sight(
    chromium: Browser, gallery: str
) -> None:
    async with visiting(chromium, gallery, viewport={"width": 1280, "height": 500}) as page:
        await show(page, "room-settings")
        await page.get_by_label("Room name").fill("")
        # Far below the field.
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_label("Room name")).to_be_focused()
        await expect(page.get_by_text("Room name", exact=True)).to_be_in_viewport(ratio=1)


async def test_banners_leave_room_on_a_phone_with_its_keyboard_up_or_on_its_side(
    window: Resize,
) -> None:
    page = await window(375, 667)
    await show(page, "room-waiting-later")
    await page.get_by_role("textbox", name="Message").focus()
    await page.set_viewport_size({"width": 375, "height": 400})
    await expect(page.locator("html")).to_have_attribute("data-keyboard", "")
    for button in await page.get_by_role("tab").all():
        await button.click(trial=True)
    await page.get_by_role("button", name="Let both in").click(trial=True)
    await page.get_by_role("button", name="More messages").click()
    await page.get_by_role("link", name="Add to calendar").click(trial=True)
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    page = await window(844, 390)
    await show(page, "room-waiting-later")
    link = await page.get_by_role("link", name="Add to calendar").bounding_box()
    video = await page.get_by_role("region", name="Video").bounding_box()
    assert link
    assert video
    assert link["y"] + link["height"] - video["y"] < video["height"] / 3


async def test_a_link_between_texts_is_easy_to_press(visitor: Page) -> None:
    for state, name in (
        ("lobby-name", "^(Sign in|Anmelden)$"),
        ("room-waiting-later", "^Add to calendar$"),
    ):
        # On a phone it is an icon as large as a button, and folded away.
        if state == "room-waiting-later" and visitor.viewport_size == VISITORS["phone"]["viewport"]:
            continue
        await show(visitor, state)
        link = visitor.get_by_role("main").get_by_role("link", name=re.compile(name))
        assert await link.evaluate(IS_PRESSED_BESIDE), state


async def test_it_is_a_sentence_that_says_who_becomes_the_host(visitor: Page) -> None:
    await show(visitor, "room-host-away-people")
    text = r"(here\. Whoever has been here longest becomes|da\. Wer am längsten hier ist, wird) "
    await expect(visitor.get_by_text(re.compile(text))).to_be_visible()


async def test_a_title_in_arabic_begins_where_the_others_do(visitor: Page) -> None:
    await show(visitor, "room-queue")
    rows = visitor.get_by_role("list", name=re.compile("^(Queue|Warteschlange)$"))
    titles = rows.locator("li p:first-child")
    await expect(titles.last).to_have_text("شريط تجريبي")
    begins = await titles.evaluate_all(
        """titles => titles.map(title => {
          const range = document.createRange();
          range.selectNodeContents(title);
          return range.getBoundingClientRect().left;
        })"""
    )
    assert max(begins) - min(begins) < 4


async def test_of_a_long_queue_only_the_pictures_in_sight_are_loaded(
    chromium: Browser, gallery: str
) -> None:
    async with visiting(chromium, gallery, viewport={"width": 375, "height": 667}) as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        async with page.expect_request("**/picture"):
            await show(page, "room-queue-many")
        # All that are to be loaded now are asked for with the first. Of the 200, 120 have one.
        await is_drawn(page)
        pictures = [each for each in asked if each.endswith("/picture")]
        assert 0 < len(pictures) < 40


async def test_what_is_chosen_in_a_list_is_read_whole(visitor: Page) -> None:
    await show(visitor, "library")
    cut = await visitor.evaluate(
        """() => [...document.querySelectorAll("select")].filter(select => {
          const style = getComputedStyle(select);
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = style.font;
          const arrow_px = 20;
          const [left, right] = [style.paddingLeft, style.paddingRight].map(Number.parseFloat);
          const text = select.selectedOptions[0].text;
          return pen.measureText(text).width > select.clientWidth - left - right - arrow_px;
        }).map(select => select.selectedOptions[0].text)"""
    )
    assert cut == []


async def test_german_fits_the_column_beside_the_film(chromium: Browser, gallery: str) -> None:
    """At 200 % zoom, where it is narrowest."""
    async with visiting(
        chromium, gallery, viewport={"width": 640, "height": 400}, locale="de"
    ) as page:
        for state in ("room-crowd", "room-queue-votes", "room-waiting-list", "room-waiting-people"):
            await show(page, state)
            assert await page.evaluate(TEXT_OUT_OF_ITS_BUTTON) == [], state
        await show(page, "room-queue")
        field = await page.get_by_label("Links zum Hinzufügen").bounding_box()
        assert field
        assert field["width"] > 120


async def test_a_menu_is_within_a_low_window_and_what_has_no_place_is_scrolled_to(
    chromium: Browser, gallery: str
) -> None:
    async with visiting(chromium, gallery, viewport={"width": 667, "height": 300}) as page:
        for state in ("room-person-menu", "room-queue-menu", "room-player-menu"):
            await show(page, state)
            for height in (300, 240):
                await page.set_viewport_size({"width": 667, "height": height})
                await page.wait_for_function(OPEN_AND_INSIDE)


@pytest.mark.parametrize("away", ["-2000px", "2000px"])
async def test_a_menu_stays_in_the_window_when_its_button_leaves_it(
    visitor: Page, away: str
) -> None:
    await show(visitor, "room-person-menu")
    await visitor.wait_for_function(OPEN_AND_INSIDE)
    button = visitor.locator("[popovertarget][aria-expanded=true]")
    await button.evaluate("(it, away) => { it.style.translate = `0 ${away}`; }", away)
    # Two frames: in the first the menu is still where it was.
    await visitor.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert await visitor.evaluate(OPEN_AND_INSIDE)


@pytest.mark.parametrize("options", VISITORS.values(), ids=VISITORS)
async def test_what_cannot_be_loaded_is_told_where_it_would_be(
    chromium: Browser, gallery: str, options: dict[str, Any]
) -> None:
    """As when the server was updated after the page was loaded."""
    async with visiting(chromium, gallery, **options) as page:
        for part in ("LastingBanners", "PlaybackProblems"):
            await page.route(f"**/{part}*.js", lambda route: route.fulfill(status=404))
        await show(page, "room-host-away")
        text = re.compile("^(A part of the page could not|Ein Teil der Seite konnte nicht)")
        await expect(page.get_by_text(text).last).to_be_in_viewport()
        await page.get_by_role("button", name=RELOAD).click(trial=True)
        await show(page, "room-missing")
        video = page.get_by_label("Video", exact=True)
        await expect(video.get_by_text(text)).to_be_in_viewport()
        await video.get_by_role("button", name=RELOAD).click(trial=True)


async def test_a_part_that_could_not_be_loaded_comes_with_its_styles_later(
    chromium: Browser, gallery: str
) -> None:
    async with visiting(chromium, gallery, viewport={"width": 1280, "height": 800}) as page:
        await page.route("**/KeysDialog*", lambda route: route.abort())
        for is_up in (False, True):
            await show(page, "room-host")
            await page.get_by_role("button", name="More", exact=True).click()
            await page.get_by_role("menuitem", name="Keyboard shortcuts").click()
            if not is_up:
                await expect(page.get_by_text("A part of the page could not").last).to_be_visible()
                await page.unroute("**/KeysDialog*")
        key = page.get_by_role("dialog").get_by_text("Space or K")
        await expect(key).to_have_css("border-top-style", "solid")


async def test_a_room_is_created_by_a_button_behind_the_last_field(visitor: Page) -> None:
    await show(visitor, "home-options")
    create = visitor.get_by_role("button", name=re.compile("^(Create a room|Raum anlegen)$"))
    most = visitor.get_by_label(re.compile("^(Maximum people|Höchstens so viele)"))
    boxes = [await part.bounding_box() for part in (most, create)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"]


async def test_a_phone_says_nothing_of_dropping_a_file(chromium: Browser, gallery: str) -> None:
    async with visiting(
        chromium, gallery, viewport={"width": 375, "height": 667}, is_mobile=True, has_touch=True
    ) as page:
        await show(page, "home")
        field = page.get_by_role("textbox", name="Paste a link", exact=True)
        await expect(field).to_have_attribute("placeholder", "Paste a link")


async def test_who_has_a_mouse_is_asked_for_a_click_and_others_for_a_tap(visitor: Page) -> None:
    await show(visitor, "room-autoplay-blocked")
    wanted = re.compile("wants a click|möchte, dass du tippst")
    await expect(visitor.get_by_text(wanted)).to_be_visible()


async def test_a_menu_follows_its_button(visitor: Page) -> None:
    await show(visitor, "room-person-menu")
    await visitor.wait_for_function(BESIDE_ITS_BUTTON)
    panel = visitor.get_by_role("tabpanel")
    await panel.evaluate("panel => { panel.style.paddingTop = '60px' }")
    await visitor.wait_for_function(BESIDE_ITS_BUTTON)


async def test_a_phones_keyboard_leaves_the_field_in_sight(window: Resize) -> None:
    page = await window(375, 667)
    for state, label in (("room-queue", "Links to add"), ("room-react", "Any other emoji")):
        await page.set_viewport_size({"width": 375, "height": 667})
        await show(page, state)
        field = page.get_by_label(label)
        await field.focus()
        await page.set_viewport_size({"width": 375, "height": 400})
        await expect(page.locator("html")).to_have_attribute("data-keyboard", "")
        box = await field.bounding_box()
        assert box, state
        assert 0 <= box["y"] <= 400 - 2 * box["height"], state
