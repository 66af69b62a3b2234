"""What an invite link shows in a messenger, and that a private room tells nothing."""

import re
from html import unescape

import pytest

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, People
from tests.support.plain_http import plain_client

FILM = {"url": "https://youtu.be/dQw4w9WgXcQ"}


async def tags(guest: Guest, code: str) -> dict[str, str]:
    """Return what a messenger reads from the page of a room."""
    async with plain_client(base_url=guest.url) as http:
        page = (await http.get(f"/r/{code}")).text
    found = re.findall(r'<meta property="og:(\w+)" content="([^"]*)" />', page)
    assert '<meta name="robots" content="noindex" />' in page
    return {name: unescape(text) for name, text in found}


async def test_an_invite_link_shows_name_and_film(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(name='"Film" & <night>', **FILM)
    found = await tags(ana, code.upper())
    assert found["title"] == '"Film" & <night>'
    assert found["description"] == "YouTube. Open the link to watch together."
    assert found["image"] == "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg"


async def test_a_film_of_the_library_shows_its_title_and_picture(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(url=f"{ana.url}/videos/{await ana.upload()}")
    found = await tags(ana, code)
    assert found["description"] == "Film. Open the link to watch together."
    assert found["image"] == f"{ana.url}/api/v1/rooms/{code}/picture"
    async with plain_client() as http:
        picture = await http.get(found["image"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.parametrize("which", ["private", "over", "unknown"])
async def test_a_room_that_strangers_may_not_see_tells_nothing(
    pair: Pair, people: People, which: str
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    video = f"{ana.url}/videos/{await ana.upload()}"
    visibility = "private" if which == "private" else "unlisted"
    code = await ana.create_room(name="Our secret", visibility=visibility, url=video)
    if which == "over":
        await ana.http.delete(f"/rooms/{code}")
    if which == "unknown":
        code = "zzzzzzzzzz"
    found = await tags(ana, code)
    assert found["title"] == "Watch together on StreamIt"
    assert found["description"] == "Open the link to join the room."
    assert found["image"] == f"{ana.url}/icon-512.png"
    assert await ana.refusal("GET", f"/rooms/{code}/picture") == (404, "not_found")


async def test_members_see_pictures_of_queued_films_of_others_and_strangers_none(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(**FILM)
    await ana.enter(code)
    for url in (f"{ana.url}/videos/{await ana.upload()}", FILM["url"]):
        added = await ana.http.post(f"/rooms/{code}/queue", json={"url": url})
    film, link = (f"/rooms/{code}/queue/{item['id']}/picture" for item in added.json()["items"])
    ben = await people.arrive(pair.second, "Ben")
    assert await ben.refusal("GET", film) == (403, "members_only")
    await ben.enter(code)
    picture = await ben.http.get(film)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.headers["cache-control"] == "private, max-age=86400"
    assert await ben.refusal("GET", link) == (404, "not_found")
    assert await ben.refusal("GET", film.replace("/picture", "x/picture")) == (404, "not_found")
