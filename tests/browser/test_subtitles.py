"""Subtitles in a room: every form and code page, each viewer's own delay, the host's default."""

import base64
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Page, Route, expect

from tests.browser.theatre import (
    Person,
    arrive_together,
    enter_together,
    have_come,
    note_words,
    open_setting,
    two_in_a_room,
    until,
)
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server, Servers
from tests.support.waiting import eventually

FRENCH = "Où étais-tu passé ? Je t'ai cherchée à l'école, près du château."
ARABIC = "أين كنت طوال اليوم؟ لقد بحثت عنك في كل مكان، حتى في المدرسة."
SIGN = "A sign"
SRT = f"1\r\n00:00:05,000 --> 00:00:08,000\r\n{FRENCH}\r\n".encode("windows-1252")
VTT = f"WEBVTT\n\n00:05.000 --> 00:08.000\n{ARABIC}\n".encode()
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
    "Style: Default,Arial,20\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    f"Dialogue: 0,0:00:05.00,0:00:08.00,Default,,0,0,0,,{SIGN}\n"
).encode()

SHOWN = """() => [...document.querySelector("video").textTracks]
  .filter(track => track.mode === "showing")
  .flatMap(track => [...(track.activeCues ?? [])]).map(cue => cue.getCueAsHTML().textContent)"""


# The rows, from the top, in which two pictures of the same size differ.
DIFFERENT_ROWS = """async pictures => {
  const [one, other] = await Promise.all(pictures.map(async picture => {
    const bytes = Uint8Array.from(atob(picture), char => char.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  }));
  return Array.from({ length: one.height }, (_, row) => row).filter(row => {
    const at = row * one.width * 4;
    return one.data.subarray(at, at + one.width * 4).some((v, i) => v !== other.data[at + i]);
  });
}"""


# Which files the page has opened and not let go of.
NOTE_FILES = """() => {
  const { createObjectURL, revokeObjectURL } = URL;
  window.files = new Set();
  URL.createObjectURL = file => {
    const url = createObjectURL.call(URL, file);
    files.add(url);
    return url;
  };
  URL.revokeObjectURL = url => {
    files.delete(url);
    revokeObjectURL.call(URL, url);
  };
}"""


ROWS_WITH_COLOUR = """async ([picture, red, green, blue]) => {
  const bytes = Uint8Array.from(atob(picture), char => char.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const rows = new Set();
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === red && data[at + 1] === green && data[at + 2] === blue)
      rows.add(Math.floor(at / 4 / image.width));
  return rows.size;
}"""
YELLOW = (0xFF, 0xE4, 0x5C)


async def subtitled_rows(page: Page) -> list[int]:
    """Return in which rows of the window the subtitles of a paused film are drawn.

    What else changes in the window between the two pictures is counted as well.
    """
    shown = await page.screenshot()
    await page.evaluate("document.querySelector('video track').track.mode = 'hidden'")
    pictures = [base64.b64encode(each).decode() for each in (shown, await page.screenshot())]
    await page.evaluate("document.querySelector('video track').track.mode = 'showing'")
    rows: list[int] = await page.evaluate(DIFFERENT_ROWS, pictures)
    return rows


async def height_of_yellow_letters(page: Page) -> int:
    """Return in how many rows yellow letters are drawn, as soon as two looks agree.

    Nothing else in the window is of that colour. The bar of buttons would darken the letters.
    """
    bar = page.get_by_label("Video", exact=True).locator("> div").last
    await bar.evaluate("bar => { bar.style.opacity = '0' }")
    looks = [0]

    async def agree() -> bool:
        shown = base64.b64encode(await page.get_by_label("Video", exact=True).screenshot())
        looks.append(await page.evaluate(ROWS_WITH_COLOUR, [shown.decode(), *YELLOW]))
        return looks[-1] == looks[-2] > 0

    await eventually(agree)
    await bar.evaluate("bar => { bar.style.opacity = '' }")
    return looks[-1]


async def add(owner: Person, video: str, name: str, content: bytes, **facts: str) -> str:
    """Add subtitles to a video as a program does; return the track's id."""
    file = {"name": name, "mimeType": "text/plain", "buffer": content}
    path = f"/videos/{video}/subtitles"
    track = await owner.call("POST", path, multipart={**facts, "file": file})
    return str(track["id"])


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("subtitles"), Clip(duration_s=20, frame_rate=10))


async def choose(page: Page, name: str) -> None:
    await open_setting(page, "Subtitles")
    await page.get_by_role("radio", name=name).check()
    await page.keyboard.press("Escape")


async def sees(page: Page, *texts: str) -> None:
    """Wait until exactly these lines are on the picture."""
    await until(
        page, f"texts => JSON.stringify(({SHOWN})()) === JSON.stringify(texts)", arg=list(texts)
    )


async def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the picture."""
    await page.get_by_label("Video", exact=True).evaluate(
        """(video, [name, bytes]) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
          const options = { dataTransfer, bubbles: true, cancelable: true };
          video.dispatchEvent(new DragEvent("dragover", options));
          video.dispatchEvent(new DragEvent("drop", options));
        }""",
        [name, list(content)],
    )


async def to_five_seconds(host: Page, *others: Page) -> None:
    """Have the host press the seek bar's arrow once, and wait until everyone is there."""
    await host.get_by_role("slider", name="Position").press("ArrowRight")
    for page in (host, *others):
        await until(
            page,
            "() => { const video = document.querySelector('video');"
            " return !video.seeking && Math.abs(video.currentTime - 5) < 0.02 }",
        )


async def test_every_form_of_subtitles_shows_at_each_viewers_own_time(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana, ben = await arrive_together(chromium, server.url, "Ana", "Ben")
    video = await ana.upload(film)
    await add(ana, video, "film.srt", SRT, language="fr", label="Français")
    await add(ana, video, "film.ass", ASS, language="en", label="Signs")
    room = {"name": "Film night", "url": f"{server.url}/videos/{video}"}
    code = str((await ana.call("POST", "/rooms", data=room))["code"])
    host, guest = await enter_together(code, ana, ben)
    await to_five_seconds(host, guest)
    await sees(host)

    await choose(host, "Français")
    await sees(host, FRENCH)
    await choose(guest, "Signs")
    await sees(guest, SIGN)
    await note_words(guest.get_by_label("Video", exact=True))
    for _ in range(3):
        await guest.keyboard.press("h")
    await have_come(guest, "Subtitles +0.3")
    await sees(guest)
    await sees(host, FRENCH)
    for _ in range(4):
        await guest.keyboard.press("g")
    await sees(guest, SIGN)

    # Added while both watch: the host shows it to those who have not chosen, Ben among them
    # after they have come in anew. They turned no subtitles on before, as far as a new page knows.
    arabic = await add(ana, video, "film.vtt", VTT, language="ar", label="Arabic")
    await choose(host, "Arabic")
    await sees(host, ARABIC)
    await open_setting(host, "Subtitles")
    await host.get_by_label("Show these to everyone").click()
    await host.keyboard.press("Escape")
    await sees(guest, SIGN)
    cem = await Person.arrive(chromium, server.url, "Cem")
    late = await cem.enter(code)
    await sees(late, ARABIC)
    state = (await ana.call("GET", f"/rooms/{code}/playback"))["state"]
    assert state["subtitle"] == arabic


async def test_a_viewer_chooses_how_subtitles_look_and_finds_them_so_again(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    video = await ana.upload(film)
    await add(ana, video, "film.ass", ASS, language="en", label="Signs")
    room = {"name": "Film night", "url": f"{server.url}/videos/{video}"}
    host = await ana.enter(str((await ana.call("POST", "/rooms", data=room))["code"]))
    await to_five_seconds(host)
    await choose(host, "Signs")
    await sees(host, SIGN)
    await open_setting(host, "Subtitles")
    await host.get_by_label("Colour").select_option("Yellow")
    usual = await height_of_yellow_letters(host)
    await host.get_by_label("Size").select_option("Very large")
    await host.get_by_role("button", name="Later by 0.1 seconds").click()
    await expect(host.get_by_text("+0.1 s")).to_be_visible()
    # At this very moment they are not there yet.
    await sees(host)
    await host.get_by_role("button", name="Back to the file’s own timing").click()
    await host.keyboard.press("Escape")
    await sees(host, SIGN)

    async def are_large() -> bool:
        return await height_of_yellow_letters(host) > 1.5 * usual

    await eventually(are_large)
    await host.reload()
    await until(host, "() => document.querySelector('video')?.readyState >= 3")
    await sees(host, SIGN)
    await eventually(are_large)


async def test_subtitles_that_do_not_load_are_asked_for_twice_and_not_for_ever(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    video = await ana.upload(film)
    await add(ana, video, "film.srt", SRT, language="fr", label="Français")
    await add(ana, video, "film.ass", ASS, language="en", label="Signs")
    room = {"name": "Film night", "url": f"{server.url}/videos/{video}"}
    host = await ana.enter(str((await ana.call("POST", "/rooms", data=room))["code"]))
    await to_five_seconds(host)
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.fulfill(status=502)

    await host.route("**/subtitles/**", refuse)
    await choose(host, "Français")
    await expect(host.get_by_text("The subtitles could not be loaded").first).to_be_visible()
    await host.unroute("**/subtitles/**")
    await choose(host, "Signs")
    await sees(host, SIGN)
    assert len(refused) == 2


async def test_a_file_opened_by_a_viewer_stays_with_them(
    server: Server, chromium: Browser, film: Path
) -> None:
    *_, host, guest = await two_in_a_room(chromium, server.url, film)
    await to_five_seconds(host, guest)
    sent: list[str] = []
    guest.on("request", lambda request: sent.append(request.method))
    await guest.evaluate(NOTE_FILES)
    file: FilePayload = {"name": "film.fr.srt", "mimeType": "", "buffer": SRT}
    await drop(guest, "film.mkv", b"no subtitles")
    await expect(guest.get_by_text("Only subtitles can be dropped here").first).to_be_visible()
    await drop(guest, "empty.srt", b"1\nnothing\n")
    await expect(guest.get_by_text("There are no subtitles in").first).to_be_visible()
    await drop(guest, "film.fr.srt", SRT)
    await sees(guest, FRENCH)
    await open_setting(guest, "Subtitles")
    await expect(guest.get_by_role("button", name="Add to the video")).to_have_count(0)
    assert "POST" not in sent
    await sees(host)
    # The browser keeps the file as long as the page shows it.
    await guest.keyboard.press("Escape")
    await guest.get_by_role("button", name="More").click()
    assert await guest.evaluate("window.files.size") == 1
    await guest.get_by_role("menuitem", name="Leave room").click()
    await until(guest, "window.files.size === 0")

    # The owner may keep it, and then everyone can choose it.
    await open_setting(host, "Subtitles")
    await host.get_by_label("Open a file").set_input_files(file)
    await host.get_by_role("button", name="Add to the video").click()
    await expect(host.get_by_text("Added to the video").first).to_be_visible()
    # It takes the place of the file.
    await expect(host.get_by_role("button", name="Add to the video")).to_have_count(0)
    await expect(host.get_by_role("radio", name="French")).to_have_count(1)
    await expect(host.get_by_role("radio", name="French")).to_be_checked()
    assert await host.evaluate("localStorage.getItem('streamit-subtitle-language')") == "fr"
    await host.keyboard.press("Escape")
    await sees(host, FRENCH)
    await guest.go_back()
    await until(guest, "() => document.querySelector('video')?.readyState >= 3")
    await choose(guest, "French")
    await sees(guest, FRENCH)


async def test_an_owner_manages_subtitles_on_the_videos_page(
    server: Server, chromium: Browser, film: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    video = await ana.upload(film)
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/videos/{video}")
    for name, content in [("film.fr.srt", SRT), ("film.ar.vtt", VTT), ("signs.ass", ASS)]:
        await page.get_by_role("button", name="Add subtitles").click()
        file: FilePayload = {"name": name, "mimeType": "", "buffer": content}
        await page.get_by_label("File", exact=True).set_input_files(file)
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    rows = page.get_by_role("region", name="Subtitles").get_by_role("listitem")
    await expect(rows).to_contain_text(["French · film.fr", "Arabic · film.ar", "signs"])
    # A wrong file is told of where it was chosen.
    await page.get_by_role("button", name="Add subtitles").click()
    wrong: FilePayload = {"name": "film.srt", "mimeType": "", "buffer": b"no subtitles"}
    # The words beside the field are ours: the browser's may be in another language.
    await expect(page.get_by_role("dialog")).to_contain_text("Choose a file")
    await page.get_by_label("File", exact=True).set_input_files(wrong)
    await expect(page.get_by_role("dialog")).to_contain_text("film.srt")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_label("File", exact=True)).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Escape")

    # The player of the page shows the default, from an old code page too.
    await page.get_by_role("button", name="Show by default: French · film.fr").click()
    await expect(rows.first).to_contain_text("Shown by default")
    await until(page, "() => document.querySelector('video')?.readyState >= 2")
    await page.evaluate("document.querySelector('video').currentTime = 6")
    await sees(page, FRENCH)

    await page.get_by_role("button", name="Delete French · film.fr").click()
    await page.get_by_role("button", name="Delete subtitles").click()
    await expect(rows).to_contain_text(["Arabic · film.ar", "signs"])
    tracks = (await ana.call("GET", f"/videos/{video}"))["subtitles"]
    assert [(track["language"], track["default"]) for track in tracks] == [
        ("ar", False),
        ("und", False),
    ]


async def host_of_a_subtitled_film(servers: Servers, chromium: Browser, film: Path) -> Page:
    """Return the page of a host whose film says "Hello" from 5 to 20 s, when the bar has gone."""
    server = servers.start()
    ana = await Person.arrive(chromium, server.url, "Ana")
    video = await ana.upload(film)
    await add(ana, video, "film.srt", b"1\n00:00:05,000 --> 00:00:20,000\nHello\n", language="en")
    room = {"name": "Film night", "url": f"{server.url}/videos/{video}"}
    return await ana.enter(str((await ana.call("POST", "/rooms", data=room))["code"]))


async def test_subtitles_are_drawn_above_the_bar_when_it_comes_over_them(
    servers: Servers, chromium: Browser, film: Path
) -> None:
    host = await host_of_a_subtitled_film(servers, chromium, film)
    bar = host.get_by_label("Video", exact=True).locator("> div").last
    await host.keyboard.press("c")
    await host.keyboard.press("k")
    await expect(bar).to_have_css("opacity", "0")
    await sees(host, "Hello")
    await host.keyboard.press("k")
    await expect(bar).to_have_css("opacity", "1")
    await until(host, "() => document.querySelector('video').paused")

    async def is_above_the_bar() -> bool:
        # Anything else of the window may change between the two pictures that are compared.
        rows, box = await subtitled_rows(host), await bar.bounding_box()
        return bool(rows and box and rows[-1] < box["y"])

    await eventually(is_above_the_bar)


async def test_subtitles_are_as_large_as_the_picture_asks_and_never_too_small_to_read(
    servers: Servers, chromium: Browser, film: Path
) -> None:
    host = await host_of_a_subtitled_film(servers, chromium, film)
    await to_five_seconds(host)
    await host.keyboard.press("c")
    await sees(host, "Hello")

    # Only letters are counted: black bars swallow their shadow.
    await open_setting(host, "Subtitles")
    await host.get_by_label("Colour").select_option("Yellow")
    await host.keyboard.press("Escape")

    async def height(width: int, height: int) -> int:
        await host.set_viewport_size({"width": width, "height": height})
        return await height_of_yellow_letters(host)

    # A picture of 960 x 540 both times: black bars above and below it make no letter larger.
    filled, with_bars = await height(1280, 596), await height(1280, 900)
    assert abs(filled - with_bars) <= 1
    # Held upright, a phone shows a picture of 375 x 211.
    assert await height(375, 667) > filled / 2
