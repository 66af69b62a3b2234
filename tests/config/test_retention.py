"""What nobody needs any more, and the command that shows it, on a real server's data."""

import subprocess
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest
import pytest_asyncio
from django.apps import apps
from django.db import connection

from accounts.models import User
from rooms.lifecycle import Status
from rooms.models import Room
from tests.rooms.people import People
from tests.support import warm
from tests.support.plain_http import plain_client
from tests.support.servers import MANAGE, ROOT, Servers

pytestmark = pytest.mark.programs

LONG_AGO = "2020-01-01 00:00:00"


@pytest_asyncio.fixture
async def people() -> AsyncIterator[People]:
    everyone = People()
    yield everyone
    await everyone.go()


def expired(servers: Servers, *arguments: str) -> str:
    """Run the command on the data of ``servers``; return what it says."""
    done = warm.run([MANAGE, "expired", *arguments], servers.environment({}))
    assert done.returncode == 0, done.stderr
    return done.stdout


def counts(said: str) -> dict[str, int]:
    """Return how much the command would remove, by the beginning of each rule's name."""
    lines = [line.split() for line in said.splitlines() if line[:6].strip().isdecimal()]
    return {words[1]: int(words[0]) for words in lines}


@pytest.mark.django_db(transaction=True)
def test_rooms_that_were_over_before_ends_were_stored_count_as_ended_now() -> None:
    host = User.objects.create(display_name="Ana", is_guest=True)
    rooms = {
        status: Room.objects.create(name="Room", host=host, capacity=2, status=status)
        for status in Status
    }

    with connection.schema_editor() as editor:
        import_module("rooms.migrations.0004_ended_at").date_what_is_over(apps, editor)

    for status, room in rooms.items():
        room.refresh_from_db()
        assert (room.ended_at is not None) == status.over


async def test_rooms_long_over_go_with_their_members_and_all_others_stay(
    servers: Servers, people: People
) -> None:
    server = servers.start()
    ana, ben = await people.arrive(server, "Ana"), await people.arrive(server, "Ben")
    long_over, just_over, living = [await ana.create_room() for _ in range(3)]
    for code in (long_over, just_over, living):
        await ben.join(code)
    for code in (long_over, just_over):
        assert (await ana.http.delete(f"/rooms/{code}")).status_code == 204
    servers.query("UPDATE rooms_room SET ended_at = ? WHERE code = ?", LONG_AGO, long_over)

    said = expired(servers)
    assert counts(said)["rooms"] == 1
    assert "with their members and queue (STREAMIT_ROOM_EXPIRY after their end)" in said
    assert "webhook deliveries (after 30 days)" in said
    assert f"{long_over} (Film night)" in said
    assert len(servers.query("SELECT code FROM rooms_room")) == 3

    assert "Removed 1: rooms that have ended" in expired(servers, "--remove")
    assert set(servers.query("SELECT code FROM rooms_room")) == {(just_over,), (living,)}
    # Those of host and guest, in two rooms.
    assert len(servers.query("SELECT id FROM rooms_membership")) == 4
    assert counts(expired(servers))["rooms"] == 0
    assert await ana.refusal("GET", f"/rooms/{long_over}") == (404, "no_such_room")


def test_a_database_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "expired", "--data", tmp_path / "none"],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    where = tmp_path / "none"
    assert f"--data: {where} is no data folder of StreamIt; name the one that there is" in line


async def test_sessions_and_uploads_that_are_good_for_nothing_go(
    servers: Servers, people: People
) -> None:
    server = servers.start()
    ana, ben = await people.arrive(server, "Ana"), await people.arrive(server, "Ben")
    begun = {"Tus-Resumable": "1.0.0", "Upload-Length": "100"}
    for guest in (ana, ben):
        assert (await guest.http.post("/uploads", headers=begun)).status_code == 201
    servers.query(
        "UPDATE library_upload SET held_until = ? WHERE owner_id = ?",
        LONG_AGO,
        ana.id.replace("-", ""),
    )
    [(key,), _] = servers.query("SELECT session_key FROM django_session")
    servers.query("UPDATE django_session SET expire_date = ? WHERE session_key = ?", LONG_AGO, key)

    said = expired(servers)
    assert (counts(said)["sessions"], counts(said)["uploads"]) == (1, 1)
    assert key not in said

    expired(servers, "--remove")
    assert len(servers.query("SELECT session_key FROM django_session")) == 1
    [(owner,)] = servers.query("SELECT owner_id FROM library_upload")
    assert owner == ben.id.replace("-", "")


async def test_guests_who_do_not_come_back_go_with_all_they_own(
    servers: Servers, people: People
) -> None:
    server = servers.start()
    gone, seen, keyed, member = [
        await people.arrive(server, name) for name in ("Ana", "Ben", "Cem", "Dua")
    ]
    login = {"email": "dua@example.org", "password": "correct horse battery"}
    made = await member.http.post("/auth/register", json={**login, "display_name": "Dua"})
    assert made.status_code == 201, made.text
    everyone = [gone, seen, keyed, member]
    videos = [await guest.upload() for guest in everyone[:3]]
    code = await gone.create_room()
    room_socket = await gone.enter(code)
    key = (await keyed.http.post("/auth/keys", json={"name": "Script"})).json()["key"]
    servers.query("UPDATE accounts_user SET created_at = ?", LONG_AGO)
    long_unseen = "UPDATE accounts_signin SET last_used_at = ? WHERE user_id = ?"
    for guest in (gone, keyed, member):
        servers.query(long_unseen, LONG_AGO, guest.id.replace("-", ""))
    async with plain_client(base_url=f"{server.url}/api/v1") as http:
        used = await http.get("/videos", headers={"X-API-Key": key})
    assert used.status_code == 200

    said = expired(servers)
    assert counts(said)["guests"] == 1
    assert f"Ana ({gone.id})" in said

    assert "Removed 1: guests" in expired(servers, "--remove")
    assert await room_socket.close_code() is not None
    assert await gone.refusal("GET", "/videos") == (401, "bad_token")
    left = servers.query("SELECT display_name FROM accounts_user ORDER BY display_name")
    assert left == [("Ben",), ("Cem",), ("Dua",)]
    stored = {path.name for path in (servers.data / "videos").iterdir() if path.name[0] != "."}
    assert stored == set(videos[1:])
    assert counts(expired(servers))["guests"] == 0


async def test_more_than_one_transaction_removes_go_too(servers: Servers, people: People) -> None:
    server = servers.start()
    ana = await people.arrive(server, "Ana")
    code = await ana.create_room()
    await ana.http.delete(f"/rooms/{code}")
    servers.query(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)"
        " INSERT INTO django_session SELECT 'k' || i, '', '2020-01-01' FROM n"
    )

    said = expired(servers)
    assert counts(said)["sessions"] == 450
    assert "and 445 more" in said

    assert "Removed 450: sessions" in expired(servers, "--remove")
