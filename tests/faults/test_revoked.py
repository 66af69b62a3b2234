"""What somebody signed in with ends: so do their sockets, tokens and running streams."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.faults.rig import FILM
from tests.library.site import TINY_MP4
from tests.rooms.people import Guest, People, RoomSocket
from tests.support import warm
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import MANAGE, Server, Servers
from tests.support.waiting import eventually

PASSWORD, OTHER_PASSWORD = "a long enough secret", "another long enough secret"
# More than the sockets of both sides hold, so that a film is under way until somebody reads it.
_FILLING_BYTES = 48 * 2**20
LONG_FILM_BYTES = len(TINY_MP4) + _FILLING_BYTES


def long_film() -> bytes:
    filling = _FILLING_BYTES.to_bytes(4, "big") + b"free"
    return TINY_MP4 + filling.ljust(_FILLING_BYTES, b"\0")


@dataclass
class Ann:
    """Somebody with an account, a room and a film that runs, at two servers."""

    servers: Servers
    guest: Guest
    email: str
    room_socket: RoomSocket
    film: "Stream"
    key_id: str

    @classmethod
    async def arrive(cls, servers: Servers, people: People, *, by_key: bool = False) -> "Ann":
        first, second = servers.start(), servers.start()
        ann = await people.arrive(first, "Ann")
        email = f"{ann.id}@example.org"
        facts = {"email": email, "password": PASSWORD, "display_name": "Ann"}
        reply = await ann.http.post("/auth/register", json=facts)
        assert reply.status_code == 201, reply.text
        # As a program: by the token alone.
        ann.http.cookies.clear()
        ann.http.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
        key_id = ""
        if by_key:
            made = (await ann.http.post("/auth/keys", json={"name": "program"})).json()
            key_id = made["id"]
            http = plain_client(
                base_url=ann.http.base_url, timeout=PATIENCE_S, headers={"X-API-Key": made["key"]}
            )
            ann = Guest(first.url, "Ann", ann.id, http)
            people.guests.append(ann)
        there = Guest(second.url, "Ann", ann.id, ann.http)
        room_socket = await there.open(*await joined(ann))
        upload = {"file": ("film.mp4", long_film(), "video/mp4")}
        video = (await ann.http.post("/videos", files=upload, data={"title": "Film"})).json()["id"]
        film = await Stream.begin(second.url, (await ann.read(f"/videos/{video}/playback")))
        return cls(servers, ann, email, room_socket, film, key_id)

    async def is_out(self) -> None:
        """The socket is closed, its token opens nothing, and the film breaks off."""
        began_s = time.monotonic()
        assert await self.room_socket.close_code() == 4401
        code = self.room_socket.welcome["room"]["code"]
        there = Guest(self.room_socket.guest.url, "Ann", self.guest.id, self.guest.http)
        assert await there.refused(code, self.room_socket.welcome["resume"]) == 4401
        assert await self.film.rest() < LONG_FILM_BYTES
        assert (await self.film.again()).status_code == 401
        # Two seconds, and what a busy machine adds.
        assert time.monotonic() - began_s < 10
        for server in self.servers.started:
            assert not errors_in(server)


def errors_in(server: Server) -> list[str]:
    """Return the lines in the log of a server that say that something failed in it."""
    return [line for line in server.log.read_text().splitlines() if "error" in line.lower()]


async def joined(ann: Guest) -> tuple[str, str]:
    code = await ann.create_room(url=FILM)
    return code, (await ann.join(code))["ticket"]


@dataclass
class Stream:
    """A film of which somebody has read the beginning."""

    url: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def begin(cls, server_url: str, playback: dict[str, Any]) -> "Stream":
        url = server_url + playback["playback_url"]
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection("127.0.0.1", parts.port, limit=2**16)
        target = f"{parts.path}?{parts.query}"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert b" 200 " in await reader.readline()
        await reader.readuntil(b"\r\n\r\n")
        return cls(url, reader, writer)

    async def rest(self) -> int:
        """Read at a player's pace until the server ends it; return how many bytes came."""
        count = 0
        async with asyncio.timeout(PATIENCE_S):
            while chunk := await self.reader.read(2**18):
                count += len(chunk)
                await self.again()
        self.writer.close()
        return count

    async def again(self) -> httpx2.Response:
        async with plain_client() as http:
            return await http.get(self.url, headers={"Range": "bytes=0-0"})


async def sign_out(ann: Ann) -> None:
    assert (await ann.guest.http.post("/auth/logout")).status_code == 204


async def sign_out_everywhere(ann: Ann) -> None:
    assert (await ann.guest.http.post("/auth/logout-everywhere")).status_code == 204


async def change_password(ann: Ann) -> None:
    passwords = {"password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await ann.guest.http.post("/auth/password", json=passwords)).status_code == 200


async def be_disabled(ann: Ann) -> None:
    command = [str(MANAGE), "admin", "disable", ann.email]
    done = await asyncio.to_thread(warm.run, command, ann.servers.environment({}))
    assert done.returncode == 0, done.stderr
    login = {"email": ann.email, "password": PASSWORD}
    assert (await ann.guest.http.post("/auth/login", json=login)).status_code == 401


@pytest.mark.parametrize("end", [sign_out, sign_out_everywhere, change_password, be_disabled])
async def test_who_is_signed_out_has_no_socket_token_or_stream_any_more(
    servers: Servers, people: People, end: Callable[[Ann], Awaitable[None]]
) -> None:
    ann = await Ann.arrive(servers, people)
    await end(ann)
    await ann.is_out()
    assert await ann.guest.refusal("GET", "/auth/me") == (401, "bad_token")


async def test_a_revoked_key_ends_what_was_got_by_it_and_nothing_else(
    servers: Servers, people: People
) -> None:
    ann = await Ann.arrive(servers, people, by_key=True)
    owner = people.guests[0]
    also = await Guest(owner.url, "Ann", owner.id, owner.http).open(*await joined(owner))
    reply = await owner.http.delete(f"/auth/keys/{ann.key_id}")
    assert reply.status_code == 204, reply.text
    await ann.is_out()
    assert await ann.guest.refusal("GET", "/auth/me") == (401, "bad_key")
    await also.in_step()
    await also.leave()


async def test_a_disabled_cohost_is_none_any_more_within_two_seconds(
    servers: Servers, people: People
) -> None:
    ann = await Ann.arrive(servers, people)
    host = await people.arrive(servers.start(), "Host")
    code = await host.create_room(url=FILM)
    await ann.guest.enter(code)
    await host.act(code, "cohost", ann.guest)

    async def is_viewer() -> bool:
        rows = (await host.read(f"/rooms/{code}/members"))["members"]
        return any(row["id"] == ann.guest.id and row["role"] == "viewer" for row in rows)

    assert not await is_viewer()
    await be_disabled(ann)
    # Two seconds, and what a busy machine adds.
    await eventually(is_viewer, within_s=PATIENCE_S / 2)
    await ann.is_out()


async def test_a_guest_who_makes_an_account_stays_in_the_room(
    servers: Servers, people: People
) -> None:
    ann = await people.arrive(servers.start(), "Ann")
    room_socket = await ann.open(*await joined(ann))
    facts = {"email": "ann@example.org", "password": PASSWORD, "display_name": "Ann"}
    assert (await ann.http.post("/auth/register", json=facts)).status_code == 201
    await room_socket.in_step()


async def take_back(owner: Guest, video: str) -> str:
    assert (await owner.http.delete(f"/videos/{video}/tokens")).status_code == 204
    return "taken_back"


async def delete(owner: Guest, video: str) -> str:
    assert (await owner.http.delete(f"/videos/{video}")).status_code == 200
    return "deleted"


@pytest.mark.parametrize("end", [take_back, delete])
async def test_an_owner_who_is_no_host_any_more_takes_a_video_out_of_the_room(
    servers: Servers, people: People, end: Callable[[Guest, str], Awaitable[str]]
) -> None:
    first, second = servers.start(), servers.start()
    ann, ben = await people.arrive(first, "Ann"), await people.arrive(second, "Ben")
    upload = {"file": ("film.mp4", long_film(), "video/mp4")}
    video = (await ann.http.post("/videos", files=upload, data={"title": "Film"})).json()["id"]
    code = await ann.create_room(url=f"{first.url}/videos/{video}")
    host, viewer = await ann.enter(code), await ben.enter(code)
    await host.ask("TRANSFER", member=ben.id)
    await viewer.hears("HOST_CHANGED")
    playable = (await ben.read(f"/rooms/{code}/playback"))["playable"]
    film = await Stream.begin(second.url, {"playback_url": playable["url"]})
    await host.leave()
    why = await end(ann, video)
    told = await viewer.hears(lambda m: m["type"] == "PLAYBACK_STATE" and m.get("unloaded"))
    assert (told["source"], told["playing"], told["unloaded"]) == (None, False, why)
    assert await film.rest() < LONG_FILM_BYTES
    assert not errors_in(second)
    assert (await film.again()).status_code in (401, 404)
    assert (await ben.read(f"/rooms/{code}/playback"))["playable"] is None
    # The host of by now cannot put it back.
    link = {"url": f"{first.url}/videos/{video}"}
    assert (await ben.http.put(f"/rooms/{code}/source", json=link)).status_code == 404
    # Whoever comes later is told why too, until something else is played.
    assert (await (await people.arrive(first, "Cem")).enter(code)).welcome["state"][
        "unloaded"
    ] == why
