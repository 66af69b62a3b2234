"""The playback state of a room and the rules by which commands change it.

Pure: state, command and the time go in, a new state comes out. No clock, no I/O. Host and
co-hosts are part of the state, so authority and change are decided on one revision.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from playback import growing, waiting
from playback.commands import (
    MAX_POSITION_S,
    ClearSource,
    Command,
    Control,
    EpochMs,
    Excuse,
    GiveUpWaiting,
    MakeHost,
    MemberId,
    Model,
    Pause,
    Play,
    PlayNext,
    Position,
    PutOn,
    Rate,
    Ready,
    Recover,
    Remember,
    Seek,
    SetCohost,
    SetControl,
    SetDuration,
    SetMade,
    SetRate,
    SetSubtitle,
    Stall,
    TrackId,
    Unloaded,
)
from playback.sources.base import PlaybackSource, SourceKey
from playback.waiting import Held, Hold, WaitingFor

REMEMBERED_ANSWERS = 8
# A player's last frame lies a little before the container's duration.
END_TOLERANCE_S = 0.25


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
        return {name: getattr(self, name) for name in State.model_fields}

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


class Answer(State):
    """The first answer to command ``id`` of member ``by``: the state just after it."""

    model_config = ConfigDict(extra="ignore", strict=False)

    id: str


class LiveState(State):
    """The whole live state of a room: what clients see of it, and what only servers know."""

    model_config = ConfigDict(extra="ignore", strict=False)

    # The revision at which the source was chosen: older measurements are of another film.
    source_revision: int = 0
    # The length is our own knowledge, and not what some player has measured.
    length_is_known: bool = False
    # The item of the queue that was put on, which may not have left the queue yet.
    queue_item: str | None = None
    # Everything had been lost when this state was made, the position too.
    forgotten: bool = False
    host: str
    cohosts: tuple[str, ...] = ()
    control: Control = Control.HOST
    held: Held | None = None
    # Who ran into the time-out and has not played well since.
    excused: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()

    def ended_at(self, now_ms: float) -> bool:
        """Tell whether the work has played to its known end by ``now_ms``."""
        if self.duration is None:
            return False
        return self.position_at(now_ms) >= self.duration - END_TOLERANCE_S

    def is_over_at(self, now_ms: float) -> bool:
        """Tell whether nothing of the work is left to be shown at ``now_ms``."""
        return self.duration is not None and self.position_at(now_ms) >= self.duration

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

    def effective(self, now_ms: float) -> "LiveState":
        """Return what is true at ``now_ms``: a film that has reached its end is paused there.

        Nobody commands that pause, so the stored state still says that it plays.
        """
        if self.duration is None or not self.playing or not self.is_over_at(now_ms):
            return self
        ended_at_ms = self.at + max(0.0, self.duration - self.position) / self.rate * 1000
        update = {"playing": False, "position": self.duration, "at": ended_at_ms}
        return self.model_copy(update=update)

    def may_control(self, member: str) -> bool:
        """Tell whether ``member``, who is in the room, may control playback and the queue."""
        return self.control is Control.EVERYONE or self.may_moderate(member)

    def may_moderate(self, member: str) -> bool:
        """Tell whether ``member`` is the host or a co-host."""
        return member == self.host or member in self.cohosts

    def answering(self, by: str, id: str) -> "LiveState":  # noqa: A002
        """Return this state with itself remembered as the answer to ``by``'s command ``id``."""
        answer = Answer.model_construct(**{**self.told(), "by": by, "id": id})
        return self.model_copy(update={"answers": (*self.answers, answer)[-REMEMBERED_ANSWERS:]})


class Verdict(StrEnum):
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: the state to answer with, and whether it is a new one."""

    verdict: Verdict
    state: LiveState
    answer: Answer | None = None


def apply(
    state: LiveState,
    command: Command,
    *,
    now_ms: float,
    by: str | None,
    lead_ms: float = 0.0,
    hold: Hold | None = None,
    id: str | None = None,  # noqa: A002 - the protocol's name
) -> Outcome:
    """Decide ``command`` of member ``by`` (None: the server itself) at ``now_ms``.

    ``lead_ms`` is how far ahead a start is scheduled so that everyone starts together;
    ``hold`` is for whom it waits.
    """
    if by is not None:
        if not _may(state, command, by):
            return Outcome(Verdict.IGNORED, state)
        for answer in state.answers:
            if id is not None and (answer.by, answer.id) == (by, id):
                return Outcome(Verdict.REPEATED, state, answer)
    now = state.effective(now_ms)
    changed = _change(now, command, now_ms, lead_ms)
    begins = changed is not now and changed.playing and _begins(now, command)
    if hold is not None and begins:
        changed = waiting.hold(changed, hold, now_ms)
    if changed is now and id is None:
        return Outcome(Verdict.UNCHANGED, now)
    # A command with an id makes a new state in any case: it must be remembered, or it
    # would have an effect when it is sent again later.
    aside = isinstance(command, _ASIDE)
    new = changed.model_copy(
        update={
            "revision": state.revision + 1,
            "by": state.by if aside else by,
            "forgotten": state.forgotten and aside,
        }
    )
    if by is not None and id is not None:
        new = new.answering(by, id)
    return Outcome(Verdict.APPLIED, new)


# What changes nothing of where the film is.
_ASIDE = (
    SetSubtitle
    | SetDuration
    | SetMade
    | MakeHost
    | SetCohost
    | SetControl
    | Ready
    | Excuse
    | Recover
)


def _begins(state: LiveState, command: Command) -> bool:
    """Tell whether ``command`` starts the film where players may not have the picture.

    PLAY while the room waits already is the order to go on.
    """
    return isinstance(command, Seek | PlayNext) or (
        isinstance(command, Play) and state.held is None
    )


def _may(state: LiveState, command: Command, by: str) -> bool:
    if isinstance(command, MakeHost | SetCohost | SetControl):
        return by == state.host
    if isinstance(command, SetDuration) and state.duration is not None:
        # Two players may measure it differently; the length must not go back and forth.
        return by == state.host
    return state.may_control(by)


def _change(state: LiveState, command: Command, now_ms: float, lead_ms: float) -> LiveState:
    """Return the changed state, or ``state`` itself when there is nothing to change.

    ``state`` is the effective one. Without a source there is nothing to play or seek.
    """
    if state.source is None and isinstance(command, _OF_A_FILM):
        return state
    match command:
        case Play(position=position):
            return _play(state, position, now_ms, lead_ms)
        case Pause(position=position):
            if not state.playing and not state.held and position in (None, state.position):
                return state
            return _moved(state, position, now_ms, playing=False, at=now_ms)
        case Seek(position=position):
            playing = state.playing or state.held is not None
            at = now_ms + lead_ms if playing else now_ms
            return _moved(state, position, now_ms, playing=playing, at=at)
        case SetRate(rate=rate):
            if rate == state.rate:
                return state
            moved = _moved(state, None, now_ms, playing=state.playing, at=max(now_ms, state.at))
            kept = {"held": state.held, "waiting": state.waiting}
            return moved.model_copy(update={"rate": rate, **kept})
        case SetSubtitle(track=track):
            if track == state.subtitle:
                return state
            return state.model_copy(update={"subtitle": track})
        case PutOn(source, start_s, duration_s, made_until_s):
            put_on = _started_anew(state, source, now_ms, position=start_s, duration_s=duration_s)
            return put_on.model_copy(update={"made_until": made_until_s})
        case SetMade(only, until_s):
            if state.source is None or SourceKey.of(state.source) != only:
                return state
            return growing.change(state, until_s, now_ms)
        case PlayNext(after=after, at_end=at_end):
            chosen_since = after is not None and after < state.source_revision
            if chosen_since or (at_end and not state.is_over_at(now_ms)):
                return state
            return _play_next(state, command, now_ms, lead_ms)
        case ClearSource(only, why):
            if only is not None and (state.source is None or SourceKey.of(state.source) != only):
                return state
            return _started_anew(state, None, now_ms, unloaded=why)
        case Remember(position, seen):
            if not state.forgotten or seen >= state.revision:
                return state
            return _moved(state, position, now_ms, playing=False, at=now_ms)
        case SetDuration(duration, seen):
            if state.length_is_known:
                return state
            if seen is not None and seen < state.source_revision:
                return state
            if state.duration is not None and abs(state.duration - duration) < 0.05:
                return state
            return state.model_copy(update={"duration": duration})
        case MakeHost(member):
            if member == state.host:
                return state
            cohosts = tuple(m for m in state.cohosts if m != member)
            return state.model_copy(update={"host": member, "cohosts": cohosts})
        case Ready() | Excuse() | GiveUpWaiting() | Stall() | Recover():
            return waiting.change(state, command, now_ms, lead_ms)
        case SetControl(control):
            if control is state.control:
                return state
            return state.model_copy(update={"control": control})
        case SetCohost(member, on):
            if (member in state.cohosts) == on or member == state.host:
                return state
            cohosts = tuple(m for m in state.cohosts if m != member)
            return state.model_copy(update={"cohosts": (*cohosts, member) if on else cohosts})


def _started_anew(
    state: LiveState,
    source: PlaybackSource | None,
    now_ms: float,
    *,
    position: float = 0.0,
    duration_s: float | None = None,
    unloaded: Unloaded | None = None,
) -> LiveState:
    return state.model_copy(
        update={
            "source": source,
            "playing": False,
            "position": position if duration_s is None else min(position, duration_s),
            "rate": 1.0,
            "at": now_ms,
            "duration": duration_s,
            "length_is_known": duration_s is not None,
            "made_until": None,
            "unloaded": unloaded,
            "subtitle": None,
            "source_revision": state.revision + 1,
            "queue_item": None,
            "held": None,
            "waiting": None,
        }
    )


def _play_next(state: LiveState, next_: PlayNext, now_ms: float, lead_ms: float) -> LiveState:
    begun = _started_anew(
        state, next_.source, now_ms, position=next_.start_s, duration_s=next_.duration_s
    )
    playing = {"playing": True, "at": now_ms + lead_ms, "queue_item": next_.item}
    return begun.model_copy(update={**playing, "made_until": next_.made_until_s})


_OF_A_FILM = Play | Pause | Seek | SetRate | SetSubtitle | Remember | SetDuration


def _play(state: LiveState, position: float | None, now_ms: float, lead_ms: float) -> LiveState:
    if state.playing and position is None and not state.ended_at(now_ms):
        return state
    if position is None and state.ended_at(now_ms):
        position = 0.0
    state = waiting.end(state, excusing=True)
    return _moved(state, position, now_ms, playing=True, at=now_ms + lead_ms)


def _moved(
    state: LiveState, position: float | None, now_ms: float, *, playing: bool, at: float
) -> LiveState:
    """Return ``state`` anchored at ``at``: at ``position``, or where it was by then."""
    if position is None:
        position = state.position_at(at if state.playing and playing else now_ms)
    else:
        position = state.within(position)
    return waiting.end(state, excusing=False).model_copy(
        update={"playing": playing, "position": position, "at": at}
    )
