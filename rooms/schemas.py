"""The bodies of the REST interface of rooms."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from accounts.principal import Principal
from core.errors import Invalid
from core.http import Body
from core.links import MAX_PASTED_CHARACTERS
from core.text import Title
from playback.commands import TrackId
from playback.sources import registry
from playback.sources.base import GivenSource, Playable, PlaybackSource, Work
from rooms import lifecycle
from rooms.models import read_code
from rooms.protocol import Role
from rooms.server_messages import State
from rooms.services import RoomView

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
    """What to play: a source or a link, not both."""

    source: GivenSource | None = None
    url: Url | None = None

    async def chosen(self, by: Principal) -> tuple[Work | None, float]:
        """Return the source and the start in seconds.

        Raises Invalid if both are given or no provider knows the link.
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


class SubtitleIn(Body):
    track: TrackId | None = Field(description="Null: what the film itself says.")


class HostOut(Schema):
    id: UUID
    name: str


class YouOut(Schema):
    role: Role | None


class RoomOut(Schema):
    """A room. If it is private and you are not a member, most fields are null."""

    code: str
    visibility: Visibility
    entry: EntryRule
    # A private room shows LIVE to strangers until it has ended.
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
    # The title of the source, if it is known.
    source_title: str | None = None
    playing: Annotated[bool | None, Field(description="Whether it plays just now.")] = None
    viewer_count: int | None = None
    people: Annotated[
        list[str] | None,
        Field(description="Some of who is there, longest first; only where your own are listed."),
    ] = None
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
                "playing": view.playing,
                "viewer_count": view.viewer_count,
                "people": view.people,
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
    """Why nobody in the room can see a picture, in words and as a kind of problem."""

    code: str = Field(
        description="not_playable, not_ready, file_missing, file_incomplete, storage_not_set_up, "
        "or not_found when the video is gone."
    )
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
    """Open ``ws_url?ticket=…`` within a minute. Both are null until the host has decided."""

    status: Literal["approved", "pending"]
    ticket: str | None
    ws_url: str | None
    playback: PlaybackOut | None = Field(None, description="If that was asked for.")


class OwnRooms(Schema):
    rooms: list[RoomOut]
