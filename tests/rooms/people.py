"""People for protocol tests: they sign in over REST and sit in rooms by a real socket."""

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.library.site import TINY_MP4
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import Server

# What a new room plays unless a test says otherwise.
FILM = {"url": "https://youtu.be/aqz-KE-bpKQ"}
_ids = itertools.count(1)

Message = dict[str, Any]


@dataclass
class People:
    """Everyone of one test; closes their connections when it ends."""

    guests: list["Guest"] = field(default_factory=list)

    async def arrive(self, server: Server, name: str) -> "Guest":
        """Sign a new guest in at ``server``."""
        guest = await Guest.arrive(server.url, name)
        self.guests.append(guest)
        return guest

    def move(self, guest: "Guest", server: Server) -> "Guest":
        """The same person, speaking to another server."""
        token = guest.http.headers["Authorization"].removeprefix("Bearer ")
        moved = Guest.with_token(server.url, guest.name, guest.id, token)
        self.guests.append(moved)
        return moved

    async def go(self) -> None:
        for guest in self.guests:
            for room_socket in guest.room_sockets:
                await room_socket.leave()
            await guest.http.aclose()


@dataclass
class Guest:
    """Someone signed in at one server as a program is, by Bearer token."""

    url: str
    name: str
    id: str
    http: httpx2.AsyncClient
    room_sockets: list["RoomSocket"] = field(default_factory=list)

    @classmethod
    async def arrive(cls, url: str, name: str) -> Self:
        http = plain_client(base_url=f"{url}/api/v1", timeout=PATIENCE_S)
        reply = await http.post("/auth/guest", json={"display_name": name})
        assert reply.status_code == 201, reply.text
        body = reply.json()
        await http.aclose()
        return cls.with_token(url, name, body["user"]["id"], body["access_token"])

    @classmethod
    def with_token(cls, url: str, name: str, id_: str, token: str) -> Self:
        """Someone who signed in elsewhere."""
        http = plain_client(
            base_url=f"{url}/api/v1",
            timeout=PATIENCE_S,
            headers={"Authorization": f"Bearer {token}"},
        )
        return cls(url, name, id_, http)

    async def create_room(self, **facts: Any) -> str:
        chosen = {} if "source" in facts else FILM
        reply = await self.http.post("/rooms", json={"name": "Film night", **chosen, **facts})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["code"])

    async def join(self, code: str, **body: Any) -> Message:
        reply = await self.http.post(f"/rooms/{code}/join", json=body)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    async def enter(self, code: str, **body: Any) -> "RoomSocket":
        """Join and open the socket; returns after WELCOME."""
        joined = await self.join(code, **body)
        return await self.open(code, joined["ticket"])

    async def open(self, code: str, ticket: str) -> "RoomSocket":
        """Open the socket with a ticket or resume token; raise Refused."""
        room_socket = await RoomSocket.open(self, f"{self.socket_url(code)}?ticket={ticket}")
        self.room_sockets.append(room_socket)
        return room_socket

    async def refused(self, code: str, ticket: str) -> int:
        """Try a ticket that must not open the socket; return the close code."""
        try:
            await self.open(code, ticket)
        except Refused as refusal:
            return refusal.code
        raise AssertionError(f"{self.name} was let in")

    async def read(self, path: str) -> Message:
        reply = await self.http.get(path)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    async def upload(self, content: bytes = TINY_MP4) -> str:
        """Put a video into the library; return its id."""
        film = {"file": ("film.mp4", content, "video/mp4")}
        reply = await self.http.post("/videos", files=film, data={"title": "Film"})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def act(self, code: str, act: str, member: "Guest", *, expect: int = 204) -> Message:
        """Moderate over REST; return the error, if one is expected."""
        reply = await self.http.post(f"/rooms/{code}/members/{member.id}/{act}")
        assert reply.status_code == expect, reply.text
        return {} if expect == 204 else dict(reply.json()["error"])

    async def refusal(self, method: str, path: str, **request: Any) -> tuple[int, str]:
        """Make a request that must fail; return its status and error code."""
        reply = await self.http.request(method, path, **request)
        assert reply.status_code >= 400, reply.text
        return reply.status_code, str(reply.json()["error"]["code"])

    def socket_url(self, code: str) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/ws/rooms/{code}/"


@dataclass
class RoomSocket:
    """One open socket; it keeps everything it has heard."""

    guest: Guest
    socket: ClientConnection
    welcome: Message
    heard: list[Message] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, guest: Guest, url: str) -> Self:
        socket = await connect(url, open_timeout=PATIENCE_S, ping_interval=None)
        try:
            welcome = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
        except ConnectionClosed as error:
            raise Refused(error.rcvd.code if error.rcvd else 1006) from None
        assert welcome["type"] == "WELCOME"
        room_socket = cls(guest, socket, welcome)
        room_socket._reader = asyncio.create_task(room_socket._read())
        return room_socket

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                async with self._news:
                    self.heard.append(json.loads(text))
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            async with self._news:
                self._news.notify_all()

    async def say(self, type_: str, **fields: Any) -> None:
        # As browsers write it: nothing escaped that need not be.
        await self.socket.send(json.dumps({"type": type_, **fields}, ensure_ascii=False))

    async def send(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        await self.socket.send(frame)

    async def ask(self, type_: str, **fields: Any) -> Message:
        """Say something, with a fresh id unless one is given; return the answer that echoes it."""
        id_ = fields.setdefault("id", f"q{next(_ids)}")
        heard = len(self.heard)
        await self.say(type_, **fields)
        return await self.hears(lambda m: id_ in (m.get("id"), m.get("client_id")), after=heard)

    async def hears(self, wanted: Any, *, after: int = 0) -> Message:
        """Return the first message (from position ``after``) of a type, or that passes."""
        test = (lambda m: m["type"] == wanted) if isinstance(wanted, str) else wanted

        def found() -> Message | None:
            return next((m for m in self.heard[after:] if test(m)), None)

        await self.until(lambda: found() is not None)
        message = found()
        assert message is not None, f"{self.guest.name} was closed with {self.socket.close_code}"
        return message

    async def until(self, check: Callable[[], bool]) -> None:
        """Wait until ``check`` passes on what was heard, or the socket is closed."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: check() or self.closed), PATIENCE_S)

    @property
    def closed(self) -> bool:
        return self._reader is not None and self._reader.done()

    async def close_code(self) -> int | None:
        """Wait until the server has closed the socket; return its code."""
        assert self._reader is not None
        await asyncio.wait_for(asyncio.wait([self._reader]), PATIENCE_S)
        return self.socket.close_code

    async def in_step(self) -> None:
        """Wait until everything the server has sent so far is here: a PING comes back."""
        await self.ask("PING", t0=0.0)

    async def sees(self, count: int) -> None:
        """Wait until they have been told that so many people are present."""
        await self.hears(lambda m: m["type"] == "PRESENCE" and m["viewer_count"] == count)

    def of(self, type_: str) -> list[Message]:
        return [m for m in self.heard if m["type"] == type_]

    async def leave(self) -> None:
        await self.socket.close()
        if self._reader is not None:
            await asyncio.wait([self._reader])


class Refused(Exception):
    """The server closed the socket before WELCOME."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


async def metric(server: Server, name: str, **labels: str) -> float:
    """Read one counter or gauge from /metrics; 0 while there is none."""
    async with plain_client(base_url=server.url, timeout=PATIENCE_S) as http:
        text = (await http.get("/metrics")).text
    for line in text.splitlines():
        key, _, value = line.rpartition(" ")
        base, _, inside = key.partition("{")
        if base == name and all(f'{k}="{v}"' in inside for k, v in labels.items()):
            return float(value)
    return 0.0
