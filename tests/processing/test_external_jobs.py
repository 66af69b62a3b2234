"""Services elsewhere that are late, silent, repeat themselves, or are not who they say."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from django.test import AsyncClient
from structlog.testing import capture_logs

from accounts import grants
from core import signing
from library import removals
from library.models import Rendition, Video
from library.receive.pipeline import reader
from library.storage import registry, remote
from library.storage.options import RemoteOptions
from library.storage.remote import RemoteStorage
from media import hls
from processing import collecting, ladder, processor_run, scratch
from processing.errors import MOST_ATTEMPTS, Away, Hindered
from processing.models import Callback, Job
from processing.states import Status
from processing.worker import Worker
from server.body_limit import MAX_BODY_BYTES
from tests.processing.external_jobs import Elsewhere, elsewhere
from tests.processing.films import fresh, stored_keys, upload
from tests.processing.rows import lapse
from tests.support.clips import Clip, make_clip
from tests.support.films import AC3_IN_MKV, TWO_LANGUAGES, make_film
from tests.support.loopback import LoopbackRules
from tests.support.raw_file import File
from tests.support.raw_server import raw_server

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

COMPLETED = {"state": "completed", "outputs": []}
WORKING = {"state": "working", "progress": 0.5}


@pytest_asyncio.fixture
async def place(tmp_path: Path, settings: Any) -> AsyncIterator[Elsewhere]:
    async with elsewhere(tmp_path, settings) as place:
        yield place


async def a_film() -> Video:
    return await upload(make_film(AC3_IN_MKV))


async def kinds(job: Job) -> list[str]:
    return [event.kind async for event in job.events.order_by("pk")]


async def of_kind(job: Job, kind: str) -> list[dict[str, Any]]:
    return [event.data async for event in job.events.filter(kind=kind).order_by("pk")]


async def submitted(place: Elsewhere) -> Job:
    """Return the job of a film at a service that says nothing by itself."""
    place.vendor.habits.is_silent = True
    video = await a_film()
    assert await place.worker.work()
    return await Job.objects.aget(video=video)


async def can_be_read(url: str) -> bool:
    await grants.refresh()
    try:
        answer = await asyncio.to_thread(urllib.request.urlopen, url)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code != 401
    answer.close()
    return True


async def test_what_is_said_and_answered_is_written_down_and_the_link_ends(
    place: Elsewhere,
) -> None:
    job = await place.play(await a_film())
    # The first callback may be faster than the answer.
    assert sorted(await kinds(job)) == sorted(
        [
            *("queued", "claimed", "request", "handed_over"),
            *("callback_taken", "callback_taken", "claimed", "finish"),
        ]
    )
    [request] = await of_kind(job, "request")
    assert (request["method"], request["path"], request["status"]) == ("POST", "/jobs", 202)
    assert request["request_id"].startswith("req_")
    work = place.job()
    [handed] = await of_kind(job, "handed_over")
    assert handed == {"provider_job_id": work.id}
    assert [each["state"] for each in await of_kind(job, "callback_taken")] == [
        "working",
        "completed",
    ]
    assert not await can_be_read(work.order["source_url"])


async def test_the_link_and_the_work_end_too_when_the_job_is_given_up_for_other_reasons(
    place: Elsewhere,
) -> None:
    job = await submitted(place)
    assert await can_be_read(place.job().order["source_url"])
    await Job.objects.filter(pk=job.pk).aupdate(attempt=MOST_ATTEMPTS + 1)
    await lapse(job)
    assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.reason_code, job.fence) == (Status.FAILED, "worker_lost", None)
    assert not await can_be_read(place.job().order["source_url"])
    assert place.job().is_cancelled


async def test_callbacks_that_come_twice_and_backwards_make_the_film_once(
    place: Elsewhere,
) -> None:
    place.vendor.habits.sends_twice = place.vendor.habits.sends_backwards = True
    job = await place.play(await a_film())
    await asyncio.to_thread(place.vendor.wait)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    found = await kinds(job)
    assert found.count("finish") == found.count("callback_taken") == 1
    # Each the second time; and that it is at work, after it was finished.
    assert found.count("callback_skipped") == await Callback.objects.acount() == 2
    assert {status for _, status in place.vendor.callbacks} == {200}


async def test_a_service_that_fails_for_a_moment_is_asked_again_as_another_attempt(
    place: Elsewhere,
) -> None:
    place.vendor.habits.answers = [500, 429]
    job = await submitted(place)
    for _ in range(2):
        assert (await Job.objects.aget(pk=job.pk)).status == Status.RETRYING
        await lapse(job)
        assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    # That it was away is no attempt.
    assert (job.status, job.attempt, job.step) == (Status.PROCESSING, 1, "elsewhere")
    assert job.waits_since is None
    assert [each["status"] for each in await of_kind(job, "request")] == [500, 429, 202]
    assert len({each["message_id"] for each in await of_kind(job, "request")}) == 3


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_wrong_key_or_address_fails_no_film_and_is_told_to_the_operator(
    place: Elsewhere, status: int
) -> None:
    place.vendor.habits.answers = [status]
    with capture_logs() as logs:
        job = await submitted(place)
    assert (job.status, job.attempt, job.reason_code) == (Status.RETRYING, 0, "processor_denied")
    assert [line["status"] for line in logs if line["log_level"] == "error"] == [status]
    await lapse(job)
    assert await place.worker.work()
    assert (await Job.objects.aget(pk=job.pk)).step == "elsewhere"


async def test_a_service_that_knows_a_job_no_longer_is_no_wrong_address(
    place: Elsewhere,
) -> None:
    job = await submitted(place)
    await Job.objects.filter(pk=job.pk).aupdate(provider_job_id="forgotten")
    await lapse(job)
    with capture_logs() as logs:
        assert await place.worker.work()
    assert (await Job.objects.aget(pk=job.pk)).reason_code == "processor_silent"
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_service_that_refuses_a_film_is_believed(place: Elsewhere) -> None:
    place.vendor.habits.answers = [422]
    job = await place.play(await a_film())
    assert (job.status, job.reason_code) == (Status.FAILED, "processor_refused")


async def test_one_who_has_not_the_key_changes_nothing_and_is_written_down(
    place: Elsewhere,
) -> None:
    job = await submitted(place)
    forged: list[dict[str, Any]] = [
        {"secret": signing.new_secret()},
        {"age_s": 310},
        {"age_s": -310},
    ]
    for how in forged:
        status, answer = await place.call(COMPLETED, **how)
        assert (status, answer["error"]["code"]) == (401, "bad_signature")
    assert await kinds(job) == [
        *("queued", "claimed", "request", "handed_over"),
        *["callback_refused"] * 3,
    ]
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.outputs) == (Status.PROCESSING, None)


async def test_what_a_stranger_sends_is_refused_however_it_is_nested(place: Elsewhere) -> None:
    await submitted(place)
    answer = await AsyncClient().post(
        "/api/v1/processing/callback/http", b'{"job":' + b"[" * 20_000, "application/json"
    )
    assert answer.status_code == 401


async def test_both_keys_are_taken_while_one_is_replaced(place: Elsewhere) -> None:
    await submitted(place)
    for secret in place.vendor.secrets:
        assert await place.call(WORKING, secret=secret) == (200, {"result": "taken"})


async def test_what_is_sent_again_has_no_effect(place: Elsewhere) -> None:
    job = await submitted(place)
    failed = {"state": "failed", "error": {"message": "Out of tape.", "retry": True}}
    assert await place.call(failed, event_id="evt_1") == (200, {"result": "taken"})
    after = await Job.objects.aget(pk=job.pk)
    assert (after.status, after.reason) == (Status.RETRYING, "Out of tape.")
    assert await place.call(failed, event_id="evt_1") == (200, {"result": "skipped"})
    assert (await kinds(job))[-1] == "callback_skipped"


async def test_of_a_video_that_is_deleted_nothing_is_made_any_more(place: Elsewhere) -> None:
    job = await submitted(place)
    video = await Video.objects.select_related("source").aget(pk=job.video_id)
    await removals.remove(video)
    assert place.job().is_cancelled
    assert await place.call(COMPLETED) == (200, {"result": "late"})
    assert await stored_keys(video) == set()


async def test_a_silent_service_is_asked_once_and_what_it_says_is_taken(place: Elsewhere) -> None:
    place.vendor.habits.is_silent = True
    video = await a_film()
    assert await place.worker.work()
    assert await asyncio.to_thread(place.job().is_over.wait, 30)
    job = await Job.objects.aget(video=video)
    await lapse(job)
    assert await place.worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    assert [each["method"] for each in await of_kind(job, "request")] == ["POST", "GET"]


async def test_a_service_that_never_ends_its_work_is_told_to_and_the_attempt_is_over(
    place: Elsewhere,
) -> None:
    job = await submitted(place)
    assert await asyncio.to_thread(place.job().is_over.wait, 30)
    place.job().told = WORKING
    for _ in range(2):
        await lapse(job)
        assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.reason_code) == (Status.RETRYING, "processor_silent")
    methods = [each["method"] for each in await of_kind(job, "request")]
    assert methods == ["POST", "GET", "GET", "DELETE"]
    assert place.job().is_cancelled


async def test_what_is_no_film_is_not_shown_and_made_again(place: Elsewhere) -> None:
    place.vendor.habits.delivers = b"<html>not a film</html>" * 100
    job = await submitted(place)
    assert await asyncio.to_thread(place.job().is_over.wait, 30)
    await place.call(place.job().told)
    assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.reason_code) == (Status.RETRYING, "unreadable")
    video = await fresh(await Video.objects.aget(pk=job.video_id))
    assert video.status == Video.Status.RETRYING
    assert len(await stored_keys(video)) == 2  # the original and its picture
    await lapse(job)
    assert await place.worker.work()
    assert len(place.vendor.jobs) == 2


async def test_sizes_and_languages_are_shown_under_a_master_playlist_of_ours(
    place: Elsewhere,
) -> None:
    job = await place.play(await upload(make_film(TWO_LANGUAGES)))
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    rows = Rendition.objects.filter(video_id=job.video_id, is_published=True)
    made = {row.name: row async for row in rows}
    assert {"film.mp4", "v360.mp4", "v540.mp4", "a0.mp4", "a1.mp4", "s001.jpg"} <= made.keys()
    master = await text_of(made["master2.m3u8"])
    assert master.index('NAME="en"') < master.index('NAME="de"')
    assert "RESOLUTION=640x360" in master
    assert "RESOLUTION=960x540" in master
    assert (await fresh(await Video.objects.aget(pk=job.video_id))).duration_s == pytest.approx(
        5, abs=0.1
    )


async def test_what_a_worker_of_ours_has_made_half_is_made_to_the_end_elsewhere(
    place: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await upload(make_film(TWO_LANGUAGES))

    async def fail(*_: object, **__: object) -> None:
        raise Hindered("killed", "The work was ended.")

    with monkeypatch.context() as patched:
        patched.setattr("processing.steps.make_pictures", fail)
        assert await Worker(place.worker.scratch, place.worker.ffmpeg).work()
    job = await place.play(video)
    assert (job.status, job.attempt, job.reason) == (Status.COMPLETED, 2, "")
    ordered = [name for each in place.job().order["outputs"] for name in each["names"]]
    assert ordered == ["film.mp4", "v540.m3u8", "v540.mp4"]
    rows = Rendition.objects.filter(video=video, name="master2.m3u8", is_published=True)
    master = await text_of(await rows.aget())
    assert "v360.m3u8" in master
    assert 'NAME="de"' in master


async def brought_in(place: Elsewhere, folder: Path) -> Job:
    """Have sizes made of a film, and fetched; return its job."""
    place.vendor.habits.is_silent = True
    video = await upload(make_clip(folder, Clip(duration_s=1, width=320, height=180)))
    assert await place.worker.work()
    assert await asyncio.to_thread(place.job().is_over.wait, 30)
    await place.call(place.job().told)
    assert await place.worker.work()
    return await Job.objects.aget(video=video)


async def test_sizes_in_a_codec_that_browsers_lack_are_not_shown(
    place: Elsewhere, settings: Any, tmp_path: Path
) -> None:
    settings.LADDER = "always"
    place.vendor.habits.encoder = "libx265"
    job = await brought_in(place, tmp_path)
    assert (job.status, job.reason_code) == (Status.RETRYING, "unplayable")
    assert not await Rendition.objects.filter(video=job.video_id).aexists()


@pytest.mark.parametrize("content", [b"<html>", b"#EXTM3U\n" + b"\n" * hls.MAX_BYTES])
async def test_what_is_no_playlist_is_not_shown(
    place: Elsewhere, settings: Any, tmp_path: Path, content: bytes
) -> None:
    settings.LADDER = "always"
    place.vendor.habits.delivers = content
    job = await brought_in(place, tmp_path)
    assert (job.status, job.reason_code) == (Status.RETRYING, "incomplete")
    assert "playlist" in job.reason


def test_a_part_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    size_bytes = 65 << 20
    with (tmp_path / "v360.mp4").open("wb") as file:
        file.truncate(size_bytes)
    playlist = tmp_path / "v360.m3u8"
    for head_bytes in (800, 2 << 20):
        part = f"#EXT-X-BYTERANGE:{size_bytes - head_bytes}@{head_bytes}\nv360.mp4\n"
        playlist.write_text(f"#EXTM3U\n#EXTINF:4.0,\n{part}#EXT-X-ENDLIST\n")
        with pytest.raises(ValueError, match="too large"):
            ladder._finished(playlist)


async def text_of(row: Rendition) -> str:
    read = reader(registry.provider(row.storage), row.key)
    return (await read(0, row.size_bytes)).decode()


async def test_a_download_that_fails_for_a_moment_is_repeated_without_making_it_again(
    place: Elsewhere,
) -> None:
    place.vendor.habits.downloads = [503]
    job = await place.play(await a_film())
    assert (job.status, job.attempt, len(place.vendor.jobs)) == (Status.COMPLETED, 1, 1)


async def test_a_file_that_is_replaced_while_it_is_fetched_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "REMEMBERED", timedelta(0))
    file, links = File(bytes(100_000)), RemoteStorage(RemoteOptions(10**9), rules=LoopbackRules())

    def replace(_folder: Path, _size_bytes: int) -> None:
        file.etag = '"v2"'

    # Between the question how large it is, and the first of its bytes.
    monkeypatch.setattr(scratch, "check_space", replace)
    async with raw_server(file) as server:
        with pytest.raises(Away, match="changed"):
            await collecting._fetch(links, server.url, tmp_path / "v360.mp4")
    await links.close()


async def test_what_is_there_is_not_made_again_by_the_next_attempt(
    place: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, failures = processor_run.finish, [Away("storage_unavailable", "Away.")]

    async def finish_when_it_can(job: Job) -> None:
        if failures:
            raise failures.pop()
        await finish(job)

    monkeypatch.setattr(processor_run, "finish", finish_when_it_can)
    job = await place.play(await a_film())
    assert (job.status, job.attempt, len(place.vendor.jobs)) == (Status.COMPLETED, 1, 1)
    reasons = [each["code"] for each in await of_kind(job, "put_off")]
    assert reasons == ["storage_unavailable"]


async def test_what_is_found_by_asking_is_kept_when_its_download_fails(place: Elsewhere) -> None:
    job = await submitted(place)
    assert await asyncio.to_thread(place.job().is_over.wait, 30)
    place.vendor.habits.downloads = [503]
    await lapse(job)
    assert await place.worker.work()
    assert (await Job.objects.aget(pk=job.pk)).reason_code == "outputs_unavailable"
    job = await place.play(await Video.objects.aget(pk=job.video_id))
    assert (job.status, job.attempt, len(place.vendor.jobs)) == (Status.COMPLETED, 1, 1)
    assert [each["method"] for each in await of_kind(job, "request")] == ["POST", "GET"]


async def test_a_service_that_was_at_work_when_asked_is_asked_again(place: Elsewhere) -> None:
    job = await submitted(place)
    assert await asyncio.to_thread(place.job().is_over.wait, 30)
    made, place.job().told = place.job().told, WORKING
    for told in (WORKING, WORKING, made):
        place.job().told = told
        await lapse(job)
        assert await place.worker.work()
        # Heard of meanwhile, it may be silent again for as long.
        await place.call(WORKING)
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data/", "http://localhost:6379/", "file:///etc/x"]
)
async def test_nothing_is_fetched_from_where_strangers_may_not_send_us(
    place: Elsewhere, url: str
) -> None:
    job = await submitted(place)
    outputs = [{"name": "film.mp4", "url": url}]
    assert (await place.call({"state": "completed", "outputs": outputs}))[0] == 200
    assert await place.worker.work()
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.reason_code) == (Status.RETRYING, "outputs_refused")


async def test_what_cannot_be_read_is_refused_by_its_field(place: Elsewhere) -> None:
    await submitted(place)
    status, answer = await place.call({"state": "tired"})
    assert (status, "state" in answer["error"]["fields"]) == (422, True)
    status, answer = await place.call({"state": "failed"})
    assert status == 422
    status, answer = await place.call({**WORKING, "more": "x" * MAX_BODY_BYTES})
    assert status == 413


async def test_where_the_workers_make_films_themselves_nobody_calls_back() -> None:
    answer = await AsyncClient().post("/api/v1/processing/callback/http", {"job": 1})
    assert answer.status_code == 404
