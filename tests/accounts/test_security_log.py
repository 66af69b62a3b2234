"""What an operator can trace, from the log of a real server behind a proxy."""

import asyncio
import json
import re
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
import pytest_asyncio
from django.db import connection
from structlog.testing import capture_logs

from accounts import refusal_log, security_log
from accounts.models import SecurityLine
from core.database import in_database
from core.errors import RateLimited
from tests.library.site import TINY_MP4
from tests.rooms.people import People
from tests.support.plain_http import NOBODY
from tests.support.servers import Server, Servers

PASSWORD = "correct horse battery"
ADDRESS = "203.0.113.7"
A_REQUEST: dict[str, Any] = {"method": "GET", "path": "/", "headers": [], "query_string": b""}


@pytest.fixture
def server(servers: Servers) -> Server:
    settings = {
        "STREAMIT_LOG_FORMAT": "json",
        "STREAMIT_TRUSTED_PROXY": "on",
        "STREAMIT_GUESTS": "upload",
    }
    return servers.start(env=settings)


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def traced(server: Server) -> list[tuple[str, str, str]]:
    return [
        (line["event"], line["account"], line["address"])
        for line in lines(server)
        if line["logger"] == "security"
    ]


def post(
    server: Server, path: str, body: object = None, headers: dict[str, str] | None = None
) -> httpx2.Response:
    """Send ``body`` without any cookie, from an address that the proxy tells."""
    there = {"X-Forwarded-For": ADDRESS, **(headers or {})}
    return httpx2.post(f"{server.url}/api/v1{path}", json=body, headers=there, verify=NOBODY)


def bearer_of(signed_in: httpx2.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed_in.json()['access_token']}"}


def test_signing_in_and_what_follows_is_traced_with_account_and_address(server: Server) -> None:
    login = {"email": "ana@example.org", "password": PASSWORD}
    made = post(server, "/auth/register", {**login, "display_name": "Ana"})
    post(server, "/auth/login", {**login, "password": "wrong"})
    post(server, "/auth/login", {**login, "email": "nobody@example.org"})
    bearer = bearer_of(post(server, "/auth/login", login))
    key = post(server, "/auth/keys", {"name": "Backup"}, bearer).json()
    there = {**bearer, "X-Forwarded-For": ADDRESS}
    httpx2.delete(f"{server.url}/api/v1/auth/keys/{key['id']}", headers=there, verify=NOBODY)
    new = {"password": PASSWORD, "new_password": f"another {PASSWORD}"}
    post(server, "/auth/password", {**new, "password": "wrong"}, bearer)
    bearer = bearer_of(post(server, "/auth/password", new, bearer))
    post(server, "/auth/logout", None, bearer)
    bearer = bearer_of(post(server, "/auth/login", {**login, "password": new["new_password"]}))
    post(server, "/auth/logout-everywhere", None, bearer)

    ana = made.json()["user"]["id"]
    assert traced(server) == [
        (event, account, ADDRESS)
        for event, account in [
            ("account made", ana),
            ("sign-in failed", ana),
            ("sign-in failed", "unknown"),
            ("signed in", ana),
            ("API key made", ana),
            ("API key revoked", ana),
            ("present password given wrong", ana),
            ("password changed", ana),
            ("signed out", ana),
            ("signed in", ana),
            ("signed out everywhere", ana),
        ]
    ]
    assert key["key"] not in server.log.read_text()
    assert "example.org" not in server.log.read_text()


async def test_what_somebody_may_not_do_is_traced_once_a_kind_with_how_often(
    server: Server, people: People
) -> None:
    ana, ben = await people.arrive(server, "Ana"), await people.arrive(server, "Ben")
    bens = {"Authorization": ben.http.headers["Authorization"]}
    for _ in range(3):
        post(server, "/auth/keys", {"name": "Backup"}, {"X-API-Key": "sk_nonsense"})
    post(server, "/auth/keys", {"name": "Backup"})  # by nobody in particular
    code = await ana.create_room()
    for _ in range(2):
        there = {**bens, "X-Forwarded-For": ADDRESS}
        httpx2.delete(f"{server.url}/api/v1/rooms/{code}", headers=there, verify=NOBODY)
    await ben.join(code)
    socket_ = await ben.enter(code)
    assert (await socket_.ask("MUTE", member=ana.id))["type"] == "ERROR"
    await people.go()
    server.stop()

    refused = [
        (line["account"], line["address"], line["code"], line["to"], line.get("more"))
        for line in lines(server)
        if line["event"] == "refused"
    ]
    keys = ("unknown", ADDRESS, "bad_key", "POST /api/v1/auth")
    rooms = (ben.id, ADDRESS, "forbidden", "DELETE /api/v1/rooms")
    sockets = (ben.id, "127.0.0.1", "forbidden", "SOCKET /")
    assert refused == [
        *((*keys, None), (*rooms, None), (*sockets, None)),
        *((*keys, 2), (*rooms, 1)),
    ]
    assert "sk_nonsense" not in server.log.read_text()


async def test_of_more_kinds_of_refusals_than_are_told_apart_only_the_number_is_logged() -> None:
    with capture_logs() as logs:
        for number in range(refusal_log.MOST_KINDS + 30):
            security_log.set_scope({"client": (f"10.0.0.{number}", 1), **A_REQUEST})
            refusal_log.note(RateLimited())
        assert len(logs) == refusal_log.MOST_KINDS
        await refusal_log.stop()
    (last,) = logs[refusal_log.MOST_KINDS :]
    assert (last["event"], last["address"], last["more"]) == ("refused", "several", 30)


def test_operators_are_told_of_every_event_that_there_is_and_of_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations" / "monitoring.md").read_text()
    table = text.partition("| event | also |\n|---|---|\n")[2].partition("\n\n")[0]
    told = [name for row in table.splitlines() for name in re.findall("`(.+?)`", row.split("|")[1])]
    assert sorted(told) == sorted(get_args(security_log.Event))


@pytest.mark.django_db(transaction=True)
async def test_a_server_that_ends_leaves_another_one_in_the_process_to_its_log() -> None:
    async def serve_for_a_moment() -> None:
        await security_log.start()
        await security_log.stop()

    await security_log.start()
    try:
        await asyncio.to_thread(asyncio.run, serve_for_a_moment())
        with capture_logs() as logs:
            await in_database(security_log.note)("account made", account="ana")
    finally:
        await security_log.stop()
    assert [line["event"] for line in logs] == ["account made"]


@pytest.mark.django_db(transaction=True)
def test_on_a_full_disk_a_line_is_written_once_and_what_else_is_looked_for_goes_on() -> None:
    security_log.note("account made", account="ana")

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("DELETE"):
            execute("PRAGMA max_page_count = 1", None, *rest[1:])
            sql, rest = "CREATE TABLE too_much AS SELECT zeroblob(9000000)", (None, *rest[1:])
        return execute(sql, *rest)

    try:
        with capture_logs() as logs, connection.execute_wrapper(full):
            security_log._log_notes()
            security_log._log_notes()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 4294967294")
    assert SecurityLine.objects.count() == 1
    security_log._log_notes()

    assert [line["account"] for line in logs] == ["ana"]
    assert not SecurityLine.objects.exists()


@pytest_asyncio.fixture
async def people() -> AsyncIterator[People]:
    everyone = People()
    yield everyone
    await everyone.go()


async def test_a_ban_is_traced_by_socket_and_by_rest(server: Server, people: People) -> None:
    ana, ben = await people.arrive(server, "Ana"), await people.arrive(server, "Ben")
    code = await ana.create_room()
    host = await ana.enter(code)
    await ben.join(code)

    assert (await host.ask("BAN", member=ben.id))["type"] == "ACK"
    await ana.act(code, "unban", ben)

    assert traced(server) == [
        ("member banned", ana.id, "127.0.0.1"),
        ("ban lifted", ana.id, "127.0.0.1"),
    ]
    assert {line["member"] for line in lines(server) if line["logger"] == "security"} == {ben.id}


def test_who_hangs_up_in_the_middle_leaves_no_traceback(server: Server) -> None:
    bearer = bearer_of(post(server, "/auth/guest", {"display_name": "Ana"}))
    film = {"file": ("film.mp4", TINY_MP4 + bytes(4_000_000), "video/mp4")}
    made = httpx2.post(f"{server.url}/api/v1/videos", files=film, headers=bearer, verify=NOBODY)
    video = made.json()["id"]
    head = f"Host: localhost\r\nAuthorization: {bearer['Authorization']}\r\n"
    form = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n--b\r\n"
    tus = (
        "Tus-Resumable: 1.0.0\r\nUpload-Length: 5000\r\nContent-Length: 4000\r\n"
        "Content-Type: application/offset+octet-stream\r\n\r\n1234"
    )
    requests = [
        f'POST /api/v1/rooms HTTP/1.1\r\n{head}Content-Length: 99\r\n\r\n{{"na',
        f"GET /api/v1/videos/{video}/stream HTTP/1.1\r\n{head}\r\n",
        f"POST /api/v1/videos HTTP/1.1\r\n{head}{form}",
        f"POST /api/v1/uploads HTTP/1.1\r\n{head}{tus}",
        f"GET / HTTP/1.1\r\n{head}\r\n",
        f"GET /metrics HTTP/1.1\r\n{head}\r\n",
        f"GET / HTTP/1.1\r\nHost: {'e' * 8000}.example\r\n\r\n",
        f"GET {'/x' * 8000} HTTP/1.1\r\n{head}\r\n",
        "GET / HT",
        "\x16\x03\x01",
    ]
    for request in requests:
        hang_up(server.port, request.encode("latin-1"))
    # It has dealt with all of them once it has ended in order.
    server.stop()

    text = server.log.read_text()
    assert "Traceback" not in text
    assert "exception" not in text
    assert all(len(line) < 1000 for line in text.splitlines())


def hang_up(port: int, request: bytes) -> None:
    """Send ``request`` and reset the connection: nothing is read, and nobody says good-bye."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
