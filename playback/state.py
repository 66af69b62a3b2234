"""The playback state of a room: where the film is, who decides, and what is true of it when.

Pure. Host and co-hosts are part of the state, so that authority and change are decided on one
revision (``playback.rules``).
"""

from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from playback.commands import (
    MAX_POSITION_S,
    Control,
    EpochMs,
    MemberId,
    Model,
    Position,
    Rate,
    TrackId,
    Unloaded,
)
from playback.sources.base import PlaybackSource

REMEMBERED_ANSWERS = 8
# A player's last frame lies a little before the container's duration.
END_TOLERANCE_S = 0.25
# Players measure the same film a little differently.
SAME_LENGTH_S = 1.0
# So many of those who are waited for are named.
NAMED = 5


def first_position(start_s: float, duration_s: float | None) -> float:
    """Return where a work begins that was given with a start: one past its end is none."""
    if duration_s is not None and start_s >= duration_s - END_TOLERANCE_S:
        return 0.0
    return start_s


class WaitingFor(Model):
    """Whom the room waits for, and until when at most."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    members: list[MemberId] = Field(alias="for", description=f"At most {NAMED} of them.")
    count: int
    until: EpochMs


class Held(BaseModel):
    """The same as servers know it: everyone waited for.

    Who is ready for revision ``since`` or a later one is ready. ``stalled_at`` is when the
    player of the one who is waited for has stopped the room, ms; None for a start.
    """

    model_config = ConfigDict(frozen=True)

    pending: tuple[str, ...]
    since: int
    until: float
    stalled_at: float | None = None


_MAY_BE_ABSENT = ("duration", "made_until", "unloaded", "subtitle")


def _is_always_told(schema: dict[str, Any]) -> None:
    fields = [name for name in State.model_fields if name not in _MAY_BE_ABSENT]
    for name in fields:
        schema["properties"][name].pop("default", None)
    schema["required"] = fields


class State(Model):
    """At room time ``at`` the position is ``position``; while playing it advances by ``rate``."""

    model_config = ConfigDict(json_schema_extra=_is_always_told)

    revision: int = 1
    playing: bool = False
    position: Position = 0.0
    rate: Rate = 1.0
    at: EpochMs = 0.0
    source: PlaybackSource | None = None
    # Older measurements and votes are of another film.
    source_revision: int = Field(
        0,
        description="The revision at which the source was chosen: the same film again has another.",
    )
    chosen_by: MemberId | None = Field(
        None,
        description=(
            "Who chose the source, or added it to the queue that went on to it; null while "
            "nothing plays, and when nobody knows any more."
        ),
    )
    by: MemberId | None = Field(None, description="Who made the change; null when the server did.")
    duration: float | None = Field(None, description="Length of the work in seconds, once known.")
    made_until: float | None = Field(
        None,
        description=(
            "Seconds of the work that can be played while it is still being made: the position "
            "goes no further. Null when all of it can."
        ),
    )
    unloaded: Unloaded | None = Field(
        None, description="Why the last source is gone, when its owner took it from the room."
    )

    subtitle: TrackId | None = Field(
        None, description="The subtitles for everyone who has not chosen; null: the film's own."
    )
    waiting: WaitingFor | None = Field(
        None, description="Set while the film is paused until everyone has the picture."
    )

    def told(self) -> dict[str, Any]:
        """Return the fields that clients see."""
        return {name: self.__dict__[name] for name in _TOLD}

    def position_at(self, now_ms: float) -> float:
        """Return the position at room time ``now_ms``, never past a known end.

        Nor does it advance past the end of what is made.
        """
        elapsed_s = max(0.0, now_ms - self.at) / 1000 if self.playing else 0.0
        return self.within(self.position + elapsed_s * self.rate)

    def within(self, position: float) -> float:
        """Return ``position``, or where the room comes to a halt before it gets there."""
        if self.made_until is not None:
            # A room may be further already: it was put there, or the work began anew.
            position = min(position, max(self.made_until, self.position))
        return min(position, MAX_POSITION_S if self.duration is None else self.duration)

    def is_over_at(self, now_ms: float) -> bool:
        """Tell whether nothing of the work is left to be shown at ``now_ms``."""
        return self.duration is not None and self.position_at(now_ms) >= self.duration

    def effective(self, now_ms: float) -> Self:
        """Return what is true at ``now_ms``: a film that has reached its end is paused there.

        Nobody commands that pause, so the stored state still says that it plays.
        """
        if self.duration is None or not self.playing or not self.is_over_at(now_ms):
            return self
        ended_at_ms = self.at + max(0.0, self.duration - self.position) / self.rate * 1000
        update = {"playing": False, "position": self.duration, "at": ended_at_ms}
        return self.model_copy(update=update)


# Asked of the class, they are put together anew each time.
_TOLD = tuple(State.model_fields)


class Answer(State):
    """The first answer to command ``id`` of member ``by``: the state just after it."""

    model_config = ConfigDict(extra="ignore", strict=False)

    id: str
    # Whose command it was; a change aside is told as made by who moved the film last.
    asked_by: str | None = None

    @cached_property
    def text(self) -> str:
        """The answer as Redis holds it, written once: the next states have it too."""
        return self.model_dump_json(exclude_defaults=True)


# To copy it is a quarter of the work of making one.
_NO_ANSWER = Answer(id="")


class LiveState(State):
    """The whole live state of a room: what clients see of it, and what only servers know."""

    model_config = ConfigDict(extra="ignore", strict=False)

    # The length is our own knowledge, and not what some player has measured.
    length_is_known: bool = False
    # Viewers' players alone have told it.
    length_is_guessed: bool = False
    # The item of the queue that was put on, which may not have left the queue yet.
    queue_item: str | None = None
    # When a controller last moved the film, or the room went on to it, ms.
    begun_at: float = 0.0
    # Everything had been lost when this state was made, the position too.
    forgotten: bool = False
    host: str
    cohosts: tuple[str, ...] = ()
    control: Control = Control.HOST
    held: Held | None = None
    # Who ran into the time-out and has not played well since.
    excused: tuple[str, ...] = ()
    # By whose stalls the room has lost so many seconds, of those who have not played well since.
    stall_costs_s: tuple[tuple[str, float], ...] = ()
    answers: tuple[Answer, ...] = ()

    def ended_at(self, now_ms: float) -> bool:
        """Tell whether the work has played to its known end by ``now_ms``."""
        return self.is_end(self.position_at(now_ms))

    def is_end(self, position: float) -> bool:
        """Tell whether a position is the known end of the work, or past it."""
        return self.duration is not None and position >= self.duration - END_TOLERANCE_S

    def left_s(self, now_ms: float) -> float | None:
        """Return in how many seconds the work will be over; None when it will not be."""
        if self.duration is None:
            return None
        if self.is_over_at(now_ms):
            return 0.0
        if not self.playing or self.is_growing:
            return None
        until_start_s = max(0.0, self.at - now_ms) / 1000
        return until_start_s + (self.duration - self.position_at(now_ms)) / self.rate

    @property
    def is_growing(self) -> bool:
        """Tell whether the end of the work is still to be made."""
        return self.made_until is not None and self.made_until < (self.duration or MAX_POSITION_S)

    def stands_at(self, now_ms: float) -> bool:
        """Tell whether the room plays and has come to the end of what is made."""
        if self.made_until is None or not self.playing:
            return False
        return self.position_at(now_ms) >= self.made_until

    def may_control(self, member: str) -> bool:
        """Tell whether ``member``, who is in the room, may control playback and the queue."""
        return self.control is Control.EVERYONE or self.may_moderate(member)

    def may_moderate(self, member: str) -> bool:
        """Tell whether ``member`` is the host or a co-host."""
        return member == self.host or member in self.cohosts

    def answer_to(self, by: str | None, id: str | None) -> Answer | None:  # noqa: A002
        """Return the first answer to ``by``'s command ``id``, if it is remembered."""
        if by is None or id is None:
            return None
        same_id = (one for one in self.answers if one.id == id)
        # One that an older version has stored says whose it was by ``by`` alone.
        return next((one for one in same_id if (one.asked_by or one.by) == by), None)

    def answering(self, by: str, id: str) -> "LiveState":  # noqa: A002
        """Return this state with itself remembered as the answer to ``by``'s command ``id``."""
        answer = _NO_ANSWER.model_copy(update={**self.told(), "id": id, "asked_by": by})
        return self.model_copy(update={"answers": (*self.answers, answer)[-REMEMBERED_ANSWERS:]})
