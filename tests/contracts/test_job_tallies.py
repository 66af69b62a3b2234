"""What /metrics tells of jobs since ever, on each database. The rows have no files behind them."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from core.database import in_database
from library.models import Video
from media.plan import Way
from processing import queue, tallies
from processing.errors import CODES, Away, Impossible, ToldCode
from processing.models import Job, Tally
from tests.accounts import people
from tests.processing.rows import add, lapse

pytestmark = pytest.mark.usefixtures("each_database")


async def told() -> dict[str, float]:
    """Return what is not 0, each as ``name{label}``, of histograms ``name{bound,label}``."""
    found = {}
    text = (await in_database(tallies.text)()).decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(value for _, value in sorted(sample.labels.items()))
            if sample.value:
                found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


async def queued(ago: timedelta, way: Way = Way.REMUX) -> Job:
    job = await add(await people.guest(), way)
    await Job.objects.filter(pk=job.pk).aupdate(created_at=timezone.now() - ago)
    return job


async def claimed(worker: str = "worker") -> Job:
    job = await queue.claim(worker)
    assert job is not None
    return job


async def test_all_that_can_be_counted_is_told_from_the_beginning_as_none() -> None:
    text = (await in_database(tallies.text)()).decode()
    for line in (
        'streamit_job_seconds_bucket{le="900.0",plan="direct"} 0.0',
        'streamit_job_playable_seconds_count{plan="remux"} 0.0',
        'streamit_job_attempts_total{outcome="lost"} 0.0',
        'streamit_job_failures_total{reason="other"} 0.0',
        *(f'streamit_job_failures_total{{reason="{code}"}} 0.0' for code in CODES),
    ):
        assert line in text.splitlines()
    assert await told() == {}


async def test_how_long_a_job_took_counts_from_when_it_was_queued() -> None:
    for minutes in (4, 20):
        await queued(timedelta(minutes=minutes))
        await queue.finish(await claimed())
    found = await told()
    assert found.pop("streamit_job_seconds_sum{remux}") == pytest.approx(24 * 60, abs=60)
    of = "streamit_job_seconds_bucket"
    longer = ("1800.0", "3600.0", "7200.0", "14400.0", "43200.0", "+Inf")
    assert found == {
        f"{of}{{300.0,remux}}": 1,
        f"{of}{{900.0,remux}}": 1,
        **{f"{of}{{{bound},remux}}": 2.0 for bound in longer},
        "streamit_job_seconds_count{remux}": 2,
        "streamit_job_attempts_total{completed}": 2,
    }


async def test_one_that_took_longer_than_any_bound_is_counted_all_the_same() -> None:
    await queued(timedelta(days=2), Way.TRANSCODE)
    await queue.finish(await claimed())
    found = await told()
    assert found["streamit_job_seconds_bucket{+Inf,transcode}"] == 1
    assert "streamit_job_seconds_bucket{43200.0,transcode}" not in found
    assert found["streamit_job_seconds_sum{transcode}"] > 43_200


async def test_one_that_is_queued_again_by_hand_counts_from_then() -> None:
    job = await queued(timedelta(days=2))
    await queue.fail(await claimed(), Impossible("unreadable", "The file is damaged."))
    await queue.again(job.pk, by="owner")
    await queue.finish(await claimed())
    assert (await told())["streamit_job_seconds_bucket{60.0,remux}"] == 1


async def test_attempts_count_by_how_they_ended_and_by_why() -> None:
    await queued(timedelta(0))
    await queue.fail(await claimed(), Away("disk_full", "No room."))
    await lapse(await Job.objects.aget())
    await lapse(await claimed("killed"))
    await queue.release(await claimed())
    await queue.fail(await claimed(), Impossible("unreadable", "The file is damaged."))
    assert await told() == {
        "streamit_job_attempts_total{retrying}": 1,
        "streamit_job_attempts_total{lost}": 1,
        "streamit_job_attempts_total{failed}": 1,
        "streamit_job_failures_total{disk_full}": 1,
        "streamit_job_failures_total{worker_lost}": 1,
        "streamit_job_failures_total{unreadable}": 1,
    }


async def test_reasons_that_a_service_elsewhere_makes_up_are_one() -> None:
    for n in range(3):
        await queued(timedelta(0))
        await queue.fail(await claimed(), Impossible(ToldCode(f"E{n}"), "It says so."))
    assert (await told())["streamit_job_failures_total{other}"] == 3
    assert await Tally.objects.acount() == 2


async def test_what_was_counted_stays_when_the_film_goes() -> None:
    job = await queued(timedelta(0))
    await queue.finish(await claimed())
    await Video.objects.filter(pk=job.video_id).adelete()
    assert (await told())["streamit_job_attempts_total{completed}"] == 1


async def test_of_many_that_end_at_once_each_is_counted() -> None:
    for _ in range(8):
        await queued(timedelta(0))
    jobs = [await claimed() for _ in range(8)]
    damaged = Impossible("unreadable", "The file is damaged.")
    ends = [queue.fail(job, damaged) if n % 2 else queue.finish(job) for n, job in enumerate(jobs)]
    await asyncio.gather(*ends)
    found = await told()
    assert found["streamit_job_attempts_total{completed}"] == 4
    assert found["streamit_job_attempts_total{failed}"] == 4
    assert found["streamit_job_failures_total{unreadable}"] == 4
