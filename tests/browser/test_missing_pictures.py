"""What is said in place of a picture that cannot come, in rooms and on the video's page."""

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import Person, arrive_together, two_in_a_room, until
from tests.support.clips import TEN_MINUTES, Clip, make_clip
from tests.support.servers import Server, Servers

CUT = "A part of this file is missing on the server. It has to be uploaded again."


def stored(servers: Servers) -> Path:
    """The file of the one film that was uploaded."""
    (film,) = (servers.data / "videos").rglob("original")
    return film


async def problem_of(person: Person, code: str) -> dict[str, str] | None:
    problem: dict[str, str] | None = (await person.call("GET", f"/rooms/{code}/playback"))[
        "problem"
    ]
    return problem


async def test_only_who_may_choose_is_told_to_choose_another_video(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    url = servers.start().url
    ana, ben = await arrive_together(chromium, url, "Ana", "Ben")
    code = await ana.create_room(make_clip(tmp_path, Clip(duration_s=2)))
    stored(servers).unlink()
    for person, advice in ((ana, "Choose another video."), (ben, "The host can choose another")):
        page = await person.context.new_page()
        await page.goto(f"{url}/r/{code}")
        words = f"The server no longer has its file. {advice}"
        await expect(page.get_by_text(words)).to_be_visible()
        choose = page.get_by_role("button", name="Choose another video")
        await expect(choose).to_have_count(int(person is ana))
    problem = {"code": "file_missing", "message": "File not found"}
    assert await problem_of(ana, code) == problem


async def test_what_is_said_in_place_of_a_picture_is_not_covered_at_the_end_of_the_film(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    url = servers.start().url
    ana = await Person.arrive(chromium, url, "Ana")
    code = await ana.create_room(make_clip(tmp_path, Clip(duration_s=2)))
    stored(servers).unlink()
    page = await ana.context.new_page()
    await page.goto(f"{url}/r/{code}")
    choose = page.get_by_role("button", name="Choose another video")
    await expect(choose).to_be_visible()
    at = page.get_by_role("slider", name="Position")
    await expect(at).to_have_attribute("aria-valuenow", "0")
    await page.keyboard.press("ArrowRight")
    await expect(at).to_have_attribute("aria-valuenow", "2")
    await expect(page.get_by_role("complementary", name="The end")).to_have_count(0)
    await choose.click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_film_that_is_cut_on_the_disk_says_so_at_once_wherever_it_is_watched(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    url = servers.start().url
    two = await two_in_a_room(chromium, url, make_clip(tmp_path, TEN_MINUTES))
    film = stored(servers)
    size = film.stat().st_size
    with film.open("rb+") as file:
        file.truncate(size // 2)
    # What they have of it plays on; what is missing they do not have.
    await seek(two.host, 0.9)
    for page in (two.host, two.guest):
        await expect(page.get_by_text(CUT)).to_be_visible()
    problem = {"code": "file_incomplete", "message": CUT}
    assert await problem_of(two.ben, two.code) == problem
    video = film.parent.name
    shown = await two.ana.call("GET", f"/videos/{video}")
    assert (shown["playable"], shown["problem_code"]) == (False, "file_incomplete")
    page = await two.ana.context.new_page()
    await page.goto(f"{url}/videos/{video}")
    await expect(page.get_by_text("A part of the file is missing")).to_be_visible()
    await page.goto(f"{url}/library")
    await expect(page.get_by_text("File incomplete")).to_be_visible()


async def test_a_film_that_is_damaged_in_its_middle_says_where_and_goes_on_behind(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    url = server.url
    clip = make_clip(tmp_path, TEN_MINUTES)
    content = bytearray(clip.read_bytes())
    start, stop = len(content) * 48 // 100, len(content) * 56 // 100
    content[start:stop] = b"\xa5" * (stop - start)
    clip = tmp_path / "damaged.mp4"
    clip.write_bytes(content)
    two = await two_in_a_room(chromium, url, clip)
    await seek(two.host, 0.52)
    await two.host.keyboard.press("k")
    for page in (two.host, two.guest):
        await expect(page.get_by_text("The film is damaged here")).to_be_visible()
    await expect(two.host.get_by_text("It cannot be decoded at 5:")).to_be_visible()
    # Whoever comes now has not seen a picture of it, but is told the same.
    cleo = await Person.arrive(chromium, url, "Cleo")
    late = await cleo.context.new_page()
    await late.goto(two.host.url)
    await expect(late.get_by_text("The film is damaged here")).to_be_visible(timeout=20_000)
    # Its room has gone on meanwhile, or whoever controls it has.
    await seek(two.host, 0.7)
    for page in (two.host, two.guest):
        await until(
            page,
            "() => { const v = document.querySelector('video'); return v && v.currentTime > 415 }",
        )
        await expect(page.get_by_text("The film is damaged here")).to_be_hidden()


async def seek(page: Page, share: float) -> None:
    """Press the seek bar so far along it."""
    bar = await page.get_by_role("slider", name="Position").bounding_box()
    assert bar
    await page.mouse.click(bar["x"] + bar["width"] * share, bar["y"] + bar["height"] / 2)
