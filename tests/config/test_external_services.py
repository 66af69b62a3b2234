"""Waiting for a database and a Redis elsewhere; tests/launch/test_up.py has those that come."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config import external_services
from core import live
from tests.support import postgresql, warm
from tests.support.databases import using_database
from tests.support.ports import free_port
from tests.support.servers import MANAGE, Servers
from tests.support.waiting import wait_until

COMMANDS = [("admin", "people"), ("backup", "{folder}/made"), ("expired",), ("work", "--once")]


def test_a_database_that_does_not_come_is_named_without_its_password() -> None:
    told: list[str] = []
    port = free_port()

    with (
        using_database(f"postgres://me:hidden@127.0.0.1:{port}/films"),
        pytest.raises(external_services.DoesNotAnswer) as ended,
    ):
        external_services.wait_for_database(told.append, at_most_s=0.1)

    place = f"DATABASE_URL: the database at 127.0.0.1 {port} films "
    assert str(ended.value).startswith(f"{place}has not answered for 0 s: ")
    (line,) = told
    assert line.startswith(f"{place}does not answer; waiting for it, at most 0 s: ")
    assert "Connection refused" in line
    assert "hidden" not in line + str(ended.value)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://:hidden@example.org:6380/2?ssl=1", "example.org:6380/2"),
        ("redis+sentinel://me:hidden@a:1,b:2/rooms?sentinel_password=hidden", "a:1,b:2/rooms"),
        ("unix:///run/valkey.sock?password=hidden", "/run/valkey.sock"),
    ],
)
def test_a_redis_is_named_without_its_password(url: str, where: str) -> None:
    assert live.place(url) == where


@pytest.mark.parametrize(
    ("user", "options", "why"),
    [
        ("", "db=99", "DB index is out of range"),
        ("app@", "password=hidden", "No permissions to access a key"),
        ("app@", "password=wrong", "invalid username-password pair or user is disabled."),
    ],
)
def test_a_redis_that_refuses_us_is_not_waited_for(
    user: str, options: str, why: str, valkey_socket: Path, live: None, settings: Any
) -> None:
    url = f"unix://{user}{valkey_socket}?{options}"
    settings.REDIS_URL = url
    settings.ENV = settings.ENV.model_copy(update={"redis_url": url})
    told: list[str] = []

    with redis.Redis(unix_socket_path=str(valkey_socket)) as other:
        other.acl_setuser(
            "app", enabled=True, passwords=["+hidden"], keys=["room:*"], categories=["+@all"]
        )
        try:
            with pytest.raises(external_services.DoesNotAnswer) as ended:
                external_services.wait_for_redis(told.append)
        finally:
            other.acl_deluser("app")

    assert str(ended.value) == f"REDIS_URL: the Redis at {valkey_socket} refuses us: {why}"
    assert told == []


@pytest.mark.engines
def test_a_database_that_does_not_let_us_in_is_not_waited_for() -> None:
    told: list[str] = []
    port = free_port()
    refused = {
        "streamit:wrong": 'FATAL: password authentication failed for user "streamit"',
        "streamit": "fe_sendauth: no password supplied",
        # By their code: what PostgreSQL says of it may be in any language.
        "out:hidden": 'FATAL: role "out" is not permitted to log in',
        "other:hidden": "DETAIL: User does not have CONNECT privilege.",
    }
    with postgresql.running(password="hidden", port=port) as cluster:
        with psycopg.connect(
            cluster.url.replace("postgres:", "postgresql:"), autocommit=True
        ) as own:
            own.execute("CREATE ROLE out PASSWORD 'hidden'")
            own.execute("CREATE ROLE other LOGIN PASSWORD 'hidden'")
            own.execute("REVOKE CONNECT ON DATABASE streamit FROM PUBLIC")
        for who, why in refused.items():
            url = f"postgres://{who}@127.0.0.1:{port}/streamit"
            with using_database(url), pytest.raises(external_services.DoesNotAnswer) as ended:
                external_services.wait_for_database(told.append)
            said = str(ended.value)
            place = f"DATABASE_URL: the database at 127.0.0.1 {port} streamit "
            assert said.startswith(f"{place}refuses us: ")
            assert said.endswith(why)
            assert "wrong" not in said

    assert told == []


@pytest.mark.engines
def test_every_command_waits_for_a_database_that_starts_later(
    servers: Servers, tmp_path: Path
) -> None:
    port = free_port()
    url = f"postgres://streamit:hidden@127.0.0.1:{port}/streamit"
    environment = servers.environment({"DATABASE_URL": url})
    said = [tmp_path / f"{command[0]}.txt" for command in COMMANDS]
    waiting = []
    for command, file in zip(COMMANDS, said, strict=True):
        with file.open("wb") as output:
            words = [word.format(folder=tmp_path) for word in command]
            waiting.append(warm.start([MANAGE, *words], environment, output))
    try:
        wait_until(lambda: all(b"\n" in file.read_bytes() for file in said))
        first = [file.read_text() for file in said]
        with postgresql.running(password="hidden", port=port):
            for each in waiting:
                each.wait(60)
    finally:
        for each in waiting:
            each.kill()
            each.wait()
    rest = [file.read_text() for file in said]

    expected = f"DATABASE_URL: the database at 127.0.0.1 {port} streamit does not answer; waiting"
    assert [line.startswith(expected) for line in first] == [True] * len(COMMANDS), first
    # Each got as far as finding it empty.
    assert ["not up to date" in text for text in rest] == [True] * len(COMMANDS), rest
