"""Videos, on the admin site."""

from django.contrib import admin

from core.sizes import readable
from core.staff_site import RowsToDelete
from library import removals
from library.models import Video


class VideoAdmin(RowsToDelete):
    """Videos, with their size and storage."""

    list_display = ("title", "owner", "status", "bytes", "storage", "duration_s", "created_at")
    list_filter = ("status", "source__storage")
    list_select_related = ("owner", "source")
    search_fields = ("owner__email", "id")
    folded_fields = ("title_folded", "owner__name_folded", "owner__email")
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "title",
        "owner",
        "status",
        "size_bytes",
        "mime_type",
        "duration_s",
        "width",
        "height",
        "video_codec",
        "audio_codec",
        "created_at",
        "completed_at",
    )
    readonly_fields = fields

    @admin.display(description="bytes", ordering="size_bytes")
    def bytes(self, video: Video) -> str:
        return readable(video.size_bytes)

    @admin.display(ordering="source__storage")
    def storage(self, video: Video) -> str:
        return video.source.storage

    async def delete_one(self, row: Video) -> None:
        await removals.remove(row)
