"""The backlog of jobs, for operators."""

from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone

from core import metrics, row_lease
from media.plan import Way
from processing.models import Job
from processing.states import Status
from processing.turns import OPEN_JOBS


def measure() -> None:
    """Set the metrics of jobs. Blocks."""
    counts = dict.fromkeys(Status, 0)
    for status, count in Job.objects.values_list("status").annotate(Count("pk")):
        counts[Status(status)] = count
    for status, count in counts.items():
        metrics.jobs.labels(status).set(count)
    # Until its lease ends, a job is held by its worker, perhaps the last one, or by a pause.
    # Nobody waits for the pictures of a seek bar.
    waiting = Job.objects.filter(OPEN_JOBS).exclude(plan=Way.STORYBOARD)
    due = row_lease.lapsed(waiting).order_by("held_until")
    since = due.values_list("held_until", flat=True).first()
    waited = (timezone.now() - since).total_seconds() if since else 0.0
    metrics.oldest_job_seconds.set(max(0.0, waited))
    at_work = Job.objects.filter(status=Status.PROCESSING, held_until__gt=Now())
    # Without jobs at an external processor, which no worker holds.
    at_work = at_work.exclude(worker="")
    metrics.busy_workers.set(at_work.values("worker").distinct().count())
