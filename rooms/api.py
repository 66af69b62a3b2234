"""Rooms over REST: ``/api/v1/rooms``."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from accounts.authentication import SignedInRequest, VisitorRequest, optional, required
from core.database import in_database
from core.errors import NotFound
from core.http import INERT, JPEG, errors
from core.limits import spend
from library.posters import read_poster
from rooms import calendar, joining, previews, services
from rooms.commands import playback
from rooms.commands.changes import CHANGES
from rooms.entry import admission
from rooms.schemas import (
    Code,
    JoinIn,
    JoinOut,
    OwnRooms,
    Page,
    PlaybackOut,
    PlaybackQuery,
    RoomIn,
    RoomList,
    RoomOut,
    RoomPatch,
    SourceChoice,
    SubtitleIn,
)

# REST uses the socket's names, where a field of a model has the name of a Python keyword.
router = Router(tags=["rooms"], by_alias=True)

_CALENDAR: dict[str, Any] = {"text/calendar": {"schema": {"type": "string"}}}


@router.post("", auth=required, response={201: RoomOut, **errors(401, 403, 404, 413, 422, 429)})
async def create_room(request: SignedInRequest, body: RoomIn) -> Status[RoomOut]:
    """Create a room; you are its host."""
    facts = body.model_dump(exclude={"source", "url"})
    if facts["entry"] is None:
        facts["entry"] = "approval" if body.visibility == "private" else "open"
    source, start_s = await body.chosen(request.auth)
    view = await services.create_room(request.auth, source=source, start_s=start_s, **facts)
    return Status(201, RoomOut.of(view))


@router.get("", auth=optional, response={200: RoomList, **errors(401, 422)})
async def list_rooms(request: VisitorRequest, page: Query[Page]) -> RoomList:
    """List the public rooms that are live, newest first. Rooms whose host is away are left out."""
    total, views = await services.public_rooms(limit=page.limit, offset=page.offset)
    return RoomList(
        total=total,
        limit=page.limit,
        offset=page.offset,
        rooms=[RoomOut.of(view) for view in views],
    )


@router.get("/mine", auth=required, response={200: OwnRooms, **errors(401)})
async def list_own_rooms(request: SignedInRequest) -> OwnRooms:
    """List the rooms that you host and that have not ended, newest first."""
    views = await services.own_rooms(request.auth)
    return OwnRooms(rooms=[RoomOut.of(view) for view in views])


@router.get("/joined", auth=required, response={200: OwnRooms, **errors(401)})
async def list_joined_rooms(request: SignedInRequest) -> OwnRooms:
    """List the rooms of others that have let you in and have not ended, the last joined first."""
    views = await services.joined_rooms(request.auth)
    return OwnRooms(rooms=[RoomOut.of(view) for view in views])


@router.get("/{code}", auth=optional, response={200: RoomOut, **errors(401, 404)})
async def read_room(request: VisitorRequest, code: Code) -> RoomOut:
    """Read one room."""
    return RoomOut.of(await services.view(code, request.auth))


@router.get(
    "/{code}/picture",
    auth=optional,
    response=errors(401, 404),
    openapi_extra={"responses": {200: {"description": "The picture", "content": JPEG}}},
)
async def read_picture(request: VisitorRequest, code: Code) -> HttpResponse:
    """Return a picture of the library video that a room plays; 404 for a private room."""
    video = await in_database(previews.pictured_video)(code)
    jpeg = await read_poster(video) if video else None
    if jpeg is None:
        raise NotFound("There is no picture of this room.")
    headers = {"Cache-Control": "public, max-age=300", **INERT}
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)


@router.get(
    "/{code}/calendar",
    auth=optional,
    response=errors(401, 404),
    openapi_extra={"responses": {200: {"description": "The file", "content": _CALENDAR}}},
)
async def read_calendar(request: VisitorRequest, code: Code) -> HttpResponse:
    """Return the start time of a room as a calendar file."""
    view = await services.view(code, request.auth)
    room = view.room
    if view.hidden or room.starts_at is None:
        raise NotFound("This room has no start.")
    file = calendar.event(
        uid=f"{room.pk}@{request.get_host()}",
        name=room.name,
        url=request.build_absolute_uri(f"/r/{code}"),
        starts_at=room.starts_at,
        made_at=timezone.now(),
        # Grows with every change of the room, so also when its start time changes.
        revision=room.version,
    )
    headers = {"Content-Disposition": f'attachment; filename="{code}.ics"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)


@router.patch(
    "/{code}",
    auth=required,
    response={200: RoomOut, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def change_room(request: SignedInRequest, code: Code, body: RoomPatch) -> RoomOut:
    """Change a room; fields that are not given stay. For the host."""
    await spend(CHANGES, str(request.auth.user_id))
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    return RoomOut.of(await services.change_room(code, request.auth, changes))


@router.delete("/{code}", auth=required, response={204: None, **errors(401, 403, 404)})
async def delete_room(request: SignedInRequest, code: Code) -> Status[None]:
    """End a room for good and close its sockets. For the host."""
    await services.delete_room(code, request.auth)
    return Status(204, None)


@router.put(
    "/{code}/source",
    auth=required,
    response={200: RoomOut, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def choose_source(request: SignedInRequest, code: Code, body: SourceChoice) -> RoomOut:
    """Choose what the room plays, or nothing. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_absent(code, request.auth)
    source, start_s = await body.chosen(request.auth)
    by = str(request.auth.user_id)
    await playback.choose_source(code, source, start_s=start_s, by=by)
    return RoomOut.of(await services.view(code, request.auth))


@router.put(
    "/{code}/subtitle",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def choose_subtitle(request: SignedInRequest, code: Code, body: SubtitleIn) -> Status[None]:
    """Choose the default subtitles of a room. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_absent(code, request.auth)
    await playback.choose_subtitle(code, body.track, by=str(request.auth.user_id))
    return Status(204, None)


@router.post(
    "/{code}/join",
    auth=required,
    response={200: JoinOut, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def join(request: SignedInRequest, code: Code, body: JoinIn | None = None) -> JoinOut:
    """Ask to come in; while ``pending``, ask again every two seconds."""
    return await joining.join(
        request,
        request.auth,
        code,
        password=body.password if body else None,
        playback=body is not None and body.playback,
    )


@router.get(
    "/{code}/playback",
    auth=required,
    response={200: PlaybackOut, **errors(401, 403, 404, 409, 422)},
)
async def read_playback(
    request: SignedInRequest, code: Code, query: Query[PlaybackQuery]
) -> PlaybackOut:
    """Return what the room plays, how a browser plays it, and its position. For members."""
    await admission.refuse_strangers(code, request.auth)
    return await joining.playback_of(code, request.auth, through_us=query.through_server)
