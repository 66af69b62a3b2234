"""What a room says in place of a picture that cannot come: to those who may choose, to others."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.theatre import Person
from tests.support.clips import Clip, make_clip
from tests.support.servers import Servers


async def test_only_who_may_choose_is_told_to_choose_another_video(
    servers: Servers, chromium: Browser, tmp_path: Path
) -> None:
    url = servers.start().url
    ana, ben = await Person.arrive(chromium, url, "Ana"), await Person.arrive(chromium, url, "Ben")
    code = await ana.create_room(make_clip(tmp_path, Clip(duration_s=2)))
    for film in (servers.data / "videos").rglob("original"):
        film.unlink()
    for person, advice in ((ana, "Choose another video."), (ben, "The host can choose another")):
        page = await person.context.new_page()
        await page.goto(f"{url}/r/{code}")
        await expect(page.get_by_text(f"It was removed. {advice}")).to_be_visible()
        choose = page.get_by_role("button", name="Choose another video")
        await expect(choose).to_have_count(int(person is ana))
