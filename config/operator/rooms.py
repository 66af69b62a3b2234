"""``./streamit admin``: rooms."""

from typing import Any

from django.db.models import Q, QuerySet

from config.operator.actions import (
    SEARCH,
    YES,
    Action,
    Argument,
    Say,
    confirm,
    lister,
)
from core.database import in_database
from core.folded_columns import has_words
from rooms import services
from rooms.models import Room, read_code
from rooms.stores import room_rows

Options = dict[str, Any]


def _matching(text: str) -> QuerySet[Room]:
    rooms = Room.objects.select_related("host").order_by("-created_at")
    if not text:
        return rooms
    by_words = has_words(text, "name_folded", "host__name_folded", "host__email")
    return rooms.filter(by_words | Q(code=read_code(text)) | Q(host__email__icontains=text))


def _row(room: Room) -> tuple[str, ...]:
    return (
        room.code,
        f"{room.created_at:%Y-%m-%d}",
        room.status,
        room.visibility,
        room.host.email or room.host.display_name,
        room.name,
    )


async def _delete(say: Say, options: Options) -> None:
    room = await in_database(room_rows.get)(read_code(options["code"]))
    confirm(f"End {room.name} for everybody in it", options)
    await services.end_room(room.code)
    say(f"delete-room: {room.name} ({room.code})")


ACTIONS = [
    Action(
        "rooms",
        "list rooms, or find some by code, name or host",
        lister(_matching, _row, none="No room was found."),
        (SEARCH,),
    ),
    Action(
        "delete-room",
        "end a room for good",
        _delete,
        (Argument("code", {"metavar": "CODE"}), YES),
    ),
]
