"""What a worker's own machine may do to it, and what becomes of its jobs."""

import errno
import os
from asyncio.subprocess import Process
from pathlib import Path

import pytest

import media.child
from core.sizes import readable
from library.models import Subtitle, Video
from library.storage.base import UNKNOWN_TIME, Stat, Storage
from library.storage.local import LocalStorage
from media.ffmpeg import Ffmpeg
from media.plan import Way
from media.probe import Facts
from processing import scratch
from processing.attempt import Attempt
from processing.errors import KILLED
from processing.models import Job
from processing.states import Status
from processing.steps import steps_of
from processing.worker import Worker
from tests.processing.films import a_film, fresh, job_of, upload, waits_for
from tests.processing.rows import lapse
from tests.support.films import SUBTITLED, TWO_LANGUAGES, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


def a_folder_nobody_can_make(tmp_path: Path) -> Path:
    (tmp_path / "file").touch()
    return tmp_path / "file" / "scratch"


# --- the machine ----------------------------------------------------------------------------


async def test_a_worker_whose_scratch_folder_cannot_be_used_leaves_jobs_to_others(
    worker: Worker, tmp_path: Path
) -> None:
    video = await a_film()
    ailing = Worker(a_folder_nobody_can_make(tmp_path), worker.ffmpeg)
    assert not await ailing.work()
    job = await job_of(video)
    assert (job.status, job.attempt) == (Status.QUEUED, 0)
    assert await worker.work()
    assert (await job_of(video)).status == Status.COMPLETED


async def test_a_scratch_folder_that_fails_once_a_job_is_taken_puts_it_off(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()
    monkeypatch.setattr(scratch, "is_usable", lambda _folder: True)
    assert await Worker(a_folder_nobody_can_make(tmp_path), worker.ffmpeg).work()
    assert await waits_for(video) == "machine_failed"
    assert (await job_of(video)).reason == "The server cannot work just now: Not a directory."


async def test_a_film_into_which_the_machine_cannot_look_just_now_waits(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()

    async def start(*_: str) -> Process:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(media.child, "start", start)
    assert await worker.work()
    assert await waits_for(video) == "machine_failed"


async def test_without_ffmpeg_films_wait(tmp_path: Path) -> None:
    video = await a_film()
    assert await Worker(tmp_path / "scratch", Ffmpeg("/nowhere/ffmpeg")).work()
    assert await waits_for(video) == "machine_failed"


async def test_a_disk_that_ffmpeg_finds_full_is_waited_for(tmp_path: Path) -> None:
    video = await a_film()
    full = tmp_path / "ffmpeg"
    full.write_text(f'#!/bin/sh\necho "film.mp4: {os.strerror(errno.ENOSPC)}" >&2\nexit 1\n')
    full.chmod(0o755)
    assert await Worker(tmp_path / "scratch", Ffmpeg(str(full))).work()
    assert await waits_for(video) == "disk_full"


async def test_no_subtitles_are_lost_to_a_full_disk(tmp_path: Path) -> None:
    video = await upload(make_film(SUBTITLED))
    words = f'echo "0.srt: {os.strerror(errno.ENOSPC)}" >&2; exit 1'
    assert await Worker(tmp_path / "scratch", fails_at_subtitles(tmp_path, words)).work()
    assert await waits_for(video) == "disk_full"


async def test_subtitles_at_which_ffmpeg_was_killed_are_taken_out_the_next_time(
    worker: Worker, tmp_path: Path
) -> None:
    video = await upload(make_film(SUBTITLED))
    deadly = fails_at_subtitles(tmp_path, "kill -9 $$")
    assert await Worker(tmp_path / "scratch", deadly).work()
    job = await job_of(video)
    assert (job.status, job.reason_code) == (Status.RETRYING, KILLED)
    await lapse(job)
    assert await worker.work()
    assert (await job_of(video)).status == Status.COMPLETED
    assert await Subtitle.objects.filter(video=video).acount() == 2


async def test_subtitles_at_which_ffmpeg_is_killed_each_time_do_not_cost_the_film(
    tmp_path: Path,
) -> None:
    video = await upload(make_film(SUBTITLED))
    deadly = Worker(tmp_path / "scratch", fails_at_subtitles(tmp_path, "kill -9 $$"))
    assert await deadly.work()
    await lapse(await job_of(video))
    assert await deadly.work()
    job = await job_of(video)
    assert job.status == Status.COMPLETED
    assert await job.events.filter(kind="subtitles_failed").acount() == 2


def fails_at_subtitles(tmp_path: Path, how: str) -> Ffmpeg:
    script = tmp_path / "ffmpeg"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *0:s:*) {how};; esac\nexec {Ffmpeg.found().program} "$@"\n'
    )
    script.chmod(0o755)
    return Ffmpeg(str(script))


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "machine_failed")]
)
async def test_what_the_disk_refuses_while_something_is_written_is_waited_for(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    video = await a_film()

    async def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("processing.steps.make_storyboard", refuse)
    assert await worker.work()
    assert await waits_for(video) == code


async def test_an_original_for_which_there_is_no_room_is_not_fetched(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()

    async def large(_storage: LocalStorage, _key: str) -> Stat:
        return Stat(1 << 60, '"x"', UNKNOWN_TIME)

    async def fetch(*_: object) -> None:
        raise AssertionError("it is fetched")

    monkeypatch.setattr(LocalStorage, "path_of", lambda *_: None)
    monkeypatch.setattr(LocalStorage, "stat", large)
    monkeypatch.setattr(Storage, "fetch", fetch)
    assert await worker.work()
    assert await waits_for(video) == "disk_full"


async def test_of_a_file_that_became_shorter_in_its_storage_nothing_is_made(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()

    async def small(_storage: LocalStorage, _key: str) -> Stat:
        return Stat(video.size_bytes - 2000, '"x"', UNKNOWN_TIME)

    monkeypatch.setattr(LocalStorage, "stat", small)
    assert await worker.work()
    job = await job_of(video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "incomplete")
    assert job.reason == f"The storage lacks 2.0 kB of the {readable(video.size_bytes)}."


# --- memory ---------------------------------------------------------------------------------


async def test_what_was_ended_for_want_of_memory_is_made_in_less_of_it_and_only_once_more(
    tmp_path: Path,
) -> None:
    video = await upload(make_film(TWO_LANGUAGES))
    said = tmp_path / "commands"
    deadly = tmp_path / "ffmpeg"
    deadly.write_text(
        f'#!/bin/sh\necho "$*" >> {said}\n'
        'case "$*" in *v540*) kill -9 $$;; esac\n'
        f'exec {Ffmpeg.found().program} "$@"\n'
    )
    deadly.chmod(0o755)
    dying = Worker(tmp_path / "scratch", Ffmpeg(str(deadly)))

    assert await dying.work()
    job = await job_of(video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "killed")
    usual = of_larger_size(said)
    said.unlink()
    await lapse(job)
    assert await dying.work()

    job = await job_of(video)
    assert (job.status, job.attempt, job.reason_code) == (Status.FAILED, 2, "killed")
    frugal = of_larger_size(said)
    assert "-threads 1" not in usual
    assert frugal.count("-threads 1 ") == 2
    # What stands can be watched.
    assert (await fresh(video)).status == Video.Status.COMPLETED


def of_larger_size(said: Path) -> str:
    """Return the command by which it was to be made."""
    return next(line for line in said.read_text().splitlines() if "v540" in line)


def test_little_memory_has_one_size_made_after_the_other(tmp_path: Path) -> None:
    attempt = Attempt(Job(plan=Way.TRANSCODE), tmp_path, Ffmpeg.found())
    attempt.facts = Facts(width=1920, height=1080)
    assert [step.name for step in steps_of(attempt)].count("sizes") == 1
    attempt.save_memory()
    sizes = [step.makes for step in steps_of(attempt) if step.name == "sizes"]
    assert sizes == ["v720.m3u8", "v1080.m3u8"]
