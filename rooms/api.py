"""Rooms over REST: ``/api/v1/rooms``."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from accounts.address import limit_subject
from accounts.authentication import SignedInRequest, VisitorRequest, optional, required
from accounts.principal import Principal
from core.database import in_database
from core.errors import Invalid, NotFound
from core.http import Body, errors
from core.limits import Limit, spend
from core.links import MAX_PASTED_CHARACTERS
from core.text import Title
from library.posters import read_poster
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import (
    Audience,
    CannotPlay,
    GivenSource,
    Playable,
    PlaybackSource,
    Work,
)
from presence import store as presence
from rooms import calendar, lifecycle, previews, services
from rooms import state as live_states
from rooms.commands import moderation, playback, queue
from rooms.commands.moderation import ModerationAction
from rooms.entry import admission
from rooms.errors import MembersOnly
from rooms.models import MembershipStatus, read_code
from rooms.names import Names
from rooms.protocol import ItemId, QueueAdding, QueueOrder, QueueState, Role, State, Waiting
from rooms.services import RoomView
from rooms.snapshot import role_of
from rooms.stores import records

router = Router(tags=["rooms"])

# Each is told to everybody in the room.
CHANGES = Limit("change-room", burst=100, per_minute=120)

Visibility = Literal["public", "unlisted", "private"]
EntryRule = Literal["open", "password", "approval"]
WaitTimeout = Annotated[
    int, Field(ge=3, le=60, description="Seconds after which the room goes on all the same.")
]
ControlRule = Literal["host", "everyone"]
WaitRule = Literal["off", "start", "always"]
Password = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Capacity = Annotated[int, Field(ge=2)]
SlowMode = Annotated[
    int,
    Field(ge=0, le=3600, description="Seconds between two chat messages of a viewer; 0 for none."),
]
Code = Annotated[str, AfterValidator(read_code)]
Url = Annotated[
    str, Field(max_length=MAX_PASTED_CHARACTERS, description="A link as people paste it.")
]


class SourceChoice(Body):
    """What to play: a source, or a link to one; not both."""

    source: GivenSource | None = None
    url: Url | None = None

    async def chosen(self, by: Principal) -> tuple[Work | None, float]:
        """Return the source and where to begin.

        Raises Invalid when both are given or the link is unknown.
        """
        if self.url is None:
            return self.source, (self.source and self.source.start_s) or 0.0
        if self.source is not None:
            raise Invalid("Give source or url, not both.", fields={"url": "source is given too"})
        found = await registry.resolve_for(by, self.url)
        return found.source, found.start_s or 0.0


class RoomIn(SourceChoice):
    name: Title
    visibility: Visibility = "unlisted"
    entry: EntryRule | None = Field(None, description="Default: open; of a private room: approval.")
    password: Password | None = None
    capacity: Capacity = 100
    chat_open: bool = True
    slow_mode_s: SlowMode = 0
    succession: bool = Field(
        True, description="Whether the longest-present member becomes host when the host is gone."
    )
    control: ControlRule = Field("host", description="Who controls playback and the queue.")
    wait: WaitRule = Field("off", description="When the room waits for those who are not ready.")
    wait_timeout_s: WaitTimeout = 10
    kept: bool = Field(
        False,
        description="Whether the room stays when everybody has left, and stays its host's. "
        "Not for guests.",
    )
    starts_at: AwareDatetime | None = Field(
        None, description="When people are to meet; until then the room waits for its host."
    )


class RoomPatch(Body):
    name: Title = None  # type: ignore[assignment]  # absent, never null
    visibility: Visibility = None  # type: ignore[assignment]
    entry: EntryRule = None  # type: ignore[assignment]
    password: Password = None  # type: ignore[assignment]
    capacity: Capacity = None  # type: ignore[assignment]
    chat_open: bool = None  # type: ignore[assignment]
    slow_mode_s: SlowMode = None  # type: ignore[assignment]
    succession: bool = None  # type: ignore[assignment]
    control: ControlRule = None  # type: ignore[assignment]
    wait: WaitRule = None  # type: ignore[assignment]
    wait_timeout_s: WaitTimeout = None  # type: ignore[assignment]
    kept: bool = None  # type: ignore[assignment]
    starts_at: AwareDatetime | None = None


class HostOut(Schema):
    id: UUID
    name: str


class YouOut(Schema):
    role: Role | None


class RoomOut(Schema):
    """A room. Of a private one that you are not in, all is null but that you may knock."""

    code: str
    visibility: Visibility
    entry: EntryRule
    # A private room tells strangers LIVE until it is over.
    status: Literal["CREATED", "LIVE", "GRACE", "EXPIRED"]
    name: str | None = None
    capacity: int | None = None
    chat_open: bool | None = None
    slow_mode_s: int | None = None
    succession: bool | None = None
    control: ControlRule | None = None
    wait: WaitRule | None = None
    wait_timeout_s: int | None = None
    kept: bool | None = None
    starts_at: datetime | None = None
    host: HostOut | None = None
    source: PlaybackSource | None = None
    # What the source is called, where that is known.
    source_title: str | None = None
    viewer_count: int | None = None
    created_at: datetime | None = None
    you: YouOut

    @classmethod
    def of(cls, view: RoomView) -> "RoomOut":
        room = view.room
        is_over = lifecycle.Status(room.status).over
        shown = cls(
            code=room.code,
            visibility=room.visibility,  # type: ignore[arg-type]
            entry=room.entry,  # type: ignore[arg-type]
            status="LIVE" if view.hidden and not is_over else room.status,  # type: ignore[arg-type]
            you=YouOut(role=view.role),
        )
        if view.hidden:
            return shown
        return shown.model_copy(
            update={
                "name": room.name,
                "capacity": room.capacity,
                "chat_open": room.chat_open,
                "slow_mode_s": room.slow_mode_s,
                "succession": room.succession,
                "control": room.control,
                "wait": room.wait,
                "wait_timeout_s": room.wait_timeout_s,
                "kept": room.kept,
                "starts_at": room.starts_at,
                "host": HostOut(id=room.host_id, name=room.host.display_name),
                "source": view.source,
                "source_title": view.title,
                "viewer_count": view.viewer_count,
                "created_at": room.created_at,
            }
        )


class RoomList(Schema):
    total: int
    limit: int
    offset: int
    rooms: list[RoomOut]


class Page(Schema):
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=1_000_000)


class PlaybackProblem(Schema):
    """Why nobody in the room can see the picture, and what kind of problem it is."""

    code: str = Field(description="not_playable, not_ready, or not_found when the video is gone.")
    message: str


class PlaybackQuery(Schema):
    through_server: bool = Field(
        False, description="Whether this server passes the bytes on, where it need not."
    )


class PlaybackOut(Schema):
    source: PlaybackSource | None
    playable: Playable | None = Field(description="Null when it cannot be played: see problem.")
    problem: PlaybackProblem | None = None
    state: State
    server_time: float = Field(description="Room time, ms since the epoch.")


class JoinIn(Body):
    password: Password | None = None
    playback: bool = Field(False, description="Whether to tell at once what is played, and how.")


class JoinOut(Schema):
    """Open ``ws_url?ticket=…`` within a minute; null while the host has not decided."""

    status: Literal["approved", "pending"]
    ticket: str | None
    ws_url: str | None
    playback: PlaybackOut | None = Field(None, description="If that was asked for.")


class MemberOut(Schema):
    id: UUID
    name: str
    role: Role
    muted: bool
    online: bool


class MembersOut(Schema):
    members: list[MemberOut]
    waiting: list[Waiting] = Field(description="Who asks to be let in; for host and co-hosts.")
    banned: list[Waiting] = Field(description="For host and co-hosts.")


class QueueItemIn(SourceChoice):
    before: ItemId | None = Field(None, description="Put it before this item; else at the end.")


class QueueSettings(Body):
    order: QueueOrder = None  # type: ignore[assignment]  # absent, never null
    autoplay: bool = None  # type: ignore[assignment]
    adding: QueueAdding = None  # type: ignore[assignment]
    skipping: bool = None  # type: ignore[assignment]


class MoveIn(Body):
    before: ItemId | None = Field(None, description="Before this item; else to the end.")


_CALENDAR: dict[str, Any] = {"text/calendar": {"schema": {"type": "string"}}}
_JPEG: dict[str, Any] = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}


class TransferIn(Body):
    user_id: UUID


@router.post(
    "", auth=required, response={201: RoomOut, **errors(401, 403, 404, 413, 422, 429, 503, 507)}
)
async def create_room(request: SignedInRequest, body: RoomIn) -> Status[RoomOut]:
    """Create a room; you are its host."""
    facts = body.model_dump(exclude={"source", "url"})
    if facts["entry"] is None:
        facts["entry"] = "approval" if body.visibility == "private" else "open"
    source, start_s = await body.chosen(request.auth)
    view = await services.create_room(request.auth, source=source, start_s=start_s, **facts)
    return Status(201, RoomOut.of(view))


@router.get("", auth=optional, response={200: RoomList, **errors(401, 422, 503)})
async def list_rooms(request: VisitorRequest, page: Query[Page]) -> RoomList:
    """List the public rooms that are live, newest first."""
    total, views = await services.public_rooms(limit=page.limit, offset=page.offset)
    return RoomList(
        total=total,
        limit=page.limit,
        offset=page.offset,
        rooms=[RoomOut.of(view) for view in views],
    )


class OwnRooms(Schema):
    rooms: list[RoomOut]


@router.get("/mine", auth=required, response={200: OwnRooms, **errors(401, 503)})
async def list_own_rooms(request: SignedInRequest) -> OwnRooms:
    """List the rooms that you host and that are not over, newest first."""
    views = await services.own_rooms(request.auth)
    return OwnRooms(rooms=[RoomOut.of(view) for view in views])


@router.get("/{code}", auth=optional, response={200: RoomOut, **errors(401, 404, 503)})
async def read_room(request: VisitorRequest, code: Code) -> RoomOut:
    """Read one room."""
    return RoomOut.of(await services.view(code, request.auth))


@router.get(
    "/{code}/picture",
    auth=optional,
    response=errors(401, 404),
    openapi_extra={"responses": {200: {"description": "The picture", "content": _JPEG}}},
)
async def read_picture(request: VisitorRequest, code: Code) -> HttpResponse:
    """Show a picture of what a room plays from the library; of no private room."""
    video = await in_database(previews.pictured_video)(code)
    jpeg = await read_poster(video) if video else None
    if jpeg is None:
        raise NotFound("There is no picture of this room.")
    headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)


@router.get(
    "/{code}/calendar",
    auth=optional,
    response=errors(401, 404, 503),
    openapi_extra={"responses": {200: {"description": "The file", "content": _CALENDAR}}},
)
async def read_calendar(request: VisitorRequest, code: Code) -> HttpResponse:
    """Return when people are to meet in a room, as a calendar file."""
    view = await services.view(code, request.auth)
    room = view.room
    if view.hidden or room.starts_at is None:
        raise NotFound("This room has no start.")
    file = calendar.event(
        uid=f"{room.pk}@{request.get_host()}",
        name=room.name,
        url=request.build_absolute_uri(f"/r/{code}"),
        starts_at=room.starts_at,
        changed_at=room.created_at,
    )
    headers = {"Content-Disposition": f'attachment; filename="{code}.ics"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)


@router.patch(
    "/{code}",
    auth=required,
    response={200: RoomOut, **errors(401, 403, 404, 409, 413, 422, 429, 503, 507)},
)
async def change_room(request: SignedInRequest, code: Code, body: RoomPatch) -> RoomOut:
    """Change a room's facts; only those given. For the host."""
    await spend(CHANGES, str(request.auth.user_id))
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    return RoomOut.of(await services.change_room(code, request.auth, changes))


@router.delete("/{code}", auth=required, response={204: None, **errors(401, 403, 404, 503, 507)})
async def delete_room(request: SignedInRequest, code: Code) -> Status[None]:
    """End a room for good and close its sockets. For the host."""
    await services.delete_room(code, request.auth)
    return Status(204, None)


@router.put(
    "/{code}/source",
    auth=required,
    response={200: RoomOut, **errors(401, 403, 404, 409, 413, 422, 429, 503, 507)},
)
async def choose_source(request: SignedInRequest, code: Code, body: SourceChoice) -> RoomOut:
    """Choose what the room plays, or nothing. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await _member_room(request, code)
    source, start_s = await body.chosen(request.auth)
    by = str(request.auth.user_id)
    await playback.choose_source(code, source, start_s=start_s, by=by)
    return RoomOut.of(await services.view(code, request.auth))


@router.post(
    "/{code}/join",
    auth=required,
    response={200: JoinOut, **errors(401, 403, 404, 409, 413, 422, 429, 503, 507)},
)
async def join(request: SignedInRequest, code: Code, body: JoinIn | None = None) -> JoinOut:
    """Ask to come in; while ``pending``, ask again every two seconds."""
    password = body.password if body else None
    joined = await admission.join(
        code, request.auth, password=password, address=limit_subject(request)
    )
    if joined.ticket is None:
        return JoinOut(status="pending", ticket=None, ws_url=None, playback=None)
    return JoinOut(
        status="approved",
        ticket=joined.ticket,
        ws_url=_socket_url(request, code),
        playback=await _playback(request, code) if body and body.playback else None,
    )


@router.get(
    "/{code}/playback",
    auth=required,
    response={200: PlaybackOut, **errors(401, 403, 404, 409, 422, 503)},
)
async def read_playback(
    request: SignedInRequest, code: Code, query: Query[PlaybackQuery]
) -> PlaybackOut:
    """Say what the room plays, how a browser plays it, and where it is. For members."""
    await _member_room(request, code)
    return await _playback(request, code, through_us=query.through_server)


async def _playback(
    request: SignedInRequest, code: str, *, through_us: bool = False
) -> PlaybackOut:
    state = await live_states.current(code)
    now_ms = (await room_clock()).now_ms()
    audience = Audience(
        room=code,
        member=request.auth.user_id,
        now_s=now_ms / 1000,
        grant=request.auth.grant,
        through_us=through_us,
    )
    playable = problem = None
    if state.source is not None:
        try:
            playable = await registry.playable(state.source, audience)
        except (CannotPlay, NotFound) as error:
            # The source is still what the room plays; the page says why there is no picture.
            problem = PlaybackProblem(code=error.code, message=error.message)
    return PlaybackOut(
        source=state.source,
        playable=playable,
        problem=problem,
        state=live_states.view(state, now_ms=now_ms),
        server_time=now_ms,
    )


@router.get(
    "/{code}/members", auth=required, response={200: MembersOut, **errors(401, 403, 404, 409, 503)}
)
async def list_members(request: SignedInRequest, code: Code) -> MembersOut:
    """List who has been let in; host and co-hosts see who waits and who is banned."""
    await _member_room(request, code)
    state = await live_states.current(code)
    rows = await moderation.people(code)
    online = await presence.present(code)
    moderators = {state.host, *state.cohosts}
    called = {str(row.user_id): row.user.display_name for row in rows}
    names = Names.of({id_: name for id_, name in called.items() if id_ in moderators})
    may_decide = state.may_moderate(str(request.auth.user_id))

    def named(wanted: MembershipStatus) -> list[Waiting]:
        found = [row for row in rows if row.admission == wanted] if may_decide else []
        return [
            Waiting(id=str(row.user_id), name=names.shown(str(row.user_id), row.user.display_name))
            for row in found
        ]

    return MembersOut(
        members=[
            MemberOut(
                id=row.user_id,
                name=names.shown(str(row.user_id), row.user.display_name),
                role=role_of(str(row.user_id), state),
                muted=row.muted,
                online=str(row.user_id) in online,
            )
            for row in rows
            if row.admission == MembershipStatus.APPROVED
        ],
        waiting=named(MembershipStatus.PENDING),
        banned=named(MembershipStatus.BANNED),
    )


@router.post(
    "/{code}/members/{user_id}/{act}",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 422, 429, 503, 507)},
)
async def moderate(
    request: SignedInRequest, code: Code, user_id: UUID, act: ModerationAction
) -> Status[None]:
    """Decide about a member. For the host; some of it for co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await _member_room(request, code)
    await moderation.act(code, act, by=str(request.auth.user_id), member=str(user_id))
    return Status(204, None)


@router.delete(
    "/{code}/waiting",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 429, 503, 507)},
)
async def refuse_everyone(request: SignedInRequest, code: Code) -> Status[None]:
    """Refuse all who wait to be let in. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await _member_room(request, code)
    await moderation.reject_everyone(code, by=str(request.auth.user_id))
    return Status(204, None)


@router.post(
    "/{code}/transfer",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429, 503, 507)},
)
async def transfer(request: SignedInRequest, code: Code, body: TransferIn) -> Status[None]:
    """Hand the room over to a member. For the host."""
    await spend(CHANGES, str(request.auth.user_id))
    await _member_room(request, code)
    await moderation.transfer(code, by=str(request.auth.user_id), member=str(body.user_id))
    return Status(204, None)


@router.get(
    "/{code}/queue", auth=required, response={200: QueueState, **errors(401, 403, 404, 409, 503)}
)
async def read_queue(request: SignedInRequest, code: Code) -> QueueState:
    """Read what is played after this, in order. For members."""
    await _member_room(request, code)
    return await queue.told(code)


@router.post(
    "/{code}/queue",
    auth=required,
    response={201: QueueState, **errors(401, 403, 404, 409, 413, 422, 503)},
)
async def add_to_queue(
    request: SignedInRequest, code: Code, body: QueueItemIn
) -> Status[QueueState]:
    """Add a source or a link to the queue. For host and co-hosts, or everyone if the host says."""
    await _member_room(request, code)
    work, start_s = await body.chosen(request.auth)
    if work is None:
        raise Invalid("source: is required", fields={"source": "is required, or url"})
    await queue.add(code, work, by=_person(request), start_s=start_s or None, before=body.before)
    return Status(201, await queue.told(code))


@router.patch(
    "/{code}/queue",
    auth=required,
    response={200: QueueState, **errors(401, 403, 404, 409, 413, 422, 503)},
)
async def set_up_queue(request: SignedInRequest, code: Code, body: QueueSettings) -> QueueState:
    """Change how the queue works. For the host; autoplay for co-hosts too."""
    await _member_room(request, code)
    await queue.set_up(code, body.model_dump(exclude_unset=True), by=_person(request).id)
    return await queue.told(code)


@router.delete(
    "/{code}/queue", auth=required, response={204: None, **errors(401, 403, 404, 409, 503)}
)
async def clear_queue(request: SignedInRequest, code: Code) -> Status[None]:
    """Take everything out of the queue. For host and co-hosts."""
    await _member_room(request, code)
    await queue.clear(code, by=_person(request).id)
    return Status(204, None)


@router.delete(
    "/{code}/queue/{item}", auth=required, response={204: None, **errors(401, 403, 404, 409, 503)}
)
async def remove_from_queue(request: SignedInRequest, code: Code, item: ItemId) -> Status[None]:
    """Take one item out. For host, co-hosts and whoever added it."""
    await _member_room(request, code)
    await queue.remove(code, item, by=_person(request).id)
    return Status(204, None)


@router.post(
    "/{code}/queue/{item}/move",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 503)},
)
async def move_in_queue(
    request: SignedInRequest, code: Code, item: ItemId, body: MoveIn
) -> Status[None]:
    """Put an item before another one, or at the end. For host and co-hosts."""
    await _member_room(request, code)
    await queue.move(code, item, body.before, by=_person(request).id)
    return Status(204, None)


@router.put(
    "/{code}/queue/{item}/vote",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 503)},
)
async def vote_for_item(request: SignedInRequest, code: Code, item: ItemId) -> Status[None]:
    """Want an item sooner."""
    await _member_room(request, code)
    await queue.vote(code, item, by=_person(request).id, on=True)
    return Status(204, None)


@router.delete(
    "/{code}/queue/{item}/vote",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 503)},
)
async def take_vote_back(request: SignedInRequest, code: Code, item: ItemId) -> Status[None]:
    """Take back that you want an item sooner."""
    await _member_room(request, code)
    await queue.vote(code, item, by=_person(request).id, on=False)
    return Status(204, None)


@router.post("/{code}/next", auth=required, response={204: None, **errors(401, 403, 404, 409, 503)})
async def go_on(request: SignedInRequest, code: Code) -> Status[None]:
    """Go on to the next item of the queue. For host and co-hosts."""
    await _member_room(request, code)
    await queue.go_on(code, by=_person(request).id)
    return Status(204, None)


def _person(request: SignedInRequest) -> queue.Person:
    return queue.Person(str(request.auth.user_id), request.auth.display_name)


async def _member_room(request: SignedInRequest, code: str) -> None:
    """Raise unless the room exists, is not over, and the asker has been let in."""
    room = await in_database(records.get)(code)
    admission.refuse_if_over(room)
    if not await admission.is_member(room, request.auth.user_id):
        raise MembersOnly


def _socket_url(request: HttpRequest, code: str) -> str:
    """Return the address of the room's socket by the name by which the asker came.

    A page may connect only to the name it was opened by; the public URL, where that is the
    name, knows better than a proxy's headers whether it is https.
    """
    public = urlsplit(settings.PUBLIC_URL)
    host = request.get_host()
    secure = public.scheme == "https" if host == public.netloc else request.is_secure()
    return f"{'wss' if secure else 'ws'}://{host}/ws/rooms/{code}/"
