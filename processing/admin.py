"""Jobs, on the admin site: what failed, why, the history of each, and retrying."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.staff_site import RowsBeside, RowsToLookAt
from processing import retries
from processing.models import Job, JobEvent


class EventsOfJob(RowsBeside):
    """What happened to a job, oldest first."""

    model = JobEvent
    fields = ("at", "kind", "from_status", "to_status", "attempt", "data")
    readonly_fields = fields
    ordering = ("pk",)
    verbose_name_plural = "events"


class JobAdmin(RowsToLookAt):
    """Jobs, including failed ones."""

    list_display = (
        "id",
        "video",
        "owner",
        "status",
        "attempt",
        "reason",
        "worker",
        "created_at",
    )
    list_filter = ("status", "plan", "reason_code")
    list_select_related = ("video__owner",)
    search_fields = ("video__id", "video__owner__email", "worker", "reason")
    folded_fields = ("video__title_folded", "video__owner__name_folded", "video__owner__email")
    ordering = ("-id",)
    fields = (
        "video",
        "owner",
        "version",
        "status",
        "plan",
        "step",
        "attempt",
        "waits_since",
        "worker",
        "reason_code",
        "reason",
        "created_at",
        "started_at",
        "finished_at",
    )
    readonly_fields = fields
    inlines = (EventsOfJob,)
    actions = ("retry",)

    @admin.display(ordering="video__owner__display_name")
    def owner(self, job: Job) -> str:
        return job.video.owner.display_name

    @admin.action(description="Retry: queue again what has failed")
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.do_each(request, jobs, _retry, "Queued again")


async def _retry(job: Job) -> None:
    await retries.retry(job.pk, by="staff")
