"""Jobs and their events. The rows are the queue."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.row_lease import LeasedRow
from core.signing import ID_MAX
from library.models import Video
from media.plan import Way
from processing.states import OPEN, Status


class Job(LeasedRow):
    """The conversion of a video, which has at most one open job.

    A worker holds the job while it works. The lease of a waiting job ends when it is due. So "the
    lease has ended" is the only condition, for new jobs, for retries, and for jobs whose worker
    was killed.
    """

    # Without its own index, which would have all the finished jobs.
    held_until = models.DateTimeField()
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="jobs")
    # The version of the video that it makes.
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=[(each, each) for each in Status])
    # Jobs with a lower turn come first (turns.next_turn); null for finished jobs.
    turn = models.PositiveBigIntegerField(null=True)
    # How it is converted, and the current step.
    plan = models.CharField(max_length=16, choices=[(each, each) for each in Way])
    step = models.CharField(max_length=32, default="")
    # The facts from the probe of the original; null in jobs of older versions.
    facts = models.JSONField(null=True)
    # The progress from 0 to 1, and when it should be done.
    done_share = models.FloatField(default=0)
    done_at = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    # Since when it waits for something that is away, such as a storage.
    waits_since = models.DateTimeField(null=True)
    # Also empty while an external processor works on it and renews the lease with its reports.
    worker = models.CharField(max_length=64, default="")
    # The external processor and its id for the job; the fence that it was given; and its outputs,
    # each a name and an address.
    provider = models.CharField(max_length=32, default="")
    provider_job_id = models.CharField(max_length=200, default="")
    fence = models.UUIDField(null=True)
    outputs = models.JSONField(null=True)
    # Why it failed or waits: a code for programs, and text for people.
    reason_code = models.CharField(max_length=32, default="")
    reason = models.CharField(max_length=500, default="")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        # Not by status: SQLite does not use a partial index for bound parameters.
        indexes = [models.Index(fields=["turn", "held_until"], name="job_next")]
        constraints = [
            models.UniqueConstraint(
                fields=["video"], name="job_open_once", condition=Q(status__in=sorted(OPEN))
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.video_id} {self.status}"


class JobEvent(models.Model):
    """An event of a job. Rows are only added."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=32)
    from_status = models.CharField(max_length=16, default="")
    to_status = models.CharField(max_length=16, default="")
    attempt = models.PositiveIntegerField(default=0)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["job", "id"], name="event_of_job")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.kind}"


class Callback(models.Model):
    """The id of a callback that was taken, so that it is not taken again."""

    provider = models.CharField(max_length=32)
    event_id = models.CharField(max_length=ID_MAX)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="callback_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.event_id}"


class Tally(models.Model):
    """A counter of events of jobs, which is kept longer than the jobs (tallies.py)."""

    metric = models.CharField(max_length=64)
    label = models.CharField(max_length=32)
    # For a histogram: the upper bound of the bucket, and the sum of the values.
    bucket = models.CharField(max_length=16, default="")
    seconds = models.FloatField(default=0)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "label", "bucket"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.label} {self.bucket}: {self.count}"
