"""Jobs, which are rows, and what happened to each. There is no other queue."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.row_lease import LeasedRow
from core.signing import ID_MAX
from library.models import Video
from media.plan import Way
from processing.states import OPEN, Status


class Job(LeasedRow):
    """The work on one video: at most one at a time is open.

    A worker holds it while it works. One that waits is held by nobody until it is due, so that
    "its lease has ended" is the one question: of a new job, of one to be tried again, and of
    one whose worker was killed.
    """

    # Without an index of its own, which would lead through all the jobs that are over.
    held_until = models.DateTimeField()
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="jobs")
    # The version of the video that it makes.
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=[(each, each) for each in Status])
    # Jobs with a lower one come first (queue.next_turn); none once it is over.
    turn = models.PositiveBigIntegerField(null=True)
    # How it is made to play, and what is being made just now.
    plan = models.CharField(max_length=16, choices=[(each, each) for each in Way])
    step = models.CharField(max_length=32, default="")
    # What the probe has found in the original when it came; none in jobs of older versions.
    facts = models.JSONField(null=True)
    # Of the whole work, from 0 to 1, and when it should be done.
    done_share = models.FloatField(default=0)
    done_at = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    # Since when it waits for something that is away, a storage for example.
    waits_since = models.DateTimeField(null=True)
    # Empty too while a processor elsewhere works on it, which holds it by what it tells us.
    worker = models.CharField(max_length=64, default="")
    # Who makes it, and what they call it; which holder they were told, so by whom they answer;
    # and where what they made can be fetched: each a name and an address.
    provider = models.CharField(max_length=32, default="")
    provider_job_id = models.CharField(max_length=200, default="")
    fence = models.UUIDField(null=True)
    outputs = models.JSONField(null=True)
    # Why it failed, or waits to be tried again: for programs and for people.
    reason_code = models.CharField(max_length=32, default="")
    reason = models.CharField(max_length=500, default="")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        # Not by status: SQLite takes no index of a part of the rows for values that are bound.
        indexes = [models.Index(fields=["turn", "held_until"], name="job_next")]
        constraints = [
            models.UniqueConstraint(
                fields=["video"], name="job_open_once", condition=Q(status__in=sorted(OPEN))
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.video_id} {self.status}"


class JobEvent(models.Model):
    """Something that happened to a job. Rows are only ever added."""

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
    """A callback that was taken, so that the same one is not taken again."""

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
    """How often something happened to jobs, which outlasts them (tallies.py)."""

    metric = models.CharField(max_length=64)
    label = models.CharField(max_length=32)
    # Of a histogram: the upper bound, and the sum of what was measured.
    bucket = models.CharField(max_length=16, default="")
    seconds = models.FloatField(default=0)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "label", "bucket"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.label} {self.bucket}: {self.count}"
