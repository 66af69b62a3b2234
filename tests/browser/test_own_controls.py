"""What fingers, keyboards' media keys and the system do to a film, and who may do it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import Person, arrive_together, enter_together, two_in_a_room, until
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server

# Keeps what a page tells the system, which headless browsers have none of.
NOTE_SYSTEM = """
  window.keys = {};
  const set = MediaSession.prototype.setActionHandler;
  MediaSession.prototype.setActionHandler = function (name, handler) {
    keys[name] = handler;
    set.call(this, name, handler);
  };
  window.locks = [];
  const request = WakeLock.prototype.request;
  WakeLock.prototype.request = async function (...given) {
    const lock = await request.apply(this, given);
    locks.push(lock);
    return lock;
  };
"""
SCREEN_IS_KEPT_ON = "on => on === window.locks.some(lock => !lock.released)"
# Few and small pictures: what is shown of it is where it is.
FILM = Clip(duration_s=60, frame_rate=10, width=320, height=180)
NEAR = "at => Math.abs(document.querySelector('video').currentTime - at) < 0.3"


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("own_controls"), FILM)


async def double_tap(page: Page, *, at: float) -> None:
    """Tap the video twice, 100 ms apart whatever the machine does meanwhile."""
    box = await page.get_by_label("Video", exact=True).bounding_box()
    assert box is not None
    point = {"x": box["x"] + at * box["width"], "y": box["y"] + box["height"] / 3}
    devtools = await page.context.new_cdp_session(page)
    now_s = await page.evaluate("Date.now() / 1000")
    taps: list[dict[str, Any]] = [
        {"type": kind, "touchPoints": points, "timestamp": now_s + seconds}
        for seconds in (0, 0.1)
        for kind, points in (("touchStart", [point]), ("touchEnd", []))
    ]
    await asyncio.gather(*(devtools.send("Input.dispatchTouchEvent", tap) for tap in taps))


async def double_click(page: Page) -> None:
    """Click twice in the middle of the video, without a pause whatever the machine does."""
    box = await page.get_by_label("Video", exact=True).bounding_box()
    assert box is not None
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    devtools = await page.context.new_cdp_session(page)
    clicks: list[dict[str, Any]] = [
        {"type": kind, "button": "left", "clickCount": count, **point}
        for count in (1, 2)
        for kind in ("mousePressed", "mouseReleased")
    ]
    await asyncio.gather(*(devtools.send("Input.dispatchMouseEvent", each) for each in clicks))


async def test_a_double_tap_jumps_for_the_host_and_moves_nobody_for_a_viewer(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, _ben, code, host, guest = await two_in_a_room(chromium, server.url, film, has_touch=True)
    await double_tap(guest, at=0.9)
    for at, position in [(0.9, 10), (0.9, 20), (0.1, 10)]:
        await double_tap(host, at=at)
        for page in (host, guest):
            await until(page, NEAR, arg=position)
    await double_tap(host, at=0.5)
    state = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]
    assert (state["position"], state["by"], state["playing"]) == (10, ana.id, False)


async def test_media_keys_obey_the_rooms_authority_and_the_screen_stays_on_while_it_plays(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    for person in (ana, ben):
        await person.context.add_init_script(NOTE_SYSTEM)
        await person.context.grant_permissions(["screen-wake-lock"])
    code = await ana.create_room(film)
    host, guest = await enter_together(code, ana, ben)

    async def revision() -> int:
        state = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]
        return int(state["revision"])

    before = await revision()
    for key, details in [("play", "{}"), ("seekto", "{seekTime: 30}"), ("seekforward", "{}")]:
        await guest.evaluate(f"keys.{key}({details})")
    assert await guest.evaluate("keys.nexttrack ?? null") is None
    await host.evaluate("keys.seekto({seekTime: 20})")
    for page in (host, guest):
        await until(page, NEAR, arg=20)
    assert await revision() == before + 1

    await host.evaluate("keys.play({})")
    for page in (host, guest):
        await until(page, "() => !document.querySelector('video').paused")
        await until(page, SCREEN_IS_KEPT_ON, arg=True)
        await until(page, "() => navigator.mediaSession.playbackState === 'playing'")
    # Paused by the system, a viewer's film goes on with the room.
    await guest.evaluate("keys.pause({})")
    await until(
        guest,
        "() => { const v = document.querySelector('video'); const now = v.currentTime;"
        " window.from ??= now; return !v.paused && now > window.from + 0.5 }",
    )
    await host.evaluate("keys.pause({})")
    for page in (host, guest):
        await until(page, "() => document.querySelector('video').paused")
        await until(page, SCREEN_IS_KEPT_ON, arg=False)

    # Only who controls the queue has a key for the next film, and only while one waits.
    await ana.call("POST", f"/rooms/{code}/queue", data={"url": "https://youtu.be/dQw4w9WgXcQ"})
    await until(host, "() => keys.nexttrack !== null")
    await expect(guest.get_by_role("tab", name="Queue 1")).to_be_visible()
    assert await guest.evaluate("keys.nexttrack") is None


async def test_the_video_leaves_the_page_for_a_window_of_its_own_and_stays_in_step(
    server: Server, chromium: Browser, film: Path
) -> None:
    *_, host, guest = await two_in_a_room(chromium, server.url, film)
    is_out = "out => out === (document.pictureInPictureElement !== null)"
    await guest.keyboard.press("i")
    await until(guest, is_out, arg=True)
    await host.get_by_role("slider", name="Position").press("ArrowRight")
    await until(guest, NEAR, arg=5)
    await guest.keyboard.press("i")
    await until(guest, is_out, arg=False)


async def test_a_click_pauses_and_two_fill_the_screen_without_pausing(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    code = await ana.create_room(film)
    host = await ana.enter(code)
    await host.keyboard.press("k")
    await until(host, "() => !document.querySelector('video').paused")
    picture = host.get_by_label("Video", exact=True)
    at = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]["revision"]
    await double_click(host)
    await until(host, "() => document.fullscreenElement !== null")
    await picture.click()
    await until(host, "() => document.querySelector('video').paused")
    # The one change is the pause.
    assert (await ana.call("GET", f"/rooms/{code}/playback"))["state"]["revision"] == at + 1


async def test_the_click_that_closes_a_menu_of_the_player_pauses_for_nobody(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    code = await ana.create_room(film)
    host = await ana.enter(code)
    picture = host.get_by_label("Video", exact=True)
    await picture.hover()
    await host.get_by_role("button", name="Settings", exact=True).click()
    menu = host.get_by_role("dialog", name="Settings")
    await expect(menu).to_be_visible()
    at = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]["revision"]
    await picture.click(position={"x": 40, "y": 40})
    await expect(menu).to_be_hidden()
    # A click takes effect when no second one has come for a while, so before this timer's end.
    await host.evaluate("new Promise((done) => setTimeout(done, 300))")
    await host.keyboard.press("ArrowRight")
    await until(host, NEAR, arg=10)
    state = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]
    assert (state["playing"], state["revision"]) == (False, at + 1)


async def test_the_bar_goes_while_the_film_plays_whatever_was_pressed_last(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    host = await ana.enter(await ana.create_room(film))
    bar = host.get_by_label("Video", exact=True).locator("> div").last
    await host.get_by_role("button", name="Play", exact=True).click()
    # After a key the button that was clicked counts as focused by key.
    await host.keyboard.press("m")
    await expect(bar).to_have_css("opacity", "0")
    await host.keyboard.press("Shift+Tab")
    await expect(bar).to_have_css("opacity", "1")
