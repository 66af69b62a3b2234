"""A film that browsers cannot play, in a room that waits for it while a worker makes it."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import (
    SMALL_WINDOW,
    Person,
    arrive_together,
    enter_together,
    open_setting,
    until,
)
from tests.browser.watching import NOTE_BREAKS
from tests.support import numbered
from tests.support.clips import Clip, make_clip
from tests.support.films import TWO_LANGUAGES, make_film
from tests.support.growing_film import GROWING, GROWING_HEVC, Gate
from tests.support.servers import Servers
from tests.support.waiting import eventually

PATIENCE_MS = 120_000
# Its key frames are none at which a browser can begin: Chromium fails after a seek.
RECORDING = numbered.film(
    "ts",
    19.8,
    shown=numbered.picture("5"),
    codecs=(
        *("-c:v", "libx264", "-preset", "veryfast", "-qp", "12", "-c:a", "ac3"),
        *("-x264-params", "open-gop=1:keyint=10:scenecut=0:b-adapt=0:bframes=2"),
    ),
)
# Whether the picture of that second is there: its grey tells its number.
SHOWS = """at_s => {
  const video = document.querySelector("video");
  if (video.error || video.seeking || video.readyState < 2) return false;
  const { drawn } = (window.drawn ??= { drawn: new OffscreenCanvas(1, 1).getContext("2d") });
  drawn.drawImage(video, 0, 0, 1, 1);
  const luma = 16 + (drawn.getImageData(0, 0, 1, 1).data[0] * 219) / 255;
  const number = Math.round((luma - 20) / 4);
  return Math.abs(video.currentTime - at_s) < 0.1 && Math.abs(number - (5 * at_s) % 50) <= 1;
}"""
PLAYS = """() => {
  const video = document.querySelector('video');
  return video && video.readyState >= 2 && video.currentTime > 1 && !video.error;
}"""
BEGINS = """() => {
  const video = document.querySelector('video');
  const { currentTime, paused, seeking } = video;
  return currentTime > 1 && currentTime < 10 && !paused && !seeking && video.readyState >= 2;
}"""
# Safari does so for some files. Chromium plays their sound alone.
CLAIMS_HEVC = """{
  const asked = HTMLMediaElement.prototype.canPlayType;
  HTMLMediaElement.prototype.canPlayType = function (type) {
    return type.includes("hvc1") ? "maybe" : asked.call(this, type);
  };
}"""
# When a film that has played since then without a stop would be where it is.
BEGAN_S = """() => {
  const now_s = (performance.timeOrigin + performance.now()) / 1000;
  return now_s - document.querySelector("video").currentTime;
}"""

# Notes that the film has played before its end. Where from depends on the page: one that begins
# late goes on where the others are.
NOTE_PLAYS = """() => {
  const video = document.querySelector("video");
  video.addEventListener("timeupdate", () => {
    window.hasPlayed ||= !video.paused && video.currentTime < video.duration - 0.5;
  });
}"""
LAST_PICTURE = """() => {
  const video = document.querySelector('video');
  return video?.readyState >= 2 && !video.seeking && video.currentTime > video.duration - 0.5;
}"""


async def in_the_room(person: Person, code: str) -> Page:
    page = await person.context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(f"{person.url}/r/{code}")
    await expect(page.get_by_text("This video is being prepared")).to_be_visible(
        timeout=PATIENCE_MS
    )
    return page


async def it_shows(owner: Person, code: str, *, until_s: float = 0) -> None:
    """Wait until the room can watch so much of a film that is being made."""

    async def shows() -> bool:
        told = await owner.call("GET", f"/rooms/{code}/playback")
        return "m3u8" in json.dumps(told) and (told["state"]["made_until"] or 0) >= until_s

    await eventually(shows, within_s=PATIENCE_MS / 1000)


async def all_is_made(owner: Person) -> None:
    (video,) = (await owner.call("GET", "/videos"))["videos"]

    async def is_made() -> bool:
        told = await owner.call("GET", f"/videos/{video['id']}/processing")
        return bool(told["job"]["status"] == "completed")

    await eventually(is_made, within_s=PATIENCE_MS / 1000, every_s=0.2)


async def the_room_knows(owner: Person, code: str) -> None:
    """Wait until a room in which somebody is has heard that its film is made.

    A film that plays when the room hears of more of it begins some seconds later, for those who
    have to load it.
    """

    async def knows() -> bool:
        state = (await owner.call("GET", f"/rooms/{code}/playback"))["state"]
        return bool(state["made_until"] is None)

    await eventually(knows, within_s=PATIENCE_MS / 1000)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_room_that_waits_for_a_film_plays_it_by_itself_once_it_is_made(
    servers: Servers, chromium: Browser
) -> None:
    server = servers.start()
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben", viewport=SMALL_WINDOW)
    code = await ana.create_room(make_film(TWO_LANGUAGES))
    host, friend = await asyncio.gather(in_the_room(ana, code), in_the_room(ben, code))
    errors: list[str] = []
    for page in (host, friend):
        page.on("pageerror", lambda error: errors.append(str(error)))

    servers.start_worker()

    ready = "() => document.querySelector('video')?.readyState >= 2"
    await asyncio.gather(until(host, ready), until(friend, ready))
    await the_room_knows(ana, code)
    await host.keyboard.press("k")
    await asyncio.gather(until(host, PLAYS), until(friend, PLAYS))
    assert await friend.evaluate("document.querySelector('video').src.startsWith('blob:')")
    drawn = "() => document.querySelector('[style*=\"s001.jpg\"]')?.getBoundingClientRect().width"
    await all_is_made(ana)
    await host.reload()  # its link to the film is from before the pictures were made
    await until(host, ready)
    await host.get_by_role("slider", name="Position").hover()
    await until(host, f"() => ({drawn})() === 160")
    assert errors == []
    await ana.context.close()
    await ben.context.close()


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_whoever_comes_after_the_end_of_a_film_sees_its_last_picture_and_watches_again(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    server = servers.start()
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben", viewport=SMALL_WINDOW)
    stream = await ana.create_room(make_film(TWO_LANGUAGES))
    servers.start_worker("--once")
    await all_is_made(ana)
    file = await ana.create_room(make_clip(tmp_path, Clip(duration_s=20, frame_rate=2)))

    async def comes_after_the_end(code: str) -> None:
        host = await ana.enter(code)
        await the_room_knows(ana, code)
        await host.keyboard.press("k")
        await until(host, "() => document.querySelector('video').currentTime > 0")
        await host.get_by_role("slider", name="Position").press("End")
        await expect(host.get_by_text("The end", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        await host.reload()
        friend = await ben.context.new_page()
        await friend.goto(f"{ben.url}/r/{code}")
        for page in (host, friend):
            await until(page, LAST_PICTURE, timeout=PATIENCE_MS)
            await expect(page.get_by_text("The end", exact=True)).to_be_visible()
            await page.evaluate(NOTE_PLAYS)
        # What they have loaded is the end alone.
        await host.get_by_role("button", name="Watch again").click()
        for page in (host, friend):
            await until(page, "() => window.hasPlayed", timeout=PATIENCE_MS)

    # Not side by side: a page that begins seconds late goes on where the others are.
    for code in (stream, file):
        await comes_after_the_end(code)
    await ana.context.close()
    await ben.context.close()


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_in_a_recording_from_television_every_seek_arrives_at_its_picture(
    servers: Servers, chromium: Browser
) -> None:
    server = servers.start()
    ana = await Person.arrive(chromium, server.url, "Ana", viewport=SMALL_WINDOW)
    code = await ana.create_room(make_film(RECORDING))
    servers.start_worker("--once")
    await all_is_made(ana)
    page = await ana.enter(code)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    bar = page.get_by_role("slider", name="Position")
    await the_room_knows(ana, code)
    # Seeks begin with the first play.
    await page.keyboard.press("k")
    await until(page, "() => document.querySelector('video').currentTime > 0")
    await page.keyboard.press("k")
    for key, at_s in (("Home", 0), ("ArrowRight", 5), ("ArrowRight", 10), ("ArrowLeft", 5)):
        await bar.press(key)
        await until(page, SHOWS, arg=at_s)
    assert errors == []
    await ana.context.close()


async def choose(page: Page, quality: str, then: str) -> None:
    """Choose from the menu, and wait until ``then`` holds of the page's ``video``."""
    await open_setting(page, "Quality")
    await page.get_by_role("radio", name=quality, exact=True).check()
    await page.keyboard.press("Escape")
    await until(
        page,
        f"""() => {{
          const video = document.querySelector("video");
          return video?.readyState >= 2 && video.currentTime > 6 && {then};
        }}""",
    )


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_each_viewer_watches_in_the_quality_that_they_choose(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    server = servers.start(env={"STREAMIT_LADDER": "always"})
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben", viewport=SMALL_WINDOW)
    # It plays as it came, so that the original is the default, and two sizes are made of it.
    clip = Clip(duration_s=60, frame_rate=2, width=854, height=480)
    code = await ana.create_room(make_clip(tmp_path, clip))
    servers.start_worker("--once", env={"STREAMIT_LADDER": "always"})
    await all_is_made(ana)
    host, friend = await enter_together(code, ana, ben)
    for page in (host, friend):
        page.set_default_timeout(PATIENCE_MS)
    await host.keyboard.press("k")
    await host.keyboard.press("ArrowRight")
    await until(host, "() => document.querySelector('video').currentTime > 10")
    before = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]["revision"]

    size = "video.src.startsWith('blob:') && video.videoHeight === "
    await choose(friend, "360p", f"{size} 360")
    await choose(friend, "480p", f"{size} 480")
    await choose(friend, "Original", "!video.src.startsWith('blob:')")

    async def are_in_step() -> bool:
        host_began_s, friend_began_s = [await page.evaluate(BEGAN_S) for page in (host, friend)]
        return bool(abs(host_began_s - friend_began_s) < 2)

    await eventually(are_in_step)
    assert not await host.evaluate("document.querySelector('video').src.startsWith('blob:')")
    after = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]["revision"]
    assert after == before
    await ana.context.close()
    await ben.context.close()


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_room_watches_a_film_while_it_is_made_and_does_not_notice_that_it_is_finished(
    servers: Servers, chromium: Browser, gate: Gate
) -> None:
    server = servers.start()
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben", viewport=SMALL_WINDOW)
    # Who has the picture of what is made so far is ready: the room never waits for long.
    code = await ana.create_room(make_film(GROWING), wait="start", wait_timeout_s=60)
    host, friend = await asyncio.gather(in_the_room(ana, code), in_the_room(ben, code))
    errors: list[str] = []
    for page in (host, friend):
        page.on("pageerror", lambda error: errors.append(str(error)))

    # Pressed before there is anything to see: it starts by itself.
    await host.get_by_role("button", name="Play", exact=True).click()
    servers.start_worker(env={"STREAMIT_FFMPEG": str(gate.program)})
    await it_shows(ana, code, until_s=16)
    await asyncio.gather(until(host, PLAYS), until(friend, PLAYS))

    bar = friend.get_by_role("slider", name="Position")
    await expect(bar).to_have_attribute("aria-valuetext", re.compile(r"0:\d\d of 0:\d\d so far"))
    await host.get_by_role("slider", name="Position").press("End")
    await expect(host.get_by_text("So far it reaches 0:").first).to_be_visible()
    for page in (host, friend):
        await expect(page.get_by_text("This film is still being made. It goes on")).to_be_visible()
        assert await page.evaluate("document.querySelector('video').currentTime") < 39
    await host.get_by_role("slider", name="Position").press("Home")
    # What stands at the end of what is made has played too.
    await asyncio.gather(until(host, BEGINS), until(friend, BEGINS))
    for page in (host, friend):
        await page.evaluate(NOTE_BREAKS)
    gate.open()

    for page in (host, friend):
        # Only what is finished has an end.
        await until(page, "() => document.querySelector('video').duration < 41")
    await expect(bar).to_have_attribute("aria-valuetext", re.compile(r"^0:\d\d$"))
    goes_on = "from => document.querySelector('video').currentTime > from + 1"
    for page in (host, friend):
        at_s = await page.evaluate("document.querySelector('video').currentTime")
        await until(page, goes_on, arg=at_s)
        assert await page.evaluate("breaks") == []
    assert errors == []
    await ana.context.close()
    await ben.context.close()


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_browser_that_only_claims_to_play_the_file_watches_the_copy_while_it_is_made(
    servers: Servers, chromium: Browser, gate: Gate
) -> None:
    server = servers.start()
    ana = await Person.arrive(chromium, server.url, "Ana", viewport=SMALL_WINDOW)
    await ana.context.add_init_script(CLAIMS_HEVC)
    code = await ana.create_room(make_film(GROWING_HEVC))
    page = await in_the_room(ana, code)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    servers.start_worker(env={"STREAMIT_FFMPEG": str(gate.program)})
    await it_shows(ana, code)
    await until(page, "() => document.querySelector('video')?.readyState >= 2")
    await page.get_by_role("button", name="Play", exact=True).click()
    await until(page, PLAYS)

    (video,) = (await ana.call("GET", "/videos"))["videos"]
    alone = await ana.context.new_page()
    await alone.goto(f"{ana.url}/videos/{video['id']}")
    # There it waits for all of the copy, instead of hearing its sound alone.
    await expect(alone.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE_MS)
    await alone.close()

    # Others have all of the film; here it waits at the end of what there is.
    await page.get_by_role("slider", name="Position").press("End")
    await until(page, "() => document.querySelector('video').readyState < 3")
    gate.open()
    await until(page, LAST_PICTURE)
    assert errors == []
    await ana.context.close()
