"""Submissions to a service elsewhere that it has accepted, though nobody heard its answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from library import removals
from library.models import Video
from processing.models import Job
from processing.states import Status
from tests.processing.external_jobs import Elsewhere, elsewhere
from tests.processing.films import upload
from tests.processing.rows import lapse
from tests.support.films import AC3_IN_MKV, make_film
from tests.support.patience import PATIENCE_S
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

WORKING = {"state": "working", "progress": 0.5}
FAILED = {"state": "failed", "error": {"code": "busy", "message": "Busy.", "retry": True}}


@pytest_asyncio.fixture
async def place(tmp_path: Path, settings: Any) -> AsyncIterator[Elsewhere]:
    async with elsewhere(tmp_path, settings) as place:
        # It says nothing by itself.
        place.vendor.habits.is_silent = True
        yield place


async def a_film() -> Video:
    return await upload(make_film(AC3_IN_MKV))


async def told_to_end(place: Elsewhere, video: Video) -> Job:
    """Tell the worker to end after the service has accepted a film, and before it says so."""
    place.vendor.answers.clear()
    working = asyncio.ensure_future(place.worker.work())
    await eventually(has_accepted(place))
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    place.vendor.answers.set()
    return await Job.objects.aget(video=video)


def has_accepted(place: Elsewhere) -> Callable[[], Awaitable[bool]]:
    async def has() -> bool:
        return bool(place.vendor.jobs)

    return has


async def test_a_worker_that_ends_before_its_submission_is_answered_leaves_it_to_the_next(
    place: Elsewhere,
) -> None:
    job = await told_to_end(place, await a_film())
    assert (job.status, job.attempt, job.provider_job_id) == (Status.QUEUED, 0, "")
    assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.attempt) == (Status.PROCESSING, 1)
    assert [*place.vendor.jobs] == [job.provider_job_id]


@pytest.mark.parametrize(
    ("told", "status"),
    [({}, Status.COMPLETED), (WORKING, Status.PROCESSING), (FAILED, Status.RETRYING)],
    ids=["completed", "working", "failed"],
)
async def test_what_the_service_says_before_another_worker_takes_over_is_not_lost(
    place: Elsewhere, told: dict[str, Any], status: Status
) -> None:
    job = await told_to_end(place, await a_film())
    assert await asyncio.to_thread(place.job().is_over.wait, PATIENCE_S)
    place.job().told = told or place.job().told
    assert await place.call(place.job().told) == (200, {"result": "taken"})
    assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.attempt) == (status, 1)
    assert job.reason_code == ("busy" if told == FAILED else "")
    assert len(place.vendor.jobs) == 1


async def test_a_worker_that_is_killed_before_its_submission_is_answered_leaves_it_to_the_next(
    place: Elsewhere,
) -> None:
    video = await a_film()
    place.vendor.answers.clear()
    working = asyncio.ensure_future(place.worker.work())
    await eventually(has_accepted(place))
    job = await Job.objects.aget(video=video)
    await lapse(job)
    next_one = asyncio.ensure_future(place.worker.work())
    await eventually(Job.objects.filter(video=video, attempt=2).aexists)
    place.vendor.answers.set()
    assert await next_one
    await working
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt, job.worker) == (Status.PROCESSING, 2, "")
    assert [*place.vendor.jobs] == [job.provider_job_id]
    assert not place.job().is_cancelled


async def test_a_submission_whose_answers_are_lost_is_the_same_work_when_it_is_sent_again(
    place: Elsewhere,
) -> None:
    place.vendor.habits.loses_answers = 2
    video = await a_film()
    assert await place.worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "processor_unavailable")
    await lapse(job)
    assert await place.worker.work()
    job = await Job.objects.aget(video=video)
    assert [*place.vendor.jobs] == [job.provider_job_id]


async def test_work_whose_id_is_not_known_yet_ends_when_its_video_is_deleted(
    place: Elsewhere,
) -> None:
    job = await told_to_end(place, await a_film())
    await removals.remove(await Video.objects.select_related("source").aget(pk=job.video_id))
    assert place.job().is_cancelled


async def test_work_that_is_accepted_when_its_video_is_gone_is_cancelled(place: Elsewhere) -> None:
    video = await a_film()
    place.vendor.answers.clear()
    working = asyncio.ensure_future(place.worker.work())
    await eventually(has_accepted(place))
    # As if it had come to the service before the submission.
    await Video.objects.filter(pk=video.pk).adelete()
    place.vendor.answers.set()
    await working
    assert place.job().is_cancelled
