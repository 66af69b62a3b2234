"""The main job: two people in two Chromium processes see the same frame."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import (
    PATIENCE_MS,
    SMALL_WINDOW,
    Person,
    enter_together,
    two_in_a_room,
    until,
)
from tests.browser.watching import NOTE_BREAKS, WATCH, now_ms, shown, skew
from tests.support.clips import Clip, make_clip
from tests.support.proxies import Line, Proxy
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually

CLIP = Clip(duration_s=60)
FRAME_MS = 1000 / CLIP.frame_rate

# What a browser does that forbids autoplay. Its own flag cannot be used here: each script
# that Playwright runs, as it does while it waits, counts as a gesture and lifts the ban.
NO_AUTOPLAY = """
(() => {
  const play = HTMLMediaElement.prototype.play;
  let pressed = false;
  addEventListener("click", (event) => { pressed ||= event.isTrusted }, true);
  HTMLMediaElement.prototype.play = function () {
    if (pressed) return play.call(this);
    return Promise.reject(new DOMException("play() needs a gesture", "NotAllowedError"));
  };
})()
"""


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose frames are numbered."""
    return make_clip(tmp_path_factory.mktemp("film"), CLIP)


async def arrive(browser: Browser, url: str, name: str, *, hours_wrong: int = 0) -> Person:
    """Sign ``name`` in, who watches in a small window."""
    return await Person.arrive(browser, url, name, hours_wrong=hours_wrong, viewport=SMALL_WINDOW)


async def at_position(page: Page, passes: str) -> None:
    """Wait until the player's ``t`` (s) and ``video`` pass a JavaScript test."""
    await until(
        page,
        f"() => {{ const video = document.querySelector('video');"
        f" if (!video) return false; const t = video.currentTime; return {passes} }}",
    )


async def see_the_same_frame(one: Page, two: Page) -> None:
    """Wait until for half a second the two screens are at most a frame apart."""
    for _ in range(40):
        begin = await now_ms(one)
        await one.wait_for_timeout(700)
        a, b = await shown(one), await shown(two)
        found = skew(a, b, from_ms=begin, to_ms=begin + 500, frame_ms=FRAME_MS)
        if found.within_a_frame > 0.9:
            return
    raise AssertionError(f"the screens stayed apart: {found}")


@pytest.mark.long
async def test_host_uploads_a_film_and_watches_it_with_a_friend(
    server: Server, chromium: Browser, second_chromium: Browser, film: Path
) -> None:
    host_context = await chromium.new_context(permissions=["clipboard-read"], viewport=SMALL_WINDOW)
    friend_context = await second_chromium.new_context(viewport=SMALL_WINDOW)
    for context in (host_context, friend_context):
        await context.add_init_script(WATCH)
        context.set_default_timeout(PATIENCE_MS)

    host = await host_context.new_page()
    await host.goto(server.url)
    await host.locator("input[type=file]").set_input_files(film)
    await host.get_by_role("button", name="Create a room").click()
    await host.get_by_label("Your name").fill("Ana")
    await host.keyboard.press("Enter")
    await host.wait_for_url("**/r/*")
    await at_position(host, "video.readyState >= 3")

    friend = await friend_context.new_page()
    await friend.goto(host.url)
    await friend.get_by_label("Your name").fill("Ben")
    await friend.get_by_role("button", name="Join the room").click()
    await at_position(friend, "video.readyState >= 3 && video.paused")

    await host.get_by_role("button", name="Play", exact=True).click()
    await at_position(friend, "!video.paused && t > 0.5")
    await see_the_same_frame(host, friend)

    before = await friend.evaluate("document.querySelector('video').currentTime")
    await host.keyboard.press("ArrowRight")
    await at_position(friend, f"t > {before} + 5 && !video.seeking && !video.paused")
    await see_the_same_frame(host, friend)

    # The bar has gone by itself: by key, which needs no bar.
    await host.keyboard.press("k")
    await at_position(friend, "video.paused")
    await at_position(host, "video.paused")

    async def stand_at_the_same_frame() -> bool:
        one, other = [
            await page.evaluate("document.querySelector('video').currentTime")
            for page in (host, friend)
        ]
        return bool(abs(one - other) * 1000 <= FRAME_MS)

    # Whoever was out of step when the pause came goes to where the others stopped.
    await eventually(stand_at_the_same_frame)

    await host.keyboard.press("k")
    await at_position(friend, "!video.paused")
    await friend.reload()
    await at_position(friend, "!video.paused && t > 1")
    await see_the_same_frame(host, friend)
    await host.reload()
    await at_position(host, "!video.paused && t > 1")
    await see_the_same_frame(host, friend)
    await host.keyboard.press("k")
    await at_position(friend, "video.paused")


async def test_a_viewers_keys_move_nobody_and_the_bar_says_why(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, _ben, code, host, friend = await two_in_a_room(
        chromium, server.url, film, viewport=SMALL_WINDOW
    )
    await host.keyboard.press("k")
    await at_position(friend, "!video.paused && t > 0.3")
    await expect(friend.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
    await expect(friend.get_by_text("can pause or seek").first).to_be_visible()
    for key in ("k", " ", "ArrowRight"):
        await friend.keyboard.press(key)
    state = await ana.call("GET", f"/rooms/{code}/playback")
    assert state["state"]["playing"]
    assert state["state"]["by"] == ana.id
    assert state["state"]["position"] == 0
    await at_position(friend, "!video.paused && t < 30")


@pytest.mark.long
async def test_host_and_viewer_at_two_servers_see_the_same_frame(
    servers: Servers, chromium: Browser, second_chromium: Browser, film: Path
) -> None:
    first, second = servers.launch(), servers.launch()
    servers.wait(first)
    servers.wait(second)
    ana, ben = await asyncio.gather(
        arrive(chromium, first.url, "Ana"), arrive(second_chromium, second.url, "Ben")
    )
    code = await ana.create_room(film)
    host, friend = await enter_together(code, ana, ben)
    await host.keyboard.press("k")
    await at_position(friend, "!video.paused && t > 0.5")
    await see_the_same_frame(host, friend)
    before = await friend.evaluate("document.querySelector('video').currentTime")
    await host.keyboard.press("ArrowRight")
    await at_position(friend, f"t > {before} + 5 && !video.seeking && !video.paused")
    await see_the_same_frame(host, friend)
    await host.keyboard.press("k")
    await at_position(friend, "video.paused")


@pytest.mark.long
async def test_a_cut_line_lets_the_film_go_on_and_mends_by_itself(
    server: Server, chromium: Browser, second_chromium: Browser, film: Path
) -> None:
    with Proxy(server.port, Line()) as proxy:
        ana, ben = await asyncio.gather(
            arrive(chromium, server.url, "Ana"), arrive(second_chromium, proxy.url, "Ben")
        )
        code = await ana.create_room(film)
        host, friend = await enter_together(code, ana, ben)
        await host.keyboard.press("k")
        await at_position(friend, "!video.paused && t > 1")
        await friend.evaluate(NOTE_BREAKS)
        proxy.cut()
        await expect(friend.get_by_text("Reconnecting").first).to_be_visible()
        gone_on = await friend.evaluate("document.querySelector('video').currentTime + 1")
        await at_position(friend, f"t > {gone_on}")
        assert await friend.evaluate("breaks") == []
        # A seek stops every picture for a moment; the viewer misses it and follows when back.
        await host.keyboard.press("ArrowRight")
        proxy.restore()
        await expect(friend.get_by_text("Reconnecting").first).to_be_hidden()
        await see_the_same_frame(host, friend)


@pytest.mark.long
async def test_who_comes_in_the_middle_sees_the_same_frame_there_and_before_it(
    server: Server, chromium: Browser, second_chromium: Browser, film: Path
) -> None:
    ana, ben = await asyncio.gather(
        arrive(chromium, server.url, "Ana"), arrive(second_chromium, server.url, "Ben")
    )
    code = await ana.create_room(film)
    host = await ana.enter(code)
    await host.keyboard.press("k")
    for _ in range(3):
        await host.keyboard.press("ArrowRight")
    await at_position(host, "!video.paused && !video.seeking && t > 15")
    friend = await ben.enter(code)
    # The film comes from a key frame on, and not from its beginning.
    assert "&from=" in str(await friend.evaluate("document.querySelector('video').src"))
    await at_position(friend, "!video.paused && t > 15")
    await see_the_same_frame(host, friend)
    for _ in range(3):
        await host.keyboard.press("ArrowLeft")
    await at_position(friend, "!video.paused && !video.seeking && t < 15")
    await see_the_same_frame(host, friend)


@pytest.mark.long
async def test_a_blocked_autoplay_needs_one_press_that_joins_in_step(
    server: Server, chromium: Browser, second_chromium: Browser, film: Path
) -> None:
    ana, ben = await asyncio.gather(
        arrive(chromium, server.url, "Ana"), arrive(second_chromium, server.url, "Ben")
    )
    await ben.context.add_init_script(NO_AUTOPLAY)
    code = await ana.create_room(film)
    host = await ana.enter(code)
    await host.keyboard.press("k")
    await at_position(host, "!video.paused && t > 1")
    friend = await ben.enter(code)
    await friend.get_by_role("button", name="Join the others").click()
    await at_position(friend, "!video.paused && t > 1")
    await see_the_same_frame(host, friend)


@pytest.mark.long
@pytest.mark.parametrize("hours_wrong", [-3, 7])
async def test_a_lying_clock_and_a_slow_line_do_not_part_the_screens(
    server: Server, chromium: Browser, second_chromium: Browser, film: Path, hours_wrong: int
) -> None:
    with Proxy(server.port, Line(delay_ms=100, jitter_ms=30)) as proxy:
        ana, ben = await asyncio.gather(
            arrive(chromium, server.url, "Ana"),
            arrive(second_chromium, proxy.url, "Ben", hours_wrong=hours_wrong),
        )
        code = await ana.create_room(film)
        host, friend = await enter_together(code, ana, ben)
        await host.keyboard.press("k")
        await at_position(friend, "!video.paused && t > 1")
        await see_the_same_frame(host, friend)
