"""What callbacks change, on each database: once, in any order, and only of the present attempt.

The rows have no files behind them.
"""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest

from processing import external_jobs, queue
from processing.errors import Hindered, Impossible, LeaseLost
from processing.external_jobs import Result
from processing.models import Callback as Taken
from processing.models import Job, JobEvent
from processing.processor import Callback, News, Output, State
from processing.states import Status
from tests.accounts import people
from tests.processing.rows import add, fresh, lapse

pytestmark = pytest.mark.usefixtures("each_database")

WORKING = News(State.WORKING, 0.5)
COMPLETED = News(State.COMPLETED, outputs=(Output("film.mp4", "https://files.example/film.mp4"),))
FAILED = News(State.FAILED, failure=Hindered("processor_failed", "Out of tape."))
REFUSED = News(State.FAILED, failure=Impossible("unreadable", "Not a film."))


async def begun() -> Job:
    """Return a job that a worker is about to submit."""
    await add(await people.guest())
    job = await queue.claim("worker")
    assert job is not None
    await external_jobs.begin(job, "http")
    return job


async def handed_over() -> Job:
    job = await begun()
    await external_jobs.hand_over(job, "theirs")
    return job


async def tell(job: Job, news: News, *, event: str = "", fence: UUID | None = None) -> Result:
    about = Callback(event or uuid4().hex, job.pk, fence or job.fence or uuid4(), "theirs", news)
    return await external_jobs.take("http", about)


async def test_what_is_made_elsewhere_is_nobodys_until_it_is_silent_for_too_long() -> None:
    job = await handed_over()
    assert await queue.claim("worker") is None
    await tell(job, WORKING)
    assert await queue.claim("worker") is None
    await lapse(job)
    again = await queue.claim("another")
    assert again is not None
    assert (again.attempt, again.done_share, again.provider_job_id) == (1, 0.5, "theirs")


async def test_what_is_completed_is_brought_in_at_once_as_the_same_attempt() -> None:
    job = await handed_over()
    assert await tell(job, COMPLETED) == Result.TAKEN
    await lapse(job)
    again = await queue.claim("another")
    assert again is not None
    assert again.attempt == 1
    assert again.outputs == [["film.mp4", "https://files.example/film.mp4"]]
    # A worker that dies on it costs attempts, so it does not go on for ever.
    await lapse(job)
    third = await queue.claim("third")
    assert third is not None
    assert third.attempt == 2


async def test_a_callback_may_be_faster_than_the_answer_to_the_submission() -> None:
    job = await begun()
    assert await tell(job, COMPLETED) == Result.TAKEN
    await external_jobs.hand_over(job, "theirs")
    found = await fresh(job)
    assert (found.provider_job_id, found.outputs is not None) == ("theirs", True)
    await lapse(job)
    assert await queue.claim("another") is not None


async def test_a_failure_may_be_faster_than_the_answer_too() -> None:
    job = await begun()
    assert await tell(job, FAILED) == Result.TAKEN
    with pytest.raises(LeaseLost):
        await external_jobs.hand_over(job, "theirs")
    assert (await fresh(job)).status == Status.RETRYING


async def test_a_beat_that_comes_after_handing_over_does_not_shorten_the_wait() -> None:
    job = await begun()
    before = await fresh(job)
    await external_jobs.hand_over(job, "theirs")
    with pytest.raises(LeaseLost):
        await queue.beat(before, step="", done_share=0, done_at=None)
    assert (await fresh(job)).held_until > before.held_until


async def test_of_the_same_callback_at_once_one_is_taken() -> None:
    job = await handed_over()
    results = await asyncio.gather(*(tell(job, FAILED, event="evt_1") for _ in range(8)))
    assert Counter(results) == {Result.TAKEN: 1, Result.SKIPPED: 7}
    assert await Taken.objects.acount() == 1
    assert await JobEvent.objects.filter(kind="put_off").acount() == 1


async def test_of_two_endings_at_once_the_first_counts() -> None:
    job = await handed_over()
    results = await asyncio.gather(tell(job, COMPLETED), tell(job, REFUSED))
    assert Counter(results) == {Result.TAKEN: 1, Result.LATE: 1}
    found = await fresh(job)
    if results[0] == Result.TAKEN:
        assert (found.status, found.outputs is not None) == (Status.PROCESSING, True)
    else:
        assert (found.status, found.outputs) == (Status.FAILED, None)


@pytest.mark.parametrize("news", [WORKING, COMPLETED, FAILED, REFUSED])
async def test_an_attempt_that_is_over_is_not_heard_any_more(news: News) -> None:
    job = await handed_over()
    older = job.fence
    await tell(job, FAILED)
    await lapse(job)
    again = await queue.claim("another")
    assert again is not None
    await external_jobs.begin(again, "http")
    await external_jobs.hand_over(again, "theirs too")
    before = await fresh(job)
    assert await tell(job, news, fence=older) == Result.LATE
    after = await fresh(job)
    assert (after.status, after.fence, after.outputs) == (before.status, before.fence, None)
    assert (after.held_until, after.done_share) == (before.held_until, before.done_share)


async def test_progress_never_goes_back_and_ends_with_the_work() -> None:
    job = await handed_over()
    await tell(job, WORKING)
    await tell(job, News(State.WORKING, 0.1))
    assert (await fresh(job)).done_share == 0.5
    await tell(job, COMPLETED)
    assert await tell(job, WORKING) == Result.LATE


async def test_another_processors_callbacks_are_not_taken_for_ours() -> None:
    job = await handed_over()
    about = Callback("evt_1", job.pk, job.fence or uuid4(), "theirs", COMPLETED)
    assert await external_jobs.take("another", about) == Result.LATE
    assert (await fresh(job)).outputs is None
