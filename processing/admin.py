"""Jobs, on the admin site: what failed, and why."""

from core.staff_site import RowsToLookAt


class JobAdmin(RowsToLookAt):
    """Jobs, those that failed among them."""

    list_display = ("id", "video", "status", "step", "attempt", "reason", "created_at")
    list_filter = ("status", "plan", "reason_code")
    list_select_related = ("video",)
    search_fields = ("video__title_folded", "video__id", "reason")
    ordering = ("-id",)
    readonly_fields = (
        "video",
        "version",
        "status",
        "plan",
        "step",
        "attempt",
        "worker",
        "reason_code",
        "reason",
        "created_at",
        "started_at",
        "finished_at",
    )
