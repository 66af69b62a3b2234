"""Processes that a test may break, and the party that must not notice too much of it."""

import contextlib
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import redis.asyncio

from launch import valkey
from tests.rooms.people import Guest, Message, People, Refused, RoomSocket
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import Server
from tests.support.warm import Process

T = TypeVar("T")

FILM = "https://youtu.be/dQw4w9WgXcQ"
STATE = ("revision", "playing", "position", "rate", "at", "source", "by", "duration")


async def ask_redis(url: str, *words: str) -> Any:
    """Send one command to a Redis, as an operator would by hand."""
    client = redis.asyncio.Redis.from_url(url, decode_responses=True)
    try:
        return await client.execute_command(*words)  # type: ignore[no-untyped-call]
    finally:
        await client.aclose()


class Valkey:
    """A Valkey process of one's own, with its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = valkey.start(folder)

    @property
    def url(self) -> str:
        return f"unix://{self.folder / 'valkey.sock'}"

    def freeze(self) -> None:
        """Stop it without ending it: connections stay, nothing answers."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it as an operator does."""
        self._process.terminate()
        self._process.wait()

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def start(self) -> None:
        """Start it again on what its append-only file holds."""
        self._process = valkey.start(self.folder)

    def empty(self) -> None:
        """Throw away what an ended one would remember."""
        shutil.rmtree(self.folder / "appendonlydir")

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.kill()

    async def now_ms(self) -> float:
        """Return room time, which is this Valkey's."""
        seconds, micros = await ask_redis(self.url, "TIME")
        return int(seconds) * 1000 + int(micros) / 1000


@dataclass(frozen=True, slots=True)
class Rig:
    """Two servers that share a Valkey which a test may stop; any serves any room."""

    first: Server
    second: Server
    valkey: Valkey


@dataclass
class Party:
    """Three people in one room: Ana, the host, and Ben at one server, Cem at another."""

    code: str
    people: People
    ana: RoomSocket
    ben: RoomSocket
    cem: RoomSocket

    @classmethod
    async def gather(cls, people: People, first: Server, second: Server) -> "Party":
        ana, ben = await people.arrive(first, "Ana"), await people.arrive(first, "Ben")
        cem = await people.arrive(second, "Cem")
        code = await ana.create_room(url=FILM)
        party = cls(
            code, people, await ana.enter(code), await ben.enter(code), await cem.enter(code)
        )
        await party.is_complete()
        return party

    @property
    def everyone(self) -> list[RoomSocket]:
        return [self.ana, self.ben, self.cem]

    async def is_complete(self, *others: RoomSocket) -> None:
        """Wait until everyone is told of exactly these three, and of ``others``."""
        here = {room_socket.guest.id for room_socket in [*self.everyone, *others]}
        for room_socket in [*self.everyone, *others]:
            await hears_of_people(room_socket, here)

    async def command(self, type_: str, **fields: Any) -> Message:
        """Give the host's command; return its state when everyone has heard of it."""
        told = await self.ana.ask(type_, **fields)
        assert told["type"] == "PLAYBACK_STATE", told
        for room_socket in self.everyone:
            await hears_revision(room_socket, told["revision"])
        return told

    async def agree(self) -> Message:
        """Return the state that everyone is told who asks, by socket or by REST."""
        answers = [state_of(await room_socket.ask("SYNC")) for room_socket in self.everyone]
        for room_socket in self.everyone:
            reply = await room_socket.guest.http.get(f"/rooms/{self.code}/playback")
            assert reply.status_code == 200, reply.text
            answers.append(state_of(reply.json()["state"]))
        assert all(answer == answers[0] for answer in answers), answers
        return answers[0]

    def nobody_heard(self, *types: str) -> None:
        for room_socket in self.everyone:
            heard = [m for m in room_socket.heard if m["type"] in types]
            assert not heard, f"{room_socket.guest.name} heard {heard}"

    def nobody_was_missed(self) -> None:
        """Nobody was told that someone had left or that the host was away."""
        self.nobody_heard("HOST_DISCONNECTED", "HOST_CHANGED", "ROOM_CLOSED")
        for room_socket in self.everyone:
            missed = [m for m in room_socket.of("PRESENCE") if m["left"]]
            assert not missed, f"{room_socket.guest.name} heard {missed}"
            assert not room_socket.closed, f"closed with {room_socket.socket.close_code}"


async def patience_ends(redis_url: str, code: str) -> None:
    """Let the room wait no longer for its host."""
    await ask_redis(redis_url, "ZADD", "rooms:deadlines", "1", f"{code} grace")


def state_of(message: Message) -> Message:
    """Return the playback state in a message, without what surrounds it."""
    return {name: message[name] for name in STATE}


def roster_of(room_socket: RoomSocket) -> set[str]:
    """Return who is present, by what this socket has been told."""
    present = {member["id"] for member in room_socket.welcome["members"]}
    for told in room_socket.of("PRESENCE"):
        present |= {member["id"] for member in told["joined"]}
        present -= set(told["left"])
    return present


async def hears_of_people(room_socket: RoomSocket, people: set[str]) -> None:
    """Wait until the socket has been told that exactly ``people`` are present."""
    await room_socket.until(lambda: roster_of(room_socket) == people)
    assert roster_of(room_socket) == people, f"closed with {room_socket.socket.close_code}"


async def hears_revision(room_socket: RoomSocket, revision: int) -> Message:
    """Wait until the socket has been told of ``revision`` or a later one."""
    return await room_socket.hears(
        lambda m: m["type"] == "PLAYBACK_STATE" and m["revision"] >= revision
    )


async def come_back(people: People, room_socket: RoomSocket, server: Server) -> RoomSocket:
    """Open the lost socket anew at ``server`` by its resume token, as a page does."""
    guest: Guest = people.move(room_socket.guest, server)
    return await guest.open(str(room_socket.welcome["room"]["code"]), room_socket.welcome["resume"])


async def refused_with(guest: Guest, code: str, ticket: str) -> int:
    """Return the code with which a new socket is closed before WELCOME."""
    try:
        await guest.open(code, ticket)
    except Refused as refused:
        return refused.code
    raise AssertionError("the socket was opened")


async def metric(server: Server, name: str) -> float:
    """Return the value of one metric of a server; 0 when it has none yet."""
    async with plain_client(timeout=PATIENCE_S) as http:
        text = (await http.get(f"{server.url}/metrics")).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def resident_bytes(process: Process) -> int:
    """Return how much memory a process has (proc(5), statm)."""
    pages = Path(f"/proc/{process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096
