"""What changes the playback of a room: each command once, as it comes over the wire. Pure.

``rooms.protocol`` takes the first six into its messages; validation happens where a frame
or a request enters, and ``playback.state`` decides on the very same objects, but for a
source: its adapter describes what the client has named.
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


# Why a source is gone that the room had not cleared.
Unloaded = Literal["taken_back", "deleted"]


class Model(BaseModel):
    """What goes over the wire: no field too many, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _type_is_required(schema: dict[str, Any]) -> None:
    schema["required"] = ["type", *schema.get("required", [])]
    schema["properties"].get("type", {}).pop("default", None)


class ClientMessage(Model):
    """What a client sends; ``type`` has a default here and none on the wire."""

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
    # JSON has no enum type, so the nested model is read leniently where strictness would
    # refuse "movie" for MediaType.MOVIE.
    source: Annotated[GivenSource, Field(strict=False)]


class SetSubtitle(ClientMessage):
    """What everyone sees who has not chosen subtitles themselves; null is what the film says."""

    type: Literal["SUBTITLE"] = "SUBTITLE"
    track: TrackId | None


@dataclass(frozen=True, slots=True)
class PutOn:
    """The room plays ``source``, which its adapter has described, from ``start_s`` on.

    ``duration_s`` is its length where we know it ourselves; no player is asked then.
    """

    source: PlaybackSource
    start_s: float = 0.0
    duration_s: float | None = None
    # As in ``SetMade``.
    made_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class PlayNext:
    """The room goes on to ``item`` of its queue: ``source`` starts to play at ``start_s``.

    ``added_by`` is the member who wanted it.
    Has no effect when ``after`` is given and another source was chosen since that revision, or
    when ``at_end`` is set and what plays has not reached its end. So of two servers, or two
    people, who go on at the same time, one does.
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
    """What was asked came to nothing; with an id that is remembered, so that it stays so."""


@dataclass(frozen=True, slots=True)
class ClearSource:
    """The room plays nothing any more; ``why`` if it was not the room that wanted it.

    Has no effect when ``only`` is given and something else is played by now.
    """

    only: SourceKey | None = None
    why: Unloaded | None = None


@dataclass(frozen=True, slots=True)
class SetDuration:
    """The player of a host or co-host has learnt how long the work is.

    ``seen`` is the revision of the state by which it played, if it said so. A ``guessed``
    length is what viewers' players say: it ends nothing and gives way to any other.
    """

    duration: float
    seen: int | None = None
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class SetMade:
    """Of ``only``, which is still being made, so many seconds can be played; None: all of it.

    Has no effect when something else is played by now.
    """

    only: SourceKey
    until_s: float | None


@dataclass(frozen=True, slots=True)
class Remember:
    """A host or co-host was at ``position`` when revision ``seen`` was the newest."""

    position: float
    seen: int


@dataclass(frozen=True, slots=True)
class MakeHost:
    """``member`` becomes host. The old host becomes a viewer, not a co-host."""

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
    """When a room waits for those whose players are not ready."""

    OFF = "off"
    # A start, a jump or another film waits until everyone has the picture.
    START = "start"
    # So does the room when somebody's player has stalled.
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Ready:
    """The players of ``members`` have the picture of ``revision``; or they are gone."""

    members: frozenset[str]
    revision: int


@dataclass(frozen=True, slots=True)
class Excuse:
    """``member`` need not be waited for this time."""

    member: str


@dataclass(frozen=True, slots=True)
class GiveUpWaiting:
    """The room goes on if it has waited until its time-out."""


@dataclass(frozen=True, slots=True)
class LimitWait:
    """From now on the room waits by another rule, also if it waits already."""

    wait: Wait
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Stall:
    """The player of ``member`` has stopped at ``position`` for want of data.

    They played by ``revision``. The room waits for them for ``timeout_s`` at most.
    """

    member: str
    position: float
    revision: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Recover:
    """``member``, who ran into a time-out or has stalled, has played well again."""

    member: str


@dataclass(frozen=True, slots=True)
class SetControl:
    """From now on the host and co-hosts control playback, or everyone does."""

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
