"""The commands that change the playback of a room, each declared once. Pure.

Those that clients send are messages of ``rooms.protocol``: a frame or a request is validated where
it enters, and ``playback.rules`` applies the same object. Only a source is replaced in between, by
its adapter's own description.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from playback.sources.base import MAX_POSITION_S as MAX_POSITION_S
from playback.sources.base import GivenSource, PlaybackSource, SourceKey

MessageId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MemberId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Position = Annotated[float, Field(ge=0, le=MAX_POSITION_S, description="Seconds into the work.")]
Rate = Annotated[float, Field(ge=0.25, le=4, description="Playback speed; 1 is normal.")]
TrackId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
EpochMs = Annotated[float, Field(description="Milliseconds since the epoch in room time.")]


# Why a source was removed that the room itself had not cleared.
Unloaded = Literal["taken_back", "deleted"]


class Model(BaseModel):
    """Data on the wire: unknown fields are refused, types are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _type_is_required(schema: dict[str, Any]) -> None:
    schema["required"] = ["type", *schema.get("required", [])]
    schema["properties"].get("type", {}).pop("default", None)


class ClientMessage(Model):
    """A client's message. ``type`` has a default here but is required on the wire."""

    model_config = ConfigDict(json_schema_extra=_type_is_required)

    id: MessageId | None = None


class Play(ClientMessage):
    type: Literal["PLAY"] = "PLAY"
    position: Position | None = None


class Pause(ClientMessage):
    type: Literal["PAUSE"] = "PAUSE"
    position: Position | None = None


class Seek(ClientMessage):
    type: Literal["SEEK"] = "SEEK"
    position: Position


class SetRate(ClientMessage):
    type: Literal["RATE"] = "RATE"
    rate: Rate


class SetSource(ClientMessage):
    type: Literal["SOURCE"] = "SOURCE"
    # JSON has no enums, so the nested model is not strict: that would refuse "movie" for
    # MediaType.MOVIE.
    source: Annotated[GivenSource, Field(strict=False)]


class SetSubtitle(ClientMessage):
    """The room's default subtitles; null means the film's own default."""

    type: Literal["SUBTITLE"] = "SUBTITLE"
    track: TrackId | None


@dataclass(frozen=True, slots=True)
class PutOn:
    """Play ``source``, as described by its adapter, from ``start_s``.

    ``duration_s`` is its length if the server knows it; then players are not asked.
    """

    source: PlaybackSource
    start_s: float = 0.0
    duration_s: float | None = None
    # As in ``SetMade``.
    made_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class PlayNext:
    """Go on to ``item`` of the queue, added by ``added_by``: play ``source`` from ``start_s``.

    Has no effect if ``item`` plays already, if ``after`` is given and another source was chosen
    since that revision, or if ``at_end`` is set and the film has not reached its end. So if two
    servers or people go on at the same time, only one succeeds.
    """

    item: str
    source: PlaybackSource
    added_by: str
    start_s: float = 0.0
    duration_s: float | None = None
    made_until_s: float | None = None
    after: int | None = None
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """No change. With an id it is remembered, so that repeating it has no effect either."""


@dataclass(frozen=True, slots=True)
class ClearSource:
    """Play nothing; ``why`` is given if it was not the room's own choice.

    Has no effect if ``only`` is given and the room plays something else by now, or if it has chosen
    its source after the revision ``chosen_by``.
    """

    only: SourceKey | None = None
    why: Unloaded | None = None
    chosen_by: int | None = None


@dataclass(frozen=True, slots=True)
class SetDuration:
    """Set the length of the film, as a controller's player has measured it.

    ``seen`` is the revision that the player followed, if it said so. A ``guessed`` length comes
    from viewers' players: it does not end a film, and any other length replaces it.
    """

    duration: float
    seen: int | None = None
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class SetMade:
    """Set how many seconds of ``only`` have been converted; None: all of it.

    Has no effect if the room plays something else by now.
    """

    only: SourceKey
    until_s: float | None


@dataclass(frozen=True, slots=True)
class Remember:
    """Restore a lost position: a controller was at ``position`` when ``seen`` was the newest."""

    position: float
    seen: int


@dataclass(frozen=True, slots=True)
class MakeHost:
    """Make ``member`` host. The old host becomes a viewer, not a co-host."""

    member: str


@dataclass(frozen=True, slots=True)
class SetCohost:
    member: str
    on: bool


class Control(StrEnum):
    """Who may control playback and the queue."""

    HOST = "host"
    EVERYONE = "everyone"


class Wait(StrEnum):
    """When a room waits for players that are not ready."""

    OFF = "off"
    # Starts, jumps and new films wait until everyone has a picture.
    START = "start"
    # The room also waits when a player has stalled.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Ready:
    """The players of ``members`` show a picture of ``revision``, or they have left."""

    members: frozenset[str]
    revision: int


@dataclass(frozen=True, slots=True)
class Excuse:
    """Do not wait for ``member`` this time."""

    member: str


@dataclass(frozen=True, slots=True)
class GiveUpWaiting:
    """Go on if the time-out of the wait has passed."""


@dataclass(frozen=True, slots=True)
class LimitWait:
    """Apply a new waiting rule, also to a wait that has begun."""

    wait: Wait
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Stall:
    """The player of ``member``, following ``revision``, ran out of data at ``position``.

    The room waits for them for at most ``timeout_s``.
    """

    member: str
    position: float
    revision: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Recover:
    """``member`` has played well again after a time-out or a stall."""

    member: str


@dataclass(frozen=True, slots=True)
class SetControl:
    """Set who controls playback: the host and co-hosts, or everyone."""

    control: Control


PlaybackCommand = Play | Pause | Seek | SetRate | SetSource | SetSubtitle
Command = (
    Play
    | Pause
    | Seek
    | SetRate
    | SetSubtitle
    | PutOn
    | PlayNext
    | Stay
    | ClearSource
    | SetDuration
    | SetMade
    | Remember
    | MakeHost
    | SetCohost
    | SetControl
    | Ready
    | Excuse
    | GiveUpWaiting
    | LimitWait
    | Stall
    | Recover
)
