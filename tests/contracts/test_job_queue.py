"""The queue of jobs on each database: who gets which job, and who may still change it.

The rows have no files behind them.
"""

import asyncio
import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import metrics, row_lease
from core.database import in_database
from media.plan import Way
from processing import backlog, queue, turns
from processing.errors import (
    KILLED,
    MOST_ATTEMPTS,
    Away,
    Failure,
    Hindered,
    Impossible,
    LeaseLost,
    Unexpected,
)
from processing.models import Job
from processing.queue import Choice
from processing.states import Stage, Status
from tests.accounts import people
from tests.processing.rows import add, fresh, lapse, video_status

pytestmark = pytest.mark.usefixtures("each_database")


EVERYTHING = Choice()


async def order(count: int, choice: Choice = EVERYTHING) -> list[int | None]:
    """Return which jobs are claimed one after the other, none of them finished."""
    found = [await queue.claim("worker", choice) for _ in range(count)]
    return [job.pk if job else None for job in found]


async def come_before(job: Job) -> int:
    return await in_database(turns.before(await fresh(job)).count)()


async def made(count: int) -> list[int]:
    """Return which jobs one worker does, one after the other."""
    done = []
    for _ in range(count):
        job = await claimed()
        await queue.finish(job)
        done.append(job.pk)
    return done


async def test_the_one_that_waits_longest_comes_first_and_nobody_gets_it_twice() -> None:
    ana = await people.guest()
    jobs = [(await add(ana)).pk for _ in range(3)]
    assert await order(4) == [*jobs, None]


async def test_a_claim_asks_the_database_five_times_and_in_vain_three() -> None:
    @in_database
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            queue.claim.__wrapped__("worker")  # type: ignore[attr-defined]
        of_transactions = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return sum(not each["sql"].startswith(of_transactions) for each in questions)

    assert await asked() == 3
    await add(await people.guest())
    assert await asked() == 5


async def test_a_job_is_due_in_the_very_moment_in_which_it_was_made() -> None:
    ana = await people.guest()
    # Most of these are claimed in the millisecond in which they were made.
    for _ in range(50):
        job = await add(ana)
        assert (found := await queue.claim("worker")) is not None
        assert found.pk == job.pk


async def test_of_many_who_ask_at_once_each_gets_another_job() -> None:
    ana = await people.guest()
    jobs = {(await add(ana)).pk for _ in range(6)}
    found = await asyncio.gather(*(queue.claim(f"worker {n}") for n in range(12)))
    taken = [job.pk for job in found if job is not None]
    assert len(taken) == 6
    assert set(taken) == jobs


@pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True)
@pytest.mark.engines
async def test_nobody_waits_for_a_claim_that_takes_its_time() -> None:
    ana = await people.guest()
    first, second = [(await add(ana)).pk for _ in range(2)]
    is_taken, may_end = threading.Event(), threading.Event()

    @in_database
    def take_slowly() -> Job | None:
        with transaction.atomic():
            job = row_lease.take_lapsed(Job.objects.all(), timedelta(minutes=1))
            is_taken.set()
            may_end.wait()
            return job

    slow = asyncio.ensure_future(take_slowly())
    await asyncio.to_thread(is_taken.wait)
    try:
        async with asyncio.timeout(60):
            quick = await queue.claim("quick")
    finally:
        may_end.set()
    taken = await slow
    assert quick is not None
    assert taken is not None
    assert (taken.pk, quick.pk) == (first, second)


async def test_who_adds_many_films_does_not_keep_others_waiting() -> None:
    ana, ben = await people.guest(), await people.guest()
    first, second, third = [(await add(ana)).pk for _ in range(3)]
    of_ben = (await add(ben)).pk
    assert await order(4) == [first, of_ben, second, third]


async def test_owners_take_turns_also_at_a_single_worker() -> None:
    ana, ben = await people.guest(), await people.guest()
    first, second, third, fourth = [(await add(ana)).pk for _ in range(4)]
    assert await made(1) == [first]
    of_ben = (await add(ben)).pk
    # Not before the one whose turn it is, which has waited for longer.
    assert await made(4) == [second, of_ben, third, fourth]


async def test_storyboards_come_last_and_cost_nobody_the_turn_of_a_film() -> None:
    ana, ben = await people.guest(), await people.guest()
    small = [await add(ana, Way.STORYBOARD) for _ in range(3)]
    of_ben = [(await add(ben)).pk for _ in range(2)]
    larger, of_ana = (await add(ben, Way.DIRECT)).pk, (await add(ana)).pk
    assert await come_before(small[0]) == 4
    assert await order(6) == [of_ben[0], of_ana, of_ben[1], larger, small[0].pk, small[1].pk]


async def test_a_failed_job_that_is_queued_again_takes_its_turn() -> None:
    ana, ben = await people.guest(), await people.guest()
    of_ana = (await add(ana)).pk
    await queue.fail(await claimed(), Impossible("unreadable", "The file is damaged."))
    of_ben = [(await add(ben)).pk for _ in range(3)]
    await queue.again(of_ana, by="owner")
    assert await made(4) == [of_ben[0], of_ana, *of_ben[1:]]


async def test_everyone_is_told_how_many_come_before_them() -> None:
    ana, ben = await people.guest(), await people.guest()
    sizes = await add(ben, Way.DIRECT)
    jobs = [await add(ana) for _ in range(3)]
    of_ben = await add(ben)
    assert [await come_before(job) for job in (*jobs, of_ben, sizes)] == [0, 1, 3, 2, 4]
    await claimed()
    assert await come_before(sizes) == 3


async def test_films_that_nobody_can_watch_yet_come_before_more_sizes_of_others() -> None:
    ana = await people.guest()
    sizes = (await add(ana, Way.DIRECT)).pk
    unseen = (await add(ana, Way.TRANSCODE)).pk
    assert await order(2) == [unseen, sizes]


async def test_a_worker_takes_what_suits_its_machine() -> None:
    ana = await people.guest()
    large, small = (await add(ana, Way.TRANSCODE, 2160)).pk, (await add(ana, Way.REMUX, 720)).pk
    assert await order(1, Choice(ways=frozenset([Way.DIRECT]))) == [None]
    assert await order(2, Choice(max_height=1080)) == [small, None]
    assert await order(1) == [large]


async def test_what_waits_is_counted_for_operators() -> None:
    ana = await people.guest()
    for _ in range(3):
        await add(ana)
    await claimed()
    await lapse(await claimed("killed"))
    since = timezone.now() - timedelta(minutes=5)
    await Job.objects.filter(status=Status.QUEUED).aupdate(held_until=since)
    await in_database(backlog.measure)()
    assert metrics.jobs.labels("queued")._value.get() == 1
    assert metrics.jobs.labels("processing")._value.get() == 2
    assert metrics.jobs.labels("failed")._value.get() == 0
    assert metrics.busy_workers._value.get() == 1
    assert metrics.oldest_job_seconds._value.get() == pytest.approx(300, abs=60)


async def test_what_the_last_worker_has_left_waits_too() -> None:
    await add(await people.guest())
    job = await claimed("killed")
    since = timezone.now() - timedelta(hours=3)
    await Job.objects.filter(pk=job.pk).aupdate(held_until=since)
    await in_database(backlog.measure)()
    assert metrics.busy_workers._value.get() == 0
    assert metrics.oldest_job_seconds._value.get() == pytest.approx(3 * 3600, abs=60)

    await Job.objects.filter(pk=job.pk).aupdate(held_until=timezone.now() + timedelta(minutes=1))
    await in_database(backlog.measure)()
    assert metrics.oldest_job_seconds._value.get() == 0


async def claimed(worker: str = "worker") -> Job:
    job = await queue.claim(worker)
    assert job is not None
    return job


async def test_a_beat_holds_a_job_and_shows_how_far_it_is() -> None:
    await add(await people.guest())
    job = await claimed()
    await lapse(job)
    await queue.beat(job, step="lowest", done_share=0.25, done_at=None)
    assert await queue.claim("other") is None
    shown = await fresh(job)
    assert (shown.step, shown.done_share, shown.attempt) == ("lowest", 0.25, 1)


async def test_whose_lease_has_ended_loses_the_job_and_changes_nothing_any_more() -> None:
    await add(await people.guest())
    late = await claimed("late")
    await lapse(late)
    other = await claimed("other")
    assert (other.pk, other.attempt) == (late.pk, 2)
    before = await fresh(late)
    for change in (
        queue.beat(late, step="", done_share=0.9, done_at=None),
        queue.finish(late),
        queue.fail(late, Impossible("unreadable", "Late.")),
        queue.fail(late, Hindered("killed", "Late.")),
        queue.release(late),
        queue.note(late, "subtitles_failed", {}),
    ):
        with pytest.raises(LeaseLost):
            await change
    after = await fresh(late)
    assert vars(after) | {"_state": None} == vars(before) | {"_state": None}
    await queue.finish(other)
    kinds = [event.kind async for event in late.events.order_by("pk")]
    assert kinds == ["queued", "claimed", "claimed", "finish"]


async def test_what_may_pass_is_tried_again_later_and_what_cannot_be_made_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The pause is random, and may be none.
    monkeypatch.setattr(queue, "delay_s", lambda attempt: attempt * 600)
    ana = await people.guest()
    await add(ana)
    job = await claimed()
    await queue.fail(job, Hindered("killed", "The work was ended."))
    put_off = await fresh(job)
    assert (put_off.status, put_off.reason_code) == (Status.RETRYING, "killed")
    pause_s = (put_off.held_until - timezone.now()).total_seconds()
    assert pause_s == pytest.approx(600, abs=60)
    assert await queue.claim("worker") is None
    await lapse(job)
    job = await claimed()
    assert (job.attempt, job.reason) == (2, "")
    await queue.fail(job, Impossible("unreadable", "The file is damaged."))
    over = await fresh(job)
    assert (over.status, over.reason) == (Status.FAILED, "The file is damaged.")
    assert await video_status(job) == "failed"
    assert await queue.claim("worker") is None


async def test_a_job_that_is_given_back_is_there_at_once_and_had_no_attempt() -> None:
    await add(await people.guest())
    await queue.release(await claimed())
    assert (await claimed()).attempt == 1


async def test_after_the_last_attempt_it_is_over_until_somebody_asks_for_it() -> None:
    await add(await people.guest())
    for _ in range(MOST_ATTEMPTS):
        job = await claimed()
        await queue.fail(job, Hindered("killed", "The work was ended."))
        await lapse(job)
    assert await queue.claim("worker") is None
    found = await asyncio.gather(*(queue.again(job.pk, by="owner") for _ in range(4)))
    assert sorted(found) == [False, False, False, True]
    again = await claimed()
    assert (again.pk, again.attempt, again.reason) == (job.pk, 1, "")
    await queue.finish(again)
    assert not await queue.again(job.pk, by="owner")


async def failed_with(*failures: Failure) -> Job:
    """Return the one job there is, once its attempts have failed in these ways."""
    for failure in failures:
        job = await claimed()
        await queue.fail(job, failure)
        await lapse(job)
    return await fresh(job)


NO_STORAGE = Away("storage_unavailable", "The storage is away.")


async def test_a_failed_job_that_another_has_replaced_is_not_tried_again() -> None:
    """It would take the place of what the other makes, or has made."""
    failed = await add(await people.guest())
    await queue.fail(await claimed(), Impossible("unreadable", "The file is damaged."))
    newer = await in_database(queue.enqueue)(failed.video, Way.REMUX, None)
    assert not await queue.again(failed.pk, by="staff")
    await queue.finish(await claimed())
    assert not await queue.again(failed.pk, by="staff")
    assert (await fresh(newer)).status == Status.COMPLETED


async def test_what_is_away_is_waited_for_and_counts_as_no_attempt() -> None:
    await add(await people.guest())
    job = await failed_with(*[NO_STORAGE] * (3 * MOST_ATTEMPTS))
    assert (job.status, job.attempt, job.reason) == (Status.RETRYING, 0, "The storage is away.")
    assert job.waits_since is not None
    assert (await claimed()).attempt == 1


async def test_what_stays_away_for_more_than_a_day_is_given_up() -> None:
    await add(await people.guest())
    job = await failed_with(NO_STORAGE)
    long_ago = timezone.now() - queue.PATIENCE
    await Job.objects.filter(pk=job.pk).aupdate(waits_since=long_ago)
    job = await failed_with(NO_STORAGE)
    assert (job.status, job.reason_code) == (Status.FAILED, "storage_unavailable")
    kinds = [event.kind async for event in job.events.order_by("pk")]
    assert kinds == ["queued", "claimed", "put_off", "claimed", "exhausted", "give_up"]
    assert await queue.again(job.pk, by="owner")
    assert (await failed_with(NO_STORAGE)).status == Status.RETRYING


async def test_the_wait_begins_anew_once_it_got_further() -> None:
    await add(await people.guest())
    for get_further in (True, False):
        job = await failed_with(NO_STORAGE)
        await Job.objects.filter(pk=job.pk).aupdate(waits_since=timezone.now() - queue.PATIENCE)
        job = await claimed()
        if get_further:
            await in_database(queue.note_progress)(job)
        await queue.fail(job, NO_STORAGE)
        await lapse(job)
        job = await fresh(job)
        assert job.status == (Status.RETRYING if get_further else Status.FAILED)


async def test_what_fails_in_the_same_way_again_is_over() -> None:
    await add(await people.guest())
    broken = Unexpected("ffmpeg_failed", "ffmpeg failed at this film.")
    job = await failed_with(
        broken, Unexpected("incomplete", "It is too short."), NO_STORAGE, broken
    )
    assert (job.status, job.attempt, job.reason_code) == (Status.FAILED, 3, "ffmpeg_failed")
    await queue.again(job.pk, by="owner")
    assert (await failed_with(broken)).status == Status.RETRYING


async def test_what_fails_in_the_same_way_further_on_is_tried_again() -> None:
    await add(await people.guest())
    killed = Unexpected(KILLED, "The work was ended from outside.")
    ends: list[tuple[Stage, Status]] = [
        ("lowest", Status.RETRYING),
        ("sizes", Status.RETRYING),
        ("sizes", Status.FAILED),
    ]
    for step, status in ends:
        job = await claimed()
        await queue.enter(job, step=step, done_share=0.5, done_at=None)
        assert (await fresh(job)).step == step
        await queue.fail(job, killed)
        assert (await fresh(job)).status == status
        await lapse(job)


@pytest.mark.parametrize(
    ("waited_s", "longest_s"), [(0, 5), (5, 5), (60, 60), (900, 900), (80_000, 900)]
)
def test_what_is_away_is_looked_for_more_and_more_seldom(waited_s: float, longest_s: float) -> None:
    random.seed(waited_s)
    pauses = [queue.wait_s(waited_s) for _ in range(200)]
    assert longest_s / 2 <= min(pauses) < 0.6 * longest_s
    assert 0.9 * longest_s < max(pauses) <= longest_s
