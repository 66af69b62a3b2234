"""The data folder's disk fills up, for real, and is given room again."""

import contextlib
import os
import signal
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.faults.rig import ask_redis
from tests.library.site import TINY_MP4
from tests.rooms.people import Guest, Message, People, RoomSocket
from tests.support.patience import PATIENCE_S
from tests.support.plain_http import plain_client
from tests.support.servers import copy_template
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.supervised import Up, running
from tests.support.waiting import eventually

SIZE_BYTES = 64 * 1024**2
RESERVE_BYTES = 16 * 1024**2
# How soon after room was made all is to be well.
WELL_WITHIN_S = 10.0
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
SETTINGS = {"STREAMIT_RATE_LIMITS": "off", "STREAMIT_DISK_RESERVE_BYTES": str(RESERVE_BYTES)}


@pytest.fixture
def disk(migrated_template: Path) -> Iterator[SmallDisk]:
    """A small disk, with a data folder whose database is up to date."""
    # Not in tmp_path, whose name is long: a unix socket's path may have 100 characters.
    with (
        tempfile.TemporaryDirectory(prefix="streamit-test-") as folder,
        small_disk(Path(folder, "disk"), SIZE_BYTES) as disk,
    ):
        copy_template(migrated_template, disk.root / "data")
        yield disk


async def arrive(people: People, up: Up, name: str) -> Guest:
    people.guests.append(guest := await Guest.arrive(up.address, name))
    return guest


def back(people: People, up: Up, guest: Guest) -> Guest:
    """The same person, after everything was started again."""
    token = guest.http.headers["Authorization"].removeprefix("Bearer ")
    people.guests.append(again := Guest.with_token(up.address, guest.name, guest.id, token))
    return again


async def health(up: Up) -> Message:
    """Return what /healthz says, with its HTTP status as ``code``."""
    async with plain_client(timeout=PATIENCE_S) as http:
        try:
            reply = await http.get(f"{up.address}/healthz")
        except httpx2.TransportError:
            return {}
    return {**reply.json(), "code": reply.status_code}


async def rooms_go_on_full(up: Up) -> bool:
    """Tell whether the disk is told to be full, and Valkey does without it."""
    facts = await ask_redis(redis_url(up), "INFO", "persistence")
    return facts["aof_enabled"] == 0 and await health(up) == {
        "status": "degraded",
        "database": "ok",
        "redis": "ok",
        "disk": "full",
        "code": 200,
    }


async def send(guest: Guest, content: bytes = TINY_MP4) -> httpx2.Response:
    film = {"file": ("film.mp4", content, "video/mp4")}
    return await guest.http.post("/videos", files=film)


async def storing_is_refused(disk: SmallDisk, guest: Guest) -> Message:
    """Change the database until it has used up the pages it had; return the refusal."""

    async def refused() -> Message:
        disk.fill()
        reply = await guest.http.post("/rooms", json={"name": "One more"})
        return {} if reply.status_code == 201 else {**reply.json(), "status": reply.status_code}

    return await eventually(refused)


async def newcomers_see_why(up: Up, code: str) -> None:
    """Come for the first time: the pages are there, and say why nobody new gets in."""
    async with plain_client(base_url=up.address) as http:
        for page in ("/", f"/r/{code}", "/sign-in"):
            assert (await http.get(page)).status_code == 200
        guest = await http.post("/api/v1/auth/guest", json={"display_name": "Cem"})
    assert (guest.status_code, guest.json()["error"]["code"]) == (507, "insufficient_storage")
    assert "nobody new can come in" in guest.json()["error"]["message"]


async def play(room_socket: RoomSocket, position: int) -> None:
    told = await room_socket.ask("SEEK", position=position)
    assert (told["type"], told["position"]) == ("PLAYBACK_STATE", position)
    assert (await room_socket.ask("CHAT", text=f"At {position}"))["type"] == "CHAT"


async def watch(guest: Guest, video: str) -> None:
    """Read the list and a range of the film."""
    assert (await guest.read("/videos"))["total"] >= 1
    reply = await guest.http.get(f"/videos/{video}/stream", headers={"Range": "bytes=0-99"})
    assert (reply.status_code, len(reply.content)) == (206, 100)


async def test_on_a_full_disk_rooms_and_films_go_on_and_all_is_well_soon_after_room_is_made(
    disk: SmallDisk, people: People
) -> None:
    with running(disk.root / "data", **SETTINGS) as up:
        ana, ben = [await arrive(people, up, name) for name in ("Ana", "Ben")]
        code, video = await ana.create_room(), await ana.upload()
        begun = await ana.http.post("/uploads", headers={**TUS, "Upload-Length": "4096"})
        large = (await send(ana, TINY_MP4 + bytes(1024**2))).json()["id"]
        key = (await ana.http.post("/auth/keys", json={"name": "Script"})).json()["key"]
        change(up, "UPDATE accounts_signin SET last_used_at = '2020-01-01 00:00:00'")
        room_socket = await ana.enter(code)
        await play(room_socket, 10)
        assert (await health(up))["disk"] == "ok"
        await (await ben.enter(code)).leave()

        disk.fill()
        await eventually(lambda: rooms_go_on_full(up))

        await play(room_socket, 20)
        await (await ben.enter(code)).leave()
        await watch(ana, video)
        refusal = await storing_is_refused(disk, ana)
        # What only notes that somebody was here is left out.
        for known in (ana.http.headers, {"X-API-Key": key}):
            async with plain_client(base_url=ana.http.base_url, headers=known) as http:
                assert (await http.get("/auth/me")).status_code == 200
        assert refusal["status"] == 507
        assert refusal["error"] == {
            "code": "insufficient_storage",
            "message": "The server's disk is full, so this cannot be stored just now. "
            "Try again later.",
        }
        await newcomers_see_why(up, code)
        assert (await send(ana)).status_code == 507
        place = begun.headers["location"].removeprefix("/api/v1")
        part = {**BYTES, "Upload-Offset": "0"}
        more = await ana.http.patch(place, content=TINY_MP4[:1024], headers=part)
        assert (more.status_code, more.json()["error"]["code"]) == (507, "insufficient_storage")
        await play(room_socket, 30)
        assert not room_socket.closed
        # Deleting must make room, although it has to be stored.
        await storing_is_refused(disk, ana)
        assert (await ana.http.delete(f"/videos/{large}")).status_code == 200
        assert disk.free_bytes() > 1024**2 / 2

        # What a restart of a server used to meet was SIGBUS, again and again.
        server = up.the("server")
        os.kill(server, signal.SIGKILL)
        disk.fill()

        async def is_back() -> bool:
            return server not in up.children() and await rooms_go_on_full(up)

        await eventually(is_back)
        again = await ana.enter(code)
        await play(again, 40)
        await watch(ana, video)

        disk.free()

        async def all_is_well() -> bool:
            stored = [
                (await ana.http.post("/rooms", json={"name": "New"})).status_code,
                (await send(ana)).status_code,
                (await ana.http.patch(place, content=TINY_MP4[:1024], headers=part)).status_code,
            ]
            facts = await ask_redis(redis_url(up), "INFO", "persistence")
            is_written = facts["aof_enabled"] == 1 and facts["aof_rewrite_in_progress"] == 0
            return stored[:2] == [201, 201] and (await health(up))["status"] == "ok" and is_written

        await eventually(all_is_well, within_s=WELL_WITHIN_S)
        await play(again, 50)
        # To be swept at the start, which the database cannot take.
        change(up, "UPDATE library_upload SET held_until = '2020-01-01 00:00:00'")
        assert up.stop() == 0

    # And a start finds what was written, also without room for more.
    disk.fill()
    with running(disk.root / "data", **SETTINGS) as up:
        ana = back(people, up, ana)
        assert (await (await ana.enter(code)).ask("SYNC"))["position"] >= 50
        await eventually(lambda: rooms_go_on_full(up))
        await watch(ana, video)
        assert (await send(ana)).status_code == 507
        assert up.stop() == 0


async def test_uploads_leave_the_reserve_of_the_disk_alone(disk: SmallDisk, people: People) -> None:
    with running(disk.root / "data", **SETTINGS, STREAMIT_JOBS="0") as up:
        ana = await arrive(people, up, "Ana")
        disk.fill(but_bytes=RESERVE_BYTES + 8 * 1024**2)
        before = disk.free_bytes()

        # Announced: refused before the first byte.
        too_much = 12 * 1024**2
        refused = await ana.http.post("/uploads", headers={**TUS, "Upload-Length": str(too_much)})
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            507,
            "insufficient_storage",
        )
        assert (await send(ana, TINY_MP4 + bytes(too_much))).status_code == 507
        assert before - disk.free_bytes() < 1024**2

        # What fits once is taken: its file becomes the stored one.
        film = TINY_MP4 + bytes(5 * 1024**2)
        announced = {**BYTES, "Upload-Length": str(len(film))}
        taken = await ana.http.post("/uploads", headers=announced, content=film)
        assert taken.status_code == 201, taken.text
        assert before - disk.free_bytes() < 6 * 1024**2
        video = taken.headers["Streamit-Video"]
        assert (await ana.http.delete(f"/videos/{video}")).status_code == 200

        # Not announced: refused when the reserve is reached, and nothing stays.
        async def endless() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.mp4"\r\n\r\n'
            yield TINY_MP4
            for _ in range(30):
                yield bytes(1024**2)
                assert disk.free_bytes() > RESERVE_BYTES - 1024**2

        form = {"Content-Type": "multipart/form-data; boundary=b"}
        reply = await ana.http.post("/videos", content=endless(), headers=form)
        assert reply.status_code == 507, reply.text
        assert before - disk.free_bytes() < 1024**2
        assert (await send(ana)).status_code == 201

        disk.fill(but_bytes=RESERVE_BYTES - 1024**2)
        assert (await health(up))["disk"] == "low"
        assert (await send(ana)).status_code == 507
        # The reserve is there for all else.
        await ana.create_room()
        assert up.stop() == 0


def change(up: Up, sql: str) -> None:
    """Change the database behind the servers' back."""
    with contextlib.closing(sqlite3.connect(up.data / "streamit.sqlite3")) as database, database:
        database.execute(sql)


def redis_url(up: Up) -> str:
    return f"unix://{up.data / 'valkey' / 'valkey.sock'}"
