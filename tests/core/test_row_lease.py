"""A row has one holder at a time; who is not it any more changes nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core import row_lease
from core.database import in_database
from library.models import Upload
from tests.library.rows import an_upload

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


async def a_copy(row: Upload) -> Upload:
    """Return ``row`` as another process knows it."""
    return await Upload.objects.aget(pk=row.pk)


async def lapse(row: Upload, ago_s: int = 1) -> None:
    assert await in_database(row_lease.renew)(row, timedelta(seconds=-ago_s))


take_lapsed = in_database(
    lambda: row_lease.take_lapsed(Upload.objects.all(), HOUR, title="Taken over")
)


async def test_of_many_who_take_a_row_over_one_succeeds() -> None:
    row = await an_upload(resumable=False)
    copies = [await a_copy(row) for _ in range(6)]
    taken = await asyncio.gather(*(in_database(row_lease.take)(copy, HOUR) for copy in copies))
    assert sorted(taken) == [False] * 5 + [True]
    assert not await in_database(row_lease.renew)(row, HOUR)
    assert await in_database(row_lease.renew)(copies[taken.index(True)], HOUR)


async def test_only_a_lease_that_has_ended_is_taken_and_once() -> None:
    row = await an_upload(resumable=False)
    assert await take_lapsed() is None
    await lapse(row)
    found = await asyncio.gather(*(take_lapsed() for _ in range(6)))
    assert [it.pk for it in found if it is not None] == [row.pk]
    assert (await a_copy(row)).title == "Taken over"


async def test_the_lapsed_are_taken_one_by_one_the_oldest_first() -> None:
    rows = [await an_upload(resumable=False) for _ in range(3)]
    for row, ago_s in zip(rows, (2, 1, 3), strict=True):
        await lapse(row, ago_s)
    found = [await take_lapsed() for _ in range(4)]
    assert [it and it.pk for it in found] == [rows[2].pk, rows[0].pk, rows[1].pk, None]


async def test_who_stood_still_past_the_lease_changes_and_deletes_nothing() -> None:
    row = await an_upload(resumable=False)
    await lapse(row)
    taken = await take_lapsed()
    assert taken is not None
    assert not await in_database(lambda: row.held().delete()[0])()
    assert not await in_database(row_lease.renew)(row, HOUR)
    assert await in_database(lambda: taken.held().delete()[0])()


async def test_a_row_that_is_kept_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    row = await an_upload(resumable=False)
    await lapse(row)
    renewed, loop, renew = asyncio.Event(), asyncio.get_running_loop(), row_lease.renew

    def renew_and_tell(*args: Any) -> bool:
        done = renew(*args)
        loop.call_soon_threadsafe(renewed.set)
        return done

    monkeypatch.setattr(row_lease, "renew", renew_and_tell)
    async with asyncio.timeout(60), row_lease.kept(row, HOUR, every=timedelta(milliseconds=1)):
        await renewed.wait()
        assert await take_lapsed() is None
