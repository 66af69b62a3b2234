"""``./streamit admin``: rooms."""

from typing import Any

from django.db.models import Q

from config.operator.actions import (
    LISTED,
    SEARCH,
    YES,
    Action,
    Argument,
    Say,
    confirm,
    show,
)
from core.database import in_database
from rooms import services
from rooms.models import Room, read_code
from rooms.stores import records

Options = dict[str, Any]


@in_database
def _matching(text: str) -> list[Room]:
    rooms = Room.objects.select_related("host").order_by("-created_at")
    if text:
        rooms = rooms.filter(
            Q(code=read_code(text))
            | Q(name__icontains=text)
            | Q(host__email__icontains=text)
            | Q(host__display_name__icontains=text)
        )
    return list(rooms[: LISTED + 1])


async def _list(say: Say, options: Options) -> None:
    show(
        say,
        (
            (
                room.code,
                f"{room.created_at:%Y-%m-%d}",
                room.status,
                room.visibility,
                room.host.email or room.host.display_name,
                room.name,
            )
            for room in await _matching(options["text"])
        ),
        none="There is no room like that.",
    )


async def _delete(say: Say, options: Options) -> None:
    room = await in_database(records.get)(read_code(options["code"]))
    confirm(f"End {room.name} for everybody in it", options)
    await services.end_room(room.code)
    say(f"delete-room: {room.name} ({room.code})")


ACTIONS = [
    Action("rooms", "list rooms, or find some by code, name or host", _list, (SEARCH,)),
    Action(
        "delete-room",
        "end a room for good",
        _delete,
        (Argument("code", {"metavar": "CODE"}), YES),
    ),
]
