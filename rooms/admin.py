"""Rooms, on the admin site."""

from core.staff_site import RowsToDelete
from rooms import services
from rooms.models import Room


class RoomAdmin(RowsToDelete):
    """Rooms. Deleting one ends it for everybody in it."""

    list_display = ("code", "name", "host", "status", "visibility", "entry", "created_at")
    list_filter = ("status", "visibility", "entry")
    list_select_related = ("host",)
    search_fields = ("code", "host__email")
    folded_fields = ("code", "name_folded", "host__name_folded", "host__email")
    ordering = ("-created_at",)
    fields = (
        "id",
        "code",
        "name",
        "host",
        "status",
        "visibility",
        "entry",
        "capacity",
        "chat_open",
        "playback_provider",
        "playback_external_id",
        "created_at",
    )
    readonly_fields = fields

    async def delete_one(self, row: Room) -> None:
        await services.end_room(row.code)
