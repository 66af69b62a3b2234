"""A machine of chance against the queue: what it says and shows is what a simple model says.

Workers claim, stand still, come back, publish, fail and give back; owners delete and retry.
On the real databases, with a real storage.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from core.database import in_database
from library import removals
from library.models import Rendition, Video
from media.plan import Way
from processing import publishing, queue
from processing.errors import (
    MOST_ATTEMPTS,
    MOST_OF_ONE_KIND,
    Away,
    Failure,
    Hindered,
    Impossible,
    LeaseLost,
    Unexpected,
)
from processing.models import Job, JobEvent
from processing.publishing import Made
from processing.states import OPEN, Status
from tests.accounts import people
from tests.processing.rows import add, lapse

DAMAGED = Impossible("unreadable", "The file is damaged.")
HALTED = Hindered("stalled", "The work came to a halt.")
BROKEN = Unexpected("ffmpeg_failed", "ffmpeg failed at this film.")
AWAY = Away("storage_unavailable", "The storage is away.")

Event = tuple[str, str, str]


@dataclass
class Expected:
    """What a job should be."""

    owner: int
    way: Way
    turn: int
    status: str = Status.QUEUED
    attempt: int = 0
    # How often it failed in one way since it was queued.
    broke: int = 0
    # Its time has come: it waits, or its worker has stood still for too long.
    is_due: bool = True
    # How many have held it.
    holders: int = 0
    published: int = 0
    finishes: int = 0
    events: list[Event] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def can_be_claimed(self) -> bool:
        return self.is_open and self.is_due


@dataclass(frozen=True)
class Hold:
    """A job as the worker knows it that took it, as its ``holder``-th."""

    job: Job
    holder: int


class Machine(RuleBasedStateMachine):
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="streamit-model-")
        self.jobs: dict[int, Expected] = {}
        self.files = 0

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.owners: list[User] = [self.do(people.guest(name)) for name in ("Ana", "Ben", "Cem")]

    def teardown(self) -> None:
        for key in self.jobs:
            self.do(_delete(key))
        self.runner.close()
        self.folder.cleanup()

    # --- what happens -------------------------------------------------------------------

    @rule(owner=st.integers(0, 2), way=st.sampled_from([Way.TRANSCODE, Way.DIRECT, Way.STORYBOARD]))
    def a_film_comes(self, owner: int, way: Way) -> None:
        job = self.do(add(self.owners[owner], way))
        self.jobs[job.pk] = Expected(owner, way, self.next_turn(owner, way))

    @rule(target=holds, workers=st.integers(1, 4))
    def workers_claim(self, workers: int) -> Any:
        """Some at once; the first choice is checked where it is certain: of one alone."""
        best = self.best()
        free = {key for key, job in self.jobs.items() if job.can_be_claimed}
        found = self.do(_claim_at_once(workers))
        taken = [job for job in found if job is not None]
        assert len({job.pk for job in taken}) == len(taken) == min(workers, len(free))
        assert {job.pk for job in taken} <= free
        if workers == 1 and taken:
            assert taken[0].pk in best
        for job in taken:
            expected = self.jobs[job.pk]
            expected.status, expected.is_due = Status.PROCESSING, False
            expected.attempt += 1
            expected.holders += 1
            assert job.attempt == expected.attempt
        return multiple(*(Hold(job, self.jobs[job.pk].holders) for job in taken))

    def next_turn(self, owner: int, way: Way) -> int:
        """Return the turn of a new job; storyboards have turns of their own."""
        small = Way.STORYBOARD
        alike = [job for job in self.jobs.values() if (job.way == small) == (way == small)]
        own = [job.turn for job in alike if job.owner == owner and job.is_open]
        waiting = [job.turn for job in alike if job.status == Status.QUEUED]
        return max(own) + 1 if own else min(waiting, default=0)

    def best(self) -> set[int]:
        """Return the jobs of which the next one must be: unseen films, then by their turns.

        Storyboards come last.
        """
        urgency = [Way.TRANSCODE, Way.DIRECT, Way.STORYBOARD].index
        ranks = {
            key: (urgency(job.way), job.turn)
            for key, job in self.jobs.items()
            if job.can_be_claimed
        }
        return {key for key, rank in ranks.items() if rank == min(ranks.values())}

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 11))
    def time_passes_for_one(self, which: int) -> None:
        """A worker stands still until its lease has ended, or a pause is over."""
        key = list(self.jobs)[which % len(self.jobs)]
        self.do(lapse(Job(pk=key)))
        self.jobs[key].is_due = True

    @rule(hold=holds)
    def a_worker_beats(self, hold: Hold) -> None:
        if self.changes(hold, queue.beat(hold.job, step="film", done_share=0.5, done_at=None)):
            self.jobs[hold.job.pk].is_due = False

    @rule(hold=holds)
    def a_worker_publishes(self, hold: Hold) -> None:
        self.files += 1
        path = Path(self.folder.name) / f"{self.files}.mp4"
        path.write_bytes(b"film")
        made = Made(path, Rendition.Kind.MP4, "video/mp4")
        if self.changes(hold, publishing.publish(hold.job, [made])):
            self.jobs[hold.job.pk].published += 1

    @rule(hold=consumes(holds))
    def a_worker_finishes(self, hold: Hold) -> None:
        if self.changes(hold, queue.finish(hold.job)):
            job = self.jobs[hold.job.pk]
            job.status, job.finishes = Status.COMPLETED, job.finishes + 1

    @rule(hold=consumes(holds), failure=st.sampled_from([DAMAGED, HALTED, BROKEN, AWAY]))
    def a_worker_fails(self, hold: Hold, failure: Failure) -> None:
        if not self.changes(hold, queue.fail(hold.job, failure)):
            return
        job = self.jobs[hold.job.pk]
        job.broke += failure is BROKEN
        is_over = (
            failure.is_permanent
            or (failure is BROKEN and job.broke >= MOST_OF_ONE_KIND)
            or (failure is not AWAY and job.attempt >= MOST_ATTEMPTS)
        )
        job.attempt -= failure is AWAY
        job.status, job.is_due = (Status.FAILED, True) if is_over else (Status.RETRYING, False)
        if not is_over:
            # The pause is random: here it is long.
            self.do(_pause(hold.job))

    @rule(hold=consumes(holds))
    def a_worker_gives_back(self, hold: Hold) -> None:
        if self.changes(hold, queue.release(hold.job)):
            job = self.jobs[hold.job.pk]
            job.status, job.is_due, job.attempt = Status.QUEUED, True, job.attempt - 1

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 11))
    def an_owner_retries(self, which: int) -> None:
        key = list(self.jobs)[which % len(self.jobs)]
        job = self.jobs[key]
        assert self.do(queue.again(key, by="owner")) == (job.status == Status.FAILED)
        if job.status == Status.FAILED:
            turn = self.next_turn(job.owner, job.way)
            job.status, job.is_due, job.attempt, job.turn = Status.QUEUED, True, 0, turn
            job.broke = 0

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 11))
    def an_owner_deletes(self, which: int) -> None:
        key = list(self.jobs)[which % len(self.jobs)]
        self.do(_delete(key))
        del self.jobs[key]

    def changes(self, hold: Hold, work: Coroutine[Any, Any, None]) -> bool:
        """Do what a worker does; it must be refused if and only if the job is not theirs."""
        job = self.jobs.get(hold.job.pk)
        is_theirs = (
            job is not None and job.status == Status.PROCESSING and job.holders == hold.holder
        )
        try:
            self.do(work)
        except LeaseLost:
            assert not is_theirs
        else:
            assert is_theirs
        return is_theirs

    # --- what is always true ------------------------------------------------------------

    @invariant()
    def rows_are_what_they_should_be(self) -> None:
        rows, renditions = self.do(_rows())
        for key, row, events, shown in rows:
            job = self.jobs[key]
            assert (row.status, row.attempt) == (job.status, job.attempt)
            assert row.turn == (job.turn if job.is_open else None)
            assert shown == job.published
            if job.status == Status.FAILED:
                assert row.reason
                assert row.reason_code
            assert events[: len(job.events)] == job.events
            assert events[-1][2] == job.status
            assert [kind for kind, *_ in events].count("finish") == job.finishes <= 1
            job.events = events
        assert len(rows) == len(self.jobs)
        assert renditions == sum(job.published for job in self.jobs.values())


async def _claim_at_once(count: int) -> list[Job | None]:
    return await asyncio.gather(*(queue.claim(f"worker {n}") for n in range(count)))


@in_database
def _pause(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(held_until=F("started_at") + timedelta(hours=1))


async def _delete(key: int) -> None:
    await removals.remove(await Video.objects.select_related("source").aget(jobs=key))


@in_database
def _rows() -> tuple[list[tuple[int, Job, list[Event], int]], int]:
    """Return every job with its events and how much of it is shown, and how many files there are.

    In one go: the way to the database and back takes longer than what is done there.
    """
    events: dict[int, list[Event]] = {}
    for event in JobEvent.objects.order_by("pk"):
        events.setdefault(event.job_id, []).append((event.kind, event.from_status, event.to_status))
    renditions = list(Rendition.objects.values_list("video_id", "is_published"))
    shown = [video for video, is_published in renditions if is_published]
    rows = [(job.pk, job, events[job.pk], shown.count(job.video_id)) for job in Job.objects.all()]
    return rows, len(renditions)


@pytest.mark.usefixtures("each_database")
def test_no_job_has_two_holders_and_each_ends_once_with_words() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=14,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
