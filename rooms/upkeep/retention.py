"""How long an ended room is kept: its row, its members and its queue."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from core.retention import Due, Rule, delete_all, due_of
from rooms.lifecycle import Status
from rooms.models import Room

_OVER = [status for status in Status if status.over]


def _long_over() -> QuerySet[Room]:
    kept: timedelta = settings.ROOM_EXPIRY
    rooms = Room.objects.filter(status__in=_OVER, ended_at__lt=timezone.now() - kept)
    return rooms.order_by("ended_at")


def _due() -> Due:
    return due_of(_long_over(), lambda room: f"{room.code} ({room.name})")


async def _remove() -> int:
    return await delete_all(_long_over)


ROOMS_OVER = Rule(
    "rooms that have ended, with their members and queue",
    "STREAMIT_ROOM_EXPIRY after their end",
    _due,
    _remove,
)
