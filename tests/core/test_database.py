"""Going to the database: a connection that works is kept, and a crowd is answered batched."""

import asyncio
import os
import tempfile
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from core.database import Batched, in_database, refusal
from tests.support import postgresql
from tests.support.small_disk import small_disk


class Gate:
    """A look that waits until it may go on, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.begun = asyncio.Semaphore(0)
        self._loop = asyncio.get_running_loop()
        self._open = threading.Semaphore(0)

    def look(self, questions: Collection[int]) -> dict[int, str]:
        self.asked.append(set(questions))
        self._loop.call_soon_threadsafe(self.begun.release)
        assert self._open.acquire(timeout=30)
        if 13 in questions:
            raise ValueError("unlucky")
        return {question: f"answer {question}" for question in questions if question < 100}

    def open(self, looks: int = 1) -> None:
        self._open.release(looks)


async def asked(batched: Batched[int, str], *questions: int) -> "list[asyncio.Task[str | None]]":
    """Ask all of them, and let them come as far as waiting."""
    tasks = [asyncio.ensure_future(batched.ask(question)) for question in questions]
    await asyncio.sleep(0)
    return tasks


async def test_all_who_ask_during_a_look_are_answered_by_the_next_one() -> None:
    gate = Gate()
    batched = Batched(gate.look)
    first = await asked(batched, 1)
    await gate.begun.acquire()
    others = await asked(batched, 1, 2, 2, 3, 500)
    gate.open(2)
    assert await asyncio.gather(*first) == ["answer 1"]
    assert await asyncio.gather(*others) == [
        *("answer 1", "answer 2", "answer 2", "answer 3"),
        None,
    ]
    # Nor is anybody answered by a look that had begun when they asked.
    assert gate.asked == [{1}, {1, 2, 3, 500}]


async def test_those_who_come_one_by_one_share_a_look() -> None:
    gate = Gate()
    batched = Batched(gate.look, pause_s=0.5)
    first = await asked(batched, 1)
    await gate.begun.acquire()
    others = await asked(batched, 2)
    gate.open(2)
    assert await asyncio.gather(*first) == ["answer 1"]
    others += await asked(batched, 3)
    assert await asyncio.gather(*others) == ["answer 2", "answer 3"]
    assert gate.asked == [{1}, {2, 3}]


async def test_one_who_asks_again_and_again_waits_for_no_crowd() -> None:
    gate = Gate()
    gate.open(3)
    batched = Batched(gate.look, pause_s=3600)
    for _ in range(3):
        assert await batched.ask(1) == "answer 1"


async def test_what_a_look_raises_reaches_all_whom_it_was_for_and_nobody_else() -> None:
    gate = Gate()
    batched = Batched(gate.look)
    unlucky = await asked(batched, 13, 14)
    await gate.begun.acquire()
    lucky = await asked(batched, 15)
    gate.open(2)
    for task in unlucky:
        with pytest.raises(ValueError, match="unlucky"):
            await task
    assert await lucky[0] == "answer 15"


async def test_one_who_goes_takes_the_answer_from_nobody() -> None:
    gate = Gate()
    batched = Batched(gate.look)
    going, staying = await asked(batched, 1, 1)
    await gate.begun.acquire()
    going.cancel()
    gate.open()
    assert await staying == "answer 1"
    assert going.cancelled()


async def test_there_is_an_answer_after_a_pause() -> None:
    gate = Gate()
    batched = Batched(gate.look)
    gate.open(2)
    assert await batched.ask(1) == "answer 1"
    assert await batched.ask(1) == "answer 1"
    assert gate.asked == [{1}, {1}]


@pytest.mark.parametrize(("writes", "runs"), [(False, 2), (True, 1)])
async def test_a_look_is_repeated_when_its_connection_broke_and_a_change_is_not(
    *, writes: bool, runs: int
) -> None:
    asked: list[set[int]] = []

    def breaking(questions: Collection[int]) -> dict[int, str]:
        asked.append(set(questions))
        raise OperationalError

    with pytest.raises(OperationalError):
        await Batched(breaking, writes=writes).ask(1)
    assert asked == [{1}] * runs


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever goes to the database goes by one thread, so that it finds what was left there."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        monkeypatch.setattr("core.database._workers", threads)
        yield
        threads.submit(connections.close_all).result()


@in_database
def connection_used() -> int:
    connection.ensure_connection()
    return id(connection.connection)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("one_thread")
async def test_a_connection_to_a_file_is_kept_until_it_fails() -> None:
    @in_database
    def fail() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    @in_database
    def is_open() -> bool:
        return connection.connection is not None

    first = await connection_used()
    assert await connection_used() == first
    with pytest.raises(OperationalError):
        await fail()
    assert not await is_open()
    assert await connection_used()


@pytest.mark.django_db(transaction=True)
def test_an_sqlite_without_room_is_told_from_one_that_is_away() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        [pages] = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            with pytest.raises(OperationalError) as full:
                cursor.execute("CREATE TABLE too_much AS SELECT zeroblob(9000000)")
        finally:
            cursor.execute("PRAGMA max_page_count = 4294967294")
        with pytest.raises(OperationalError) as wrong:
            cursor.execute("SELECT * FROM nothing")

    assert refusal(full.value).code == "insufficient_storage"
    assert refusal(wrong.value).code == "unavailable"


@pytest.mark.faults
def test_a_postgresql_without_room_is_told_from_one_that_is_away() -> None:
    with (
        postgresql.running() as cluster,
        tempfile.TemporaryDirectory(prefix="streamit-test-", dir="/tmp") as folder,
        small_disk(Path(folder, "disk"), 4 * 1024**2) as disk,
        psycopg.connect(cluster.url, autocommit=True) as asking,
    ):
        owner = cluster.folder.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        os.chown(disk.root, owner.st_uid, owner.st_gid)
        asking.execute(f"CREATE TABLESPACE small LOCATION '{disk.root}'".encode())
        asking.execute("CREATE TABLE much (data bytea) TABLESPACE small")
        with pytest.raises(psycopg.OperationalError) as full:
            asking.execute(
                "INSERT INTO much SELECT decode(repeat(md5(i::text), 60), 'hex')"
                " FROM generate_series(1, 9000) AS i"
            )
        with pytest.raises(psycopg.OperationalError) as wrong:
            psycopg.connect("postgres://nobody@127.0.0.1:1/none")

    for found, code in ((full, "insufficient_storage"), (wrong, "unavailable")):
        # As Django tells it.
        error = OperationalError(*found.value.args)
        error.__cause__ = found.value
        assert refusal(error).code == code
