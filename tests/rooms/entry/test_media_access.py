"""A member's link to the room's video: it works while they are a member and the room plays it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, People
from tests.support.plain_http import plain_client

LINK = "https://youtu.be/dQw4w9WgXcQ"


async def link_of(member: Guest, code: str) -> str:
    """Ask how the room's video is played; return the address of its bytes."""
    playable = (await member.read(f"/rooms/{code}/playback"))["playable"]
    return f"{member.url}{playable['url']}"


async def status(link: str) -> int:
    """Follow a link as a browser does, with nothing but the link."""
    async with plain_client() as http:
        reply = await http.get(link, headers={"Range": "bytes=0-3"})
    if reply.status_code == 401:
        assert reply.json()["error"]["code"] == "token_expired"
    return reply.status_code


class Cinema:
    """Ana's room that plays her film, with Ben in it."""

    def __init__(self, ana: Guest, ben: Guest, code: str, film: str) -> None:
        self.ana, self.ben, self.code, self.film = ana, ben, code, film

    @classmethod
    async def open(cls, pair: Pair, people: People) -> "Cinema":
        ana, ben = [await people.arrive(pair.first, name) for name in ("Ana", "Ben")]
        film = await ana.upload()
        code = await ana.create_room(url=f"{ana.url}/videos/{film}")
        await ben.join(code)
        return cls(ana, ben, code, film)

    async def play(self, url: str) -> None:
        reply = await self.ana.http.put(f"/rooms/{self.code}/source", json={"url": url})
        assert reply.status_code == 200, reply.text

    async def stop(self) -> None:
        await self.ana.http.put(f"/rooms/{self.code}/source", json={"source": None})

    async def play_another_film(self) -> None:
        await self.play(f"{self.ana.url}/videos/{await self.ana.upload()}")

    async def play_from_elsewhere(self) -> None:
        await self.play(LINK)

    async def kick(self) -> None:
        await self.ana.act(self.code, "kick", self.ben)

    async def ban(self) -> None:
        await self.ana.act(self.code, "ban", self.ben)

    async def end(self) -> None:
        assert (await self.ana.http.delete(f"/rooms/{self.code}")).status_code == 204


ENDS_FOR_ALL = [Cinema.play_another_film, Cinema.play_from_elsewhere, Cinema.stop, Cinema.end]
ENDS_FOR_BEN = [Cinema.kick, Cinema.ban]
ModerationAction = Callable[[Cinema], Awaitable[None]]


@pytest.mark.parametrize("act", ENDS_FOR_ALL, ids=lambda act: act.__name__)
async def test_a_members_link_ends_when_the_room_no_longer_plays_the_film(
    pair: Pair, people: People, act: ModerationAction
) -> None:
    cinema = await Cinema.open(pair, people)
    links = [await link_of(person, cinema.code) for person in (cinema.ana, cinema.ben)]
    assert [await status(link) for link in links] == [206, 206]
    await act(cinema)
    assert [await status(link) for link in links] == [401, 401]


@pytest.mark.parametrize("act", ENDS_FOR_BEN, ids=lambda act: act.__name__)
async def test_a_members_link_ends_when_they_are_put_out(
    pair: Pair, people: People, act: ModerationAction
) -> None:
    cinema = await Cinema.open(pair, people)
    links = [await link_of(person, cinema.code) for person in (cinema.ana, cinema.ben)]
    await act(cinema)
    assert [await status(link) for link in links] == [206, 401]


async def test_who_was_kicked_and_comes_back_needs_a_new_link(pair: Pair, people: People) -> None:
    cinema = await Cinema.open(pair, people)
    old = await link_of(cinema.ben, cinema.code)
    await cinema.kick()
    await cinema.ben.join(cinema.code)
    assert await status(old) == 401
    assert await status(await link_of(cinema.ben, cinema.code)) == 206


async def test_a_link_lasts_while_members_come_and_go_and_the_host_changes(
    pair: Pair, people: People
) -> None:
    cinema = await Cinema.open(pair, people)
    ana, ben = [await link_of(person, cinema.code) for person in (cinema.ana, cinema.ben)]
    cem = await people.arrive(pair.second, "Cem")
    await cem.join(cinema.code)
    reply = await cinema.ana.http.post(
        f"/rooms/{cinema.code}/transfer", json={"user_id": cinema.ben.id}
    )
    assert reply.status_code == 204, reply.text
    through_the_other_server = ben.replace(pair.first.url, pair.second.url)
    assert [await status(link) for link in (ana, ben, through_the_other_server)] == [206] * 3


async def test_a_link_of_one_room_does_not_end_with_another(pair: Pair, people: People) -> None:
    cinema = await Cinema.open(pair, people)
    other = await cinema.ana.create_room(url=f"{cinema.ana.url}/videos/{cinema.film}")
    await cinema.ben.join(other)
    here, there = [await link_of(cinema.ben, code) for code in (cinema.code, other)]
    await cinema.end()
    assert [await status(here), await status(there)] == [401, 206]


async def test_the_owner_ends_the_links_of_rooms_too_and_members_get_no_new_ones(
    pair: Pair, people: People
) -> None:
    cinema = await Cinema.open(pair, people)
    old = await link_of(cinema.ben, cinema.code)
    await cinema.ana.http.delete(f"/videos/{cinema.film}/tokens")
    assert await status(old) == 401
    playback = await cinema.ben.read(f"/rooms/{cinema.code}/playback")
    assert (playback["source"], playback["playable"]) == (None, None)
    assert playback["state"]["unloaded"] == "taken_back"


@pytest.mark.parametrize("act", ENDS_FOR_ALL, ids=lambda act: act.__name__)
async def test_a_film_is_shared_while_a_room_plays_it(
    pair: Pair, people: People, act: ModerationAction
) -> None:
    cinema = await Cinema.open(pair, people)
    assert (await cinema.ana.read(f"/videos/{cinema.film}"))["shared"] is True
    await act(cinema)
    assert (await cinema.ana.read(f"/videos/{cinema.film}"))["shared"] is False


async def test_a_film_is_shared_while_it_is_in_a_queue(pair: Pair, people: People) -> None:
    cinema = await Cinema.open(pair, people)
    await cinema.play_from_elsewhere()
    film = cinema.film
    assert (await cinema.ana.read(f"/videos/{film}"))["shared"] is False
    reply = await cinema.ana.http.post(
        f"/rooms/{cinema.code}/queue", json={"url": f"{cinema.ana.url}/videos/{film}"}
    )
    assert reply.status_code == 201, reply.text
    assert (await cinema.ana.read(f"/videos/{film}"))["shared"] is True
    await cinema.ana.http.delete(f"/videos/{film}/tokens")
    assert (await cinema.ana.read(f"/videos/{film}"))["shared"] is False
