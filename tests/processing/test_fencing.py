"""Workers that lose their job change nothing any more, and leave nothing."""

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from library import removals
from library.audit import audit
from library.models import Rendition, Video
from library.storage.base import Stat, StorageUnavailable
from library.storage.local import LocalStorage
from media.ffmpeg import Ffmpeg
from processing import cancelling, intake, publishing, queue
from processing.errors import MOST_ATTEMPTS, MOST_OF_ONE_KIND, Away, Impossible, LeaseLost
from processing.models import Job
from processing.publishing import Made
from processing.queue import delay_s
from processing.retention import LEFT_OVER
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import fresh, stored_keys, upload
from tests.processing.rows import lapse
from tests.support import encoders
from tests.support.films import AC3_IN_MKV, make_film
from tests.support.growing_film import Gate
from tests.support.numbered import film
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


async def claimed() -> Job:
    job = await queue.claim("first")
    assert job is not None
    return job


def a_file(folder: Path) -> Made:
    path = folder / "film.mp4"
    path.write_bytes(b"stale")
    return Made(path, Rendition.Kind.MP4, "video/mp4")


async def refuse(_storage: LocalStorage, _key: str) -> None:
    raise StorageUnavailable


async def strays(video: Video) -> list[tuple[str, str]]:
    """Return what storage and database do not agree on of ``video``; other tests leave theirs."""
    found = await audit(remove=False)
    return [each for each in found.orphans + found.missing if each[1].startswith(str(video.pk))]


async def test_of_many_workers_one_gets_the_job() -> None:
    await upload(make_film(AC3_IN_MKV))
    found = await asyncio.gather(*(queue.claim(f"worker {n}") for n in range(12)))
    assert [job.attempt for job in found if job is not None] == [1]


async def test_a_worker_that_comes_back_too_late_changes_nothing(
    worker: Worker, tmp_path: Path
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    late = await claimed()
    await lapse(late)
    assert await worker.work()
    before = await stored_keys(video)

    with pytest.raises(LeaseLost):
        await publishing.publish(late, [a_file(tmp_path)])
    with pytest.raises(LeaseLost):
        await queue.beat(late, step="", done_share=0.5, done_at=None)
    with pytest.raises(LeaseLost):
        await queue.finish(late)
    with pytest.raises(LeaseLost):
        await queue.fail(late, Impossible("unreadable", "Late."))

    assert await stored_keys(video) == before
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt, job.reason) == (Status.COMPLETED, 2, "")


async def test_a_worker_that_fails_too_late_leaves_alone_what_another_is_making(
    worker: Worker, tmp_path: Path
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    late = await claimed()
    await lapse(late)
    other = await queue.claim("second")
    assert other is not None
    storage = publishing.storage_of(other.video)
    made = a_file(tmp_path)
    (row,) = await publishing._announce(other, [made], storage)
    await made.put_into(storage, row.key)

    # As a worker does whose ffmpeg was killed while it stood still.
    await publishing.discard_own(late)

    await publishing._show(other, [row], plays=True, facts={})
    assert [each.name async for each in Rendition.objects.filter(video=video)] == ["film.mp4"]
    assert not await strays(video)


async def test_what_a_storage_would_not_remove_at_the_end_is_removed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    job = await claimed()
    made = a_file(tmp_path)
    (row,) = await publishing._announce(job, [made], publishing.storage_of(job.video))
    await made.put_into(publishing.storage_of(job.video), row.key)
    assert await LEFT_OVER.remove() == 0, "somebody is at work on it"
    with monkeypatch.context() as away:
        away.setattr(LocalStorage, "delete", refuse)
        await publishing.discard_own(job)
        # The next attempt makes a file of the same name.
        [again] = await publishing._announce(job, [made], publishing.storage_of(job.video))
        await again.adelete()
        await queue.fail(job, Impossible("unreadable", "Not a film."))
        assert await LEFT_OVER.remove() == 0
    assert row.key in await stored_keys(video)

    assert await LEFT_OVER.remove() == 1

    assert row.key not in await stored_keys(video)
    assert not await strays(video)


async def test_nothing_is_shown_of_which_the_rows_are_gone(tmp_path: Path) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    job = await claimed()
    rows = await publishing._announce(job, [a_file(tmp_path)], publishing.storage_of(job.video))
    await Rendition.objects.all().adelete()
    with pytest.raises(LeaseLost):
        await publishing._show(job, rows, plays=True, facts={})
    assert (await fresh(video)).status != Video.Status.COMPLETED


async def test_what_a_killed_worker_had_stored_is_removed_by_the_next(
    worker: Worker, tmp_path: Path
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    killed = await claimed()
    storage = publishing.storage_of(killed.video)
    (row,) = await publishing._announce(killed, [a_file(tmp_path)], storage)
    await a_file(tmp_path).put_into(storage, row.key)
    assert not await strays(video)  # it is known, and may still be at work
    left = worker.scratch / f"{killed.pk}-{killed.holder.hex[:8]}"
    left.mkdir(parents=True)
    await lapse(killed)

    assert await worker.work()

    assert row.key not in await stored_keys(video)
    assert not left.exists()
    assert not await strays(video)


async def test_work_on_a_video_that_is_deleted_meanwhile_ends_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    job = await claimed()
    await removals.remove(await fresh(video))

    with pytest.raises(LeaseLost):
        await queue.beat(job, step="", done_share=0.5, done_at=None)
    with pytest.raises(LeaseLost):
        await publishing.publish(job, [a_file(tmp_path)])
    assert await stored_keys(video) == set()
    assert not await strays(video)


async def test_a_worker_publishes_nothing_of_a_video_while_it_is_being_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removals.end_with(cancelling.cancel)
    video = await upload(make_film(AC3_IN_MKV))
    job = await claimed()
    delete = LocalStorage.delete
    lost: list[LeaseLost] = []

    async def the_worker_goes_on(storage: LocalStorage, key: str) -> None:
        if key.endswith("/original"):
            with pytest.raises(LeaseLost) as error:
                await publishing.publish(job, [a_file(tmp_path)])
            lost.append(error.value)
            assert await queue.claim("second") is None
        await delete(storage, key)

    monkeypatch.setattr(LocalStorage, "delete", the_worker_goes_on)
    await removals.remove(await fresh(video))
    assert lost
    assert await stored_keys(video) == set()
    assert not await strays(video)


async def test_a_worker_that_is_stopped_while_it_stores_leaves_nothing_of_a_deleted_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its heartbeat finds that the job is gone, and cancels the work."""
    removals.end_with(cancelling.cancel)
    video = await upload(make_film(AC3_IN_MKV))
    job = await claimed()
    put = LocalStorage.put_file

    async def put_too_late(storage: LocalStorage, key: str, path: Path, *, mime_type: str) -> Stat:
        await removals.remove(await fresh(video))
        await put(storage, key, path, mime_type=mime_type)
        raise asyncio.CancelledError

    monkeypatch.setattr(LocalStorage, "put_file", put_too_late)
    with pytest.raises(asyncio.CancelledError):
        await publishing.publish(job, [a_file(tmp_path)])
    assert await stored_keys(video) == set()


async def test_a_job_goes_on_when_the_deletion_of_its_video_fails(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removals.end_with(cancelling.cancel)
    removals.make_again_with(intake.make_again)
    video = await upload(make_film(AC3_IN_MKV))
    job = await claimed()
    # It can be watched, before everything is made.
    await publishing.publish(job, [a_file(tmp_path)])
    delete = LocalStorage.delete

    async def not_the_original(storage: LocalStorage, key: str) -> None:
        if key.endswith("/original"):
            raise StorageUnavailable
        await delete(storage, key)

    with monkeypatch.context() as away:
        away.setattr(LocalStorage, "delete", not_the_original)
        with pytest.raises(StorageUnavailable):
            await removals.remove(await fresh(video))
    assert (await fresh(video)).status == Video.Status.QUEUED
    with pytest.raises(LeaseLost):
        await queue.beat(job, step="", done_share=0.5, done_at=None)

    assert await worker.work()

    done = await Job.objects.aget(video=video)
    assert (done.status, done.attempt) == (Status.COMPLETED, 1)
    assert (await fresh(video)).status == Video.Status.COMPLETED
    assert not await strays(video)


@pytest.fixture
def gated_worker(tmp_path: Path, gate: Gate) -> Worker:
    """A worker that does not get to the end of a film."""
    return Worker(tmp_path / "scratch", Ffmpeg(str(gate.program)))


async def killed_ffmpeg() -> None:
    """Kill the ffmpeg that this process runs, once it is one."""

    async def encoder() -> int | None:
        for child in encoders.running():
            if b"libx264" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        return None

    os.kill(await eventually(encoder, every_s=0.01), signal.SIGKILL)


async def test_an_ffmpeg_that_is_killed_is_an_attempt_and_the_next_goes_on_from_there(
    gated_worker: Worker,
) -> None:
    video = await upload(make_film(film("mkv", 3)))
    working = asyncio.ensure_future(gated_worker.work())
    await asyncio.wait_for(killed_ffmpeg(), 30)
    await working
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "killed")
    assert (await fresh(video)).status == "retrying"
    assert not list(gated_worker.scratch.iterdir())


async def test_a_worker_that_is_told_to_end_gives_its_job_back_without_an_attempt(
    gated_worker: Worker,
) -> None:
    video = await upload(make_film(film("mkv", 3)))
    working = asyncio.ensure_future(gated_worker.work())
    begun = Job.objects.filter(video=video, status=Status.PROCESSING)
    await eventually(begun.aexists)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt) == (Status.QUEUED, 0)
    assert (await fresh(video)).status == "queued"


async def test_a_worker_that_is_told_to_end_while_it_is_given_a_job_gives_it_back(
    gated_worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await upload(make_film(film("mkv", 3)))
    given = asyncio.Event()
    claim = queue.claim

    async def claiming(name: str, choice: queue.Choice) -> Job | None:
        job = await claim(name, choice)
        given.set()
        # The database has said so, and the worker has not heard it yet.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return job

    monkeypatch.setattr(queue, "claim", claiming)
    working = asyncio.ensure_future(gated_worker.work())
    await given.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt) == (Status.QUEUED, 0)


async def test_what_ffmpeg_fails_at_twice_is_over_and_says_so(tmp_path: Path) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    nowhere = Worker(tmp_path / "scratch", Ffmpeg("/bin/false"))
    for _ in range(MOST_OF_ONE_KIND):
        await lapse(await Job.objects.aget(video=video))
        assert await nowhere.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt, job.reason_code) == (Status.FAILED, 2, "ffmpeg_failed")
    kinds = [event.kind async for event in job.events.order_by("pk")]
    assert kinds == ["queued", "claimed", "put_off", "claimed", "exhausted", "give_up"]
    assert not await nowhere.work()


async def test_what_this_ffmpeg_has_no_decoder_for_is_named(tmp_path: Path) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    program = tmp_path / "ffmpeg"
    program.write_text(
        "#!/bin/sh\necho Decoding requested, but no decoder found for: hevc >&2\nexit 8"
    )
    program.chmod(0o700)
    assert await Worker(tmp_path / "scratch", Ffmpeg(str(program))).work()
    job = await Job.objects.aget(video=video)
    assert job.reason_code == "no_decoder"
    assert job.reason == "The server's ffmpeg has no decoder for H.265."


async def test_a_job_whose_workers_die_again_and_again_is_given_up(worker: Worker) -> None:
    video = await upload(make_film(AC3_IN_MKV))
    for _ in range(MOST_ATTEMPTS):
        await lapse(await claimed())
    await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason_code) == (Status.FAILED, "worker_lost")


async def test_a_storage_that_is_away_puts_the_job_off(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await upload(make_film(AC3_IN_MKV))

    async def away(*_: object, **__: object) -> None:
        raise Away("storage_unavailable", "Away.")

    with monkeypatch.context() as patched:
        patched.setattr("processing.steps.publish", away)
        await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "storage_unavailable")
    await lapse(job)
    await worker.work()
    assert (await fresh(video)).status == "completed"


@pytest.mark.parametrize(("attempt", "longest_s"), [(1, 10), (2, 20), (4, 80)])
def test_the_pause_grows_and_is_never_alike(attempt: int, longest_s: float) -> None:
    random.seed(attempt)
    pauses = [delay_s(attempt) for _ in range(200)]
    assert 0 <= min(pauses) < 0.1 * longest_s
    assert 0.9 * longest_s < max(pauses) <= longest_s
