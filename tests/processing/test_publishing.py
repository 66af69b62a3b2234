"""What is made on its way to viewers, while its storage or the database is away."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError

from library.models import Rendition
from library.storage.base import Permanent, Stat, Storage, StorageUnavailable
from library.storage.local import LocalStorage
from processing import database_wait, publishing, queue
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import a_film, job_of, waits_for
from tests.support.patience import PATIENCE_S

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

Put = Callable[..., Awaitable[Stat]]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(publishing, "_LONGEST_PAUSE_S", 0.001)


def ailing(put: Put, times: int, *, though_stored: bool) -> Put:
    """Return ``put`` that says of the first files that the storage is away."""
    left = times

    async def putting(*args: Any, **kwargs: Any) -> Stat:
        nonlocal left
        if not left:
            return await put(*args, **kwargs)
        left -= 1
        if though_stored:
            await put(*args, **kwargs)
        raise StorageUnavailable

    return putting


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("though_stored", [True, False])
async def test_what_a_storage_does_not_take_at_once_is_not_made_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, though_stored: bool
) -> None:
    video = await a_film()
    put = ailing(LocalStorage.put_file, 3 - 2 * though_stored, though_stored=though_stored)
    monkeypatch.setattr(LocalStorage, "put_file", put)
    assert await worker.work()
    job = await job_of(video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    assert [event.kind async for event in job.events.order_by("pk")] == [
        *("queued", "claimed", "finish")
    ]


@pytest.mark.usefixtures("impatient")
async def test_the_owner_reads_why_what_is_made_is_not_there_yet(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()
    put, told = LocalStorage.put_file, list[str]()

    async def away_until_told(*args: Any, **kwargs: Any) -> Stat:
        told.append((await job_of(video)).reason_code)
        if len(told) < 3:
            raise StorageUnavailable
        return await put(*args, **kwargs)

    monkeypatch.setattr(LocalStorage, "put_file", away_until_told)
    assert await worker.work()
    # Each of the others is there at once.
    assert told[:4] == ["", "storage_unavailable", "storage_unavailable", ""]
    job = await job_of(video)
    assert (job.status, job.reason_code, job.reason) == (Status.COMPLETED, "", "")


@pytest.mark.usefixtures("impatient")
async def test_a_storage_that_stays_away_is_waited_for_without_a_worker(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.01)
    put = ailing(LocalStorage.put_file, 1 << 30, though_stored=False)
    monkeypatch.setattr(LocalStorage, "put_file", put)
    assert await worker.work()
    assert await waits_for(video) == "storage_unavailable"
    assert not await Rendition.objects.filter(video=video).aexists()


async def test_a_storage_that_refuses_holds_no_worker(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()
    asked = list[object]()

    async def refuse(_storage: LocalStorage, key: object, *_: object, **__: object) -> Stat:
        asked.append(key)
        raise Permanent

    monkeypatch.setattr(LocalStorage, "put_file", refuse)
    assert await worker.work()
    assert await waits_for(video) == "storage_failed"
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["_announce", "_show"])
async def test_a_database_that_is_away_while_something_is_shown_costs_no_work(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    video = await a_film()
    monkeypatch.setattr(database_wait, "PAUSE_S", 0.001)
    lock, refused = queue.lock, 0

    def away_at_first(job: Job) -> None:
        nonlocal refused
        refused += 1
        if refused % 2:
            raise OperationalError if name == "_show" else InterfaceError
        lock(job)

    monkeypatch.setattr(queue, "lock", away_at_first)
    assert await worker.work()
    job = await job_of(video)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    assert refused > 2


async def test_of_two_steps_that_want_the_same_file_at_once_each_gets_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, begun, both = 0, asyncio.Event(), asyncio.Event()
    row = Rendition(name="v180.mp4", storage="local", key="v180.mp4", size_bytes=4)

    async def in_halves(_storage: LocalStorage, _key: str, _size_bytes: int, path: Path) -> None:
        nonlocal asked
        asked += 1
        path.write_bytes(b"fi")
        begun.set()
        if asked == 2:
            both.set()
        await both.wait()
        path.write_bytes(b"film")

    async def fetched() -> bytes:
        return (await publishing.fetch(row, tmp_path)).read_bytes()

    monkeypatch.setattr(LocalStorage, "path_of", lambda *_: None)
    monkeypatch.setattr(Storage, "fetch", in_halves)
    first = asyncio.ensure_future(fetched())
    async with asyncio.timeout(PATIENCE_S):
        await begun.wait()
        assert await fetched() == b"film"
        assert await first == b"film"
    assert [path.name for path in tmp_path.iterdir()] == ["v180.mp4"]
