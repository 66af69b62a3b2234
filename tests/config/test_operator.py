"""``./streamit admin``, as an operator calls it beside a server with people in it."""

import json
import re
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from tests.library.site import Person, Site
from tests.support import warm
from tests.support.servers import MANAGE, ROOT, Servers
from tests.support.waiting import wait_until


def admin(servers: Servers, *arguments: str, **env: str) -> tuple[int, list[str]]:
    """Run the command; return its exit code and the lines it said, or why it failed."""
    done = warm.run([MANAGE, "admin", *arguments], servers.environment(env))
    return done.returncode, (done.stderr if done.returncode == 1 else done.stdout).splitlines()


@pytest.fixture
def own(servers: Servers) -> Site:
    return Site(servers, servers.start(env={"STREAMIT_RATE_LIMITS": "off"}))


def post(person: Person, path: str, facts: Mapping[str, object]) -> tuple[int, dict[str, object]]:
    kind = {"Content-Type": "application/json"}
    answer = person.ask("POST", path, kind, json.dumps(facts).encode())
    return answer.status, answer.json


def test_the_operator_makes_an_account_resets_its_password_and_makes_it_staff(own: Site) -> None:
    code, (_, shown) = admin(own.servers, "create", "New@Example.org", "--name", "Noor")
    assert code == 0
    password = shown.rpartition(" ")[2]
    login = {"email": "new@example.org", "password": password}
    assert post(own.nobody, "/auth/login", login)[0] == 200
    code, (why,) = admin(own.servers, "create", "new@example.org")
    assert (code, why.partition(": ")[2]) == (1, "There is already an account new@example.org.")

    code, (_, shown) = admin(own.servers, "reset-password", "new@example.org")
    assert post(own.nobody, "/auth/login", login)[0] == 401
    login["password"] = shown.rpartition(" ")[2]
    assert post(own.nobody, "/auth/login", login)[0] == 200

    assert admin(own.servers, "staff", "new@example.org")[0] == 0
    code, (line,) = admin(own.servers, "people", "noor")
    assert "new@example.org" in line
    assert line.endswith("staff")


def test_somebody_is_deleted_with_all_they_own_and_nobody_else_loses_anything(own: Site) -> None:
    film, kept = own.alice.upload(title="Alice's film"), own.bob.upload()
    room = post(own.alice, "/rooms", {"name": "Alice's room"})[1]["code"]
    unfinished = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
    assert own.alice.ask("POST", "/uploads", unfinished).status == 201
    assert own.bob.ask("GET", f"/rooms/{room}").status == 200

    asked = admin(own.servers, "delete", "alice@example.org")
    assert asked[0] == 1
    assert "Delete alice (alice@example.org) with 1 videos: add --yes" in asked[1][0]
    assert admin(own.servers, "delete", "alice@example.org", "--yes")[0] == 0

    assert own.alice.ask("GET", "/auth/me").status == 401
    assert own.bob.ask("GET", f"/rooms/{room}").status == 404
    assert not own.stored(film).exists()
    assert own.stored(kept).exists()
    assert own.query("SELECT count(*) FROM library_upload") == [(0,)]
    assert own.query("SELECT count(*) FROM accounts_user WHERE email LIKE 'alice%'") == [(0,)]
    assert admin(own.servers, "audit") == (0, ["storage and database agree"])


def test_videos_and_rooms_are_found_and_deleted(own: Site) -> None:
    film = own.alice.upload(title="A film nobody wants")
    room = str(post(own.bob, "/rooms", {"name": "A loud room"})[1]["code"])

    (line,) = admin(own.servers, "videos", "nobody wants")[1]
    assert line.startswith(film)
    assert "alice@example.org" in line
    (line,) = admin(own.servers, "rooms", "LOUD")[1]
    assert line.startswith(room)
    renamed = json.dumps({"name": "Ärger im Ｋｉｎｏ"}).encode()
    kind = {"Content-Type": "application/json"}
    assert own.bob.ask("PATCH", f"/rooms/{room}", kind, renamed).status == 200
    own.bob.ask("PATCH", "/auth/me", kind, '{"display_name": "Łukasz Ĝ"}'.encode())
    for text in ("arger kino", "KINO ÄRGER", "lukasz arger", "bob@example.org"):
        assert [line.partition(" ")[0] for line in admin(own.servers, "rooms", text)[1]] == [room]
    for text in ("ĝ łukasz", "LUKASZ g", "Bob@Example.org"):
        (line,) = admin(own.servers, "people", text)[1]
        assert "Łukasz Ĝ" in line
    looked = admin(own.servers, "look-again", "nobody wants")
    assert looked == (0, ["1 looked into, 0 queued"])
    assert admin(own.servers, "delete-video", film, "--yes")[0] == 0
    assert admin(own.servers, "delete-room", room.upper(), "--yes")[0] == 0

    assert own.alice.ask("GET", f"/videos/{film}").status == 404
    assert not own.stored(film).exists()
    assert own.bob.ask("GET", f"/rooms/{room}").status == 404


def test_what_is_not_there_is_told_in_one_line(own: Site) -> None:
    for arguments in (
        ["delete", "who@example.org", "--yes"],
        ["delete-video", "nothing", "--yes"],
        ["delete-room", "nothing", "--yes"],
    ):
        code, said = admin(own.servers, *arguments)
        assert code == 1
        assert len(said) == 1
        assert said[0].startswith("CommandError: There is no")


def test_a_storage_that_is_gone_for_good_keeps_only_what_it_holds(own: Site) -> None:
    kept, lost = own.alice.upload(), own.alice.upload()
    own.query("UPDATE library_source SET storage = 's3' WHERE video_id = ?", UUID(lost).hex)

    code, said = admin(own.servers, "delete", "alice@example.org", "--yes")

    assert code == 3
    assert said[0].endswith(" can no longer sign in, but is not gone yet:")
    assert said[1] == "  s3: The storage of this video is not set up on this server."
    assert said[2].endswith("Run this again to retry now.")
    assert own.rows() == {UUID(lost).hex}
    assert not own.stored(kept).exists()


def test_what_needs_the_live_state_says_that_streamit_does_not_run(own: Site) -> None:
    room = str(post(own.alice, "/rooms", {"name": "Alice's room"})[1]["code"])
    stopped = (
        f"StreamIt does not run with {own.servers.data}, and with it the live state: start it."
    )

    code, said = admin(own.servers, "delete-room", room, "--yes", REDIS_URL="")
    assert (code, said) == (1, [f"CommandError: {stopped}"])

    log = own.servers.data / "admin.log"
    deleting = ("delete", "alice@example.org", "--yes")
    code, said = admin(own.servers, *deleting, REDIS_URL="", STREAMIT_LOG_PATH=str(log))
    assert (code, said[1:2]) == (3, [f"  {stopped}"])

    code, said = admin(own.servers, *deleting, STREAMIT_LOG_PATH=str(log))
    assert (code, len(said)) == (0, 1)
    # What a command does is logged where the server logs.
    wait_until(lambda: "account deleted" in own.server.log.read_text(), "nobody logs it")
    assert own.server.log.read_text().count("account disabled") == 1
    assert "[security]" not in log.read_text()
    assert "Traceback" not in log.read_text()


KILLED_AFTER = """
import os, sys
sys.path.insert(0, {root!r})
import manage
from core import recheck
async def killed():
    os.kill(os.getpid(), 9)
recheck.trigger = killed
sys.argv = ["manage.py", "admin", "disable", "alice@example.org"]
manage.main()
"""


def test_a_command_that_is_killed_after_what_it_did_takes_no_line_of_the_security_log_along(
    own: Site, tmp_path: Path
) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED_AFTER.format(root=str(ROOT)))

    done = warm.run([program], own.servers.environment({}))
    assert done.returncode == -signal.SIGKILL
    assert "account disabled" not in own.server.log.read_text()
    between = datetime.now(UTC)
    assert admin(own.servers, "staff", "bob@example.org")[0] == 0

    wait_until(lambda: "staff made" in own.server.log.read_text(), "nobody logs it")
    lines = [line for line in own.server.log.read_text().splitlines() if "this machine" in line]
    assert ["account disabled" in line for line in lines] == [True, False]
    # Each tells when it was done, though both are written now.
    at = [datetime.fromisoformat(re.findall(r"\bat=(\S+)", line)[0]) for line in lines]
    assert at[0] < between < at[1]
