"""Totals of all jobs for operators: how long they took, how they ended, and why.

They are counted in the database, so they include workers on machines that are not scraped, workers
that end after one job, and jobs that a callback ends. Every server reports the same.

Each function is called in the transaction of the event. The count is written after it, so that
transactions that count the same thing do not wait for each other.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import accumulate

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from core.metrics import Stored, job_attempts, job_failures, job_playable_seconds, job_seconds
from media.plan import Way
from processing.errors import CODES, LOST, Failure
from processing.models import Job, Tally
from processing.states import Move, Status

# How an attempt ends. Lost: its worker was killed or frozen, and another took over.
_OUTCOMES = (Status.COMPLETED, Status.RETRYING, Status.FAILED, "lost")
# For codes that an external service has made up.
_OTHER = "other"
_ALL = (
    (job_playable_seconds, tuple(Way)),
    (job_seconds, tuple(Way)),
    (job_attempts, _OUTCOMES),
    (job_failures, (*CODES, _OTHER)),
)
_BEYOND = "+Inf"


def playable(job: Job) -> None:
    """Count that the film has become playable."""
    _time(job_playable_seconds, job)


def completed(job: Job) -> None:
    """Count that ``job`` is completed."""
    _time(job_seconds, job)


def failed(outcome: Status, failure: Failure) -> None:
    """Count a failed attempt; ``outcome`` is what happened to the job."""
    _count(job_attempts, outcome)
    _count(job_failures, failure.code if failure.code in CODES else _OTHER)


def lost() -> None:
    """Count that an attempt was lost and taken over."""
    _count(job_attempts, "lost")
    _count(job_failures, LOST)


def text() -> bytes:
    """Return all totals in Prometheus format. Blocks."""
    registry = CollectorRegistry()
    registry.register(_Tallies())
    return generate_latest(registry)


def _queued_at(job: Job) -> datetime:
    """Return when ``job`` was queued last; after a manual retry, the time of the retry."""
    again = job.events.filter(kind=Move.AGAIN).order_by("-pk").values_list("at", flat=True)
    return again.first() or job.created_at


def _time(metric: Stored, job: Job) -> None:
    seconds = max(0.0, (timezone.now() - _queued_at(job)).total_seconds())
    bucket = next((str(le) for le in metric.buckets if seconds <= le), _BEYOND)
    _count(metric, job.plan, bucket, seconds)


def _count(metric: Stored, label: str, bucket: str = "", seconds: float = 0.0) -> None:
    """Add one after the transaction; failures are logged."""
    transaction.on_commit(partial(_add, metric.name, label, bucket, seconds), robust=True)


def _add(metric: str, label: str, bucket: str, seconds: float) -> None:
    name = {"metric": metric, "label": label, "bucket": bucket}
    rows = Tally.objects.filter(**name)
    if not rows.update(count=F("count") + 1, seconds=F("seconds") + seconds):
        Tally.objects.bulk_create([Tally(**name)], ignore_conflicts=True)
        rows.update(count=F("count") + 1, seconds=F("seconds") + seconds)


class _Tallies(Collector):
    """All totals, including zeros: a series that first appears with 1 has no increase."""

    def collect(self) -> Iterator[Metric]:
        found = {(row.metric, row.label, row.bucket): row for row in Tally.objects.all()}
        completed = sum(row.count for row in found.values() if row.metric == job_seconds.name)
        found[job_attempts.name, Status.COMPLETED, ""] = Tally(count=completed)
        for metric, labels in _ALL:
            if metric.buckets:
                yield _histogram(metric, labels, found)
            else:
                counter = CounterMetricFamily(metric.name, metric.help, labels=[metric.label])
                for label in labels:
                    counter.add_metric([label], found.get((metric.name, label, ""), Tally()).count)
                yield counter


def _histogram(
    metric: Stored, labels: tuple[str, ...], found: dict[tuple[str, str, str], Tally]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(metric.name, metric.help, labels=[metric.label])
    bounds = [*(str(le) for le in metric.buckets), _BEYOND]
    for label in labels:
        rows = [found.get((metric.name, label, bound), Tally()) for bound in bounds]
        sums = accumulate(row.count for row in rows)
        buckets = list(zip(bounds, map(float, sums), strict=True))
        family.add_metric([label], buckets, sum(row.seconds for row in rows))
    return family
