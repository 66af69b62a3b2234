"""The playback state of a room: where the film is, and who controls it.

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
# The last frame is a little before the duration that the container states.
END_TOLERANCE_S = 0.25
# Players measure the length of a film a little differently.
SAME_LENGTH_S = 1.0
# The most people who are named while the room waits for them.
NAMED = 5


def first_position(start_s: float, duration_s: float | None) -> float:
    """Return the first position of a work in seconds: ``start_s``, or 0 if that is past its end."""
    if duration_s is not None and start_s >= duration_s - END_TOLERANCE_S:
        return 0.0
    return start_s


class WaitingFor(Model):
    """Who the room waits for, and until when at most (room time, ms)."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    members: list[MemberId] = Field(alias="for", description=f"At most {NAMED} of them.")
    count: int
    until: EpochMs


class Held(BaseModel):
    """The same for servers: everyone the room waits for.

    Reports about revision ``since`` or later ones count. ``stalled_at`` is when a stalled player
    stopped the room, in ms; None if it waits for a start.
    """

    model_config = ConfigDict(frozen=True)

    pending: tuple[str, ...]
    since: int
    until: float
    stalled_at: float | None = None


_MAY_BE_ABSENT = ("duration", "made_until", "unloaded", "subtitle")


def _always_present(schema: dict[str, Any]) -> None:
    fields = [name for name in State.model_fields if name not in _MAY_BE_ABSENT]
    for name in fields:
        schema["properties"][name].pop("default", None)
    schema["required"] = fields


class State(Model):
    """At room time ``at`` (ms) the film is at ``position`` (s); playing advances it by ``rate``."""

    model_config = ConfigDict(json_schema_extra=_always_present)

    revision: int = 1
    playing: bool = False
    position: Position = 0.0
    rate: Rate = 1.0
    at: EpochMs = 0.0
    source: PlaybackSource | None = None
    # The revision at which the source was chosen. Older reports and votes are about another film.
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

    def public_fields(self) -> dict[str, Any]:
        """Return the fields that clients see."""
        fields = self.__dict__
        return {name: fields[name] for name in _TOLD}

    def position_at(self, now_ms: float) -> float:
        """Return the position at room time ``now_ms``, in seconds.

        It does not go past a known end, or past the end of the converted part.
        """
        elapsed_s = max(0.0, now_ms - self.at) / 1000 if self.playing else 0.0
        return self.within(self.position + elapsed_s * self.rate)

    def within(self, position: float) -> float:
        """Return ``position``, limited to where the room stops."""
        if self.made_until is not None:
            # A room may be further already: by a seek, or because the conversion started again.
            position = min(position, max(self.made_until, self.position))
        return min(position, MAX_POSITION_S if self.duration is None else self.duration)

    def is_over_at(self, now_ms: float) -> bool:
        """Tell whether the film is over at ``now_ms``, whether or not the room plays."""
        return self.duration is not None and self.position_at(now_ms) >= self.duration

    def effective(self, now_ms: float) -> Self:
        """Return the state at ``now_ms``: a film that has reached its end is paused there.

        Nobody commands that pause, so the stored state still says that it plays.
        """
        if self.duration is None or not self.playing or not self.is_over_at(now_ms):
            return self
        ended_at_ms = self.at + max(0.0, self.duration - self.position) / self.rate * 1000
        update = {"playing": False, "position": self.duration, "at": ended_at_ms}
        return self.model_copy(update=update)


# The class builds this dictionary again each time it is asked.
_TOLD = tuple(State.model_fields)


class Answer(State):
    """The first answer to a member's command with an id: the state right after it."""

    model_config = ConfigDict(extra="ignore", strict=False)

    id: str
    # Whose command it was. ``by`` is who last moved the film, which may be someone else.
    asked_by: str | None = None

    @cached_property
    def text(self) -> str:
        """The answer as stored in Redis, encoded once because later states contain it too."""
        return self.model_dump_json(exclude_defaults=True)

    @cached_property
    def text_without_source(self) -> str:
        """The same without the source, which is most of it."""
        return self.model_dump_json(exclude_defaults=True, exclude={"source"})


# Copying this takes a quarter of the time of making one.
_NO_ANSWER = Answer(id="")


class LiveState(State):
    """The whole live state of a room: what clients see, and what only servers know."""

    model_config = ConfigDict(extra="ignore", strict=False)

    # The server knows the length; it was not measured by a player.
    length_is_known: bool = False
    # Only viewers' players have reported it.
    length_is_guessed: bool = False
    # The item of the queue that plays; it may still be in the queue.
    queue_item: str | None = None
    # When a controller last moved the film, or the room went on to it; room time, ms.
    begun_at: float = 0.0
    # Redis had lost everything when this state was made, including the position.
    forgotten: bool = False
    host: str
    cohosts: tuple[str, ...] = ()
    control: Control = Control.HOST
    held: Held | None = None
    # People who ran into a time-out and have not played well since.
    excused: tuple[str, ...] = ()
    # How many seconds each person's stalls have cost, for people who have not played well since.
    stall_costs_s: tuple[tuple[str, float], ...] = ()
    answers: tuple[Answer, ...] = ()

    def seen_at(self, now_ms: float) -> State:
        """Return what clients see of it at ``now_ms``."""
        return State.model_construct(**self.effective(now_ms).public_fields())

    def ended_at(self, now_ms: float) -> bool:
        """Tell whether the room has played to the film's known end by ``now_ms``."""
        return self.is_end(self.position_at(now_ms))

    def is_end(self, position: float) -> bool:
        """Tell whether a position is at or past the film's known end."""
        return self.duration is not None and position >= self.duration - END_TOLERANCE_S

    def left_s(self, now_ms: float) -> float | None:
        """Return in how many seconds the film will be over; None if it will not be."""
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
        """Tell whether the end of the film has not been converted yet."""
        return self.made_until is not None and self.made_until < (self.duration or MAX_POSITION_S)

    def is_at_growing_end(self, now_ms: float) -> bool:
        """Tell whether the room plays but has reached the end of the converted part."""
        if self.made_until is None or not self.playing:
            return False
        return self.position_at(now_ms) >= self.made_until

    def may_control(self, member: str) -> bool:
        """Tell whether ``member``, who is in the room, may control playback and the queue."""
        return self.control is Control.EVERYONE or self.may_moderate(member)

    def may_moderate(self, member: str) -> bool:
        """Tell whether ``member`` is the host or a co-host."""
        return member == self.host or member in self.cohosts

    def answers_text(self) -> str:
        """Return the answers as stored in Redis. Those about the source of this state leave it out.

        ``with_sources`` puts it back.
        """
        source, chosen_at = self.source, self.source_revision
        return ",".join(
            [
                answer.text_without_source
                if answer.source is source and answer.source_revision == chosen_at
                else answer.text
                for answer in self.answers
            ]
        )

    def with_sources(self) -> "LiveState":
        """Return this state, which was read from Redis, with the sources that were left out."""
        answers = tuple(
            answer.model_copy(update={"source": self.source})
            if answer.source_revision == self.source_revision
            else answer
            for answer in self.answers
        )
        return self.model_copy(update={"answers": answers}) if answers else self

    def answer_to(self, by: str | None, id: str | None) -> Answer | None:  # noqa: A002
        """Return the first answer to ``by``'s command ``id``, if it is remembered."""
        if by is None or id is None:
            return None
        for answer in self.answers:
            # In answers that an older version has stored, ``by`` says whose it was.
            if answer.id == id and (answer.asked_by or answer.by) == by:
                return answer
        return None

    def answers_with(
        self,
        told: dict[str, Any],
        *,
        by: str,
        id: str,  # noqa: A002
    ) -> tuple[Answer, ...]:
        """Return the remembered answers and a new one, to ``by``'s command ``id``.

        It is a copy of this state with the fields ``told``, which the command changes besides.
        """
        fields = {**self.public_fields(), **told, "id": id, "asked_by": by}
        return (*self.answers, _NO_ANSWER.model_copy(update=fields))[-REMEMBERED_ANSWERS:]
