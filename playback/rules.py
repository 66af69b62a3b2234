"""The rules by which commands change a room's playback state.

Pure: state, command and the time go in, a new state comes out. No clock, no I/O.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from playback import growing, waiting
from playback.commands import (
    ClearSource,
    Command,
    Excuse,
    GiveUpWaiting,
    LimitWait,
    MakeHost,
    Pause,
    Play,
    PlayNext,
    PutOn,
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
    Stay,
    Unloaded,
)
from playback.sources.base import PlaybackSource, SourceKey
from playback.state import END_TOLERANCE_S, SAME_LENGTH_S, Answer, LiveState, first_position
from playback.waiting import Hold


class Verdict(StrEnum):
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a command: the verdict, and the state to answer with."""

    verdict: Verdict
    state: LiveState
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Who gives a command, and what its start depends on.

    ``by`` is a member, or None for the server itself. Repeating the ``id`` of a command has no
    effect. A start is scheduled ``lead_ms`` ahead, so that everyone starts together, and waits for
    ``hold``.
    """

    by: str | None
    id: str | None = None
    lead_ms: float = 0.0
    hold: Hold | None = None


# The server itself gives a command that starts nothing.
SERVER = Context(by=None)


def apply(state: LiveState, command: Command, context: Context, *, now_ms: float) -> Outcome:
    """Apply ``command`` at ``now_ms``."""
    by, id = context.by, context.id  # noqa: A001 - the protocol's name
    if answer := state.answer_to(by, id):
        # Even if they are no longer allowed to do this.
        return Outcome(Verdict.REPEATED, state, answer)
    if by is not None and not _may(state, command, by):
        return Outcome(Verdict.IGNORED, state)
    now = state.effective(now_ms)
    changed = _change(now, command, context, now_ms)
    if isinstance(command, SetDuration) and changed is not now and state.playing != now.playing:
        changed = _not_over_yet(changed, command.duration, now_ms, context.lead_ms)
    begins = changed is not now and changed.playing and _begins(now, command)
    if context.hold is not None and begins:
        changed = waiting.hold(changed, context.hold, now_ms)
    if changed is now and id is None:
        return Outcome(Verdict.UNCHANGED, now)
    # A command with an id always makes a new state, because it must be remembered: otherwise it
    # could have an effect when it is sent again later.
    aside = isinstance(command, _ASIDE)
    begins_anew = isinstance(command, PlayNext) or (by is not None and not aside)
    told = {"revision": state.revision + 1, "by": state.by if aside else by}
    update: dict[str, Any] = {
        **told,
        "begun_at": now_ms if begins_anew else state.begun_at,
        "forgotten": state.forgotten and aside,
    }
    if by is not None and id is not None:
        update["answers"] = changed.answers_with(told, by=by, id=id)
    return Outcome(Verdict.APPLIED, changed.model_copy(update=update))


# Commands that do not change the position.
_ASIDE = (
    SetSubtitle
    | SetDuration
    | SetMade
    | MakeHost
    | SetCohost
    | SetControl
    | Ready
    | Excuse
    | LimitWait
    | Recover
    | Stay
)


def _begins(state: LiveState, command: Command) -> bool:
    """Tell whether ``command`` starts the film at a place that players may not have loaded.

    PLAY while the room waits is the command to go on without waiting.
    """
    return isinstance(command, Seek | PlayNext) or (
        isinstance(command, Play) and state.held is None
    )


def _may(state: LiveState, command: Command, by: str) -> bool:
    if isinstance(command, MakeHost | SetCohost | SetControl):
        return by == state.host
    is_told = state.duration is not None and not state.length_is_guessed
    if isinstance(command, SetDuration) and is_told:
        # Players measure it differently, and the length must not change back and forth.
        return by == state.host
    return state.may_control(by)


def _change(state: LiveState, command: Command, context: Context, now_ms: float) -> LiveState:
    """Return the changed state, or ``state`` itself if nothing changes.

    ``state`` is the effective state. Without a source there is nothing to play or seek.
    """
    lead_ms = context.lead_ms
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
            return _at_rate(state, rate, now_ms)
        case SetSubtitle(track=track):
            if track == state.subtitle:
                return state
            return state.model_copy(update={"subtitle": track})
        case PutOn() | SetMade() | ClearSource():
            return _change_source(state, command, context, now_ms)
        case PlayNext(item=item, after=after, at_end=at_end):
            # An item that plays leaves the queue, so another command has just put it on.
            if item == state.queue_item or is_too_late(state, now_ms, after=after, at_end=at_end):
                return state
            return _play_next(state, command, now_ms, lead_ms)
        case Remember(position, seen):
            if not state.forgotten or seen >= state.revision:
                return state
            return _moved(state, position, now_ms, playing=False, at=now_ms)
        case SetDuration():
            return _measured(state, command, now_ms, lead_ms)
        case Ready() | Excuse() | GiveUpWaiting() | LimitWait() | Stall() | Recover():
            return waiting.change(state, command, now_ms, lead_ms)
        case Stay():
            return state
        case MakeHost() | SetCohost() | SetControl():
            return _change_control(state, command)


def _measured(state: LiveState, told: SetDuration, now_ms: float, lead_ms: float) -> LiveState:
    if state.length_is_known or (told.seen is not None and told.seen < state.source_revision):
        return state
    if told.guessed and (
        state.duration is not None or told.duration <= state.position_at(now_ms) + END_TOLERANCE_S
    ):
        return state
    is_same = state.duration is not None and abs(state.duration - told.duration) < 0.05
    if is_same and not state.length_is_guessed:
        return state
    measured = state.model_copy(
        update={"duration": told.duration, "length_is_guessed": told.guessed}
    )
    if state.duration is None and state.position > told.duration + SAME_LENGTH_S:
        # It was started past its end, before anyone knew its length.
        at = now_ms + lead_ms if state.playing else now_ms
        return measured.model_copy(update={"position": 0.0, "at": at})
    if state.held is not None and measured.is_end(measured.position):
        return waiting.resume(measured, now_ms, lead_ms)
    return measured


def _not_over_yet(state: LiveState, length_s: float, now_ms: float, lead_ms: float) -> LiveState:
    """Return ``state``, which was over until the film turned out to be longer.

    It goes on from where it stopped. If players only measure a little differently, it stays over.
    """
    if length_s - state.position <= SAME_LENGTH_S:
        return state.model_copy(update={"position": length_s})
    return state.model_copy(update={"playing": True, "at": now_ms + lead_ms})


def _at_rate(state: LiveState, rate: float, now_ms: float) -> LiveState:
    if rate == state.rate:
        return state
    moved = _moved(state, None, now_ms, playing=state.playing, at=max(now_ms, state.at))
    kept = ("held", "waiting", "stall_costs_s")
    stays = {name: getattr(state, name) for name in kept}
    return moved.model_copy(update={"rate": rate, **stays})


def _change_source(
    state: LiveState, command: PutOn | SetMade | ClearSource, context: Context, now_ms: float
) -> LiveState:
    match command:
        case PutOn(source, start_s, duration_s, made_until_s):
            put_on = _restarted(
                state, source, now_ms, chosen_by=context.by, position=start_s, duration_s=duration_s
            )
            return put_on.model_copy(update={"made_until": made_until_s})
        case SetMade(only, until_s):
            if state.source is None or SourceKey.of(state.source) != only:
                return state
            return growing.change(state, until_s, now_ms, context.lead_ms)
        case ClearSource(only, why, chosen_by):
            if only is not None and (state.source is None or SourceKey.of(state.source) != only):
                return state
            if chosen_by is not None and state.source_revision > chosen_by:
                return state
            return _restarted(state, None, now_ms, unloaded=why)


def _change_control(state: LiveState, command: MakeHost | SetCohost | SetControl) -> LiveState:
    match command:
        case MakeHost(member):
            if member == state.host:
                return state
            cohosts = tuple(m for m in state.cohosts if m != member)
            return state.model_copy(update={"host": member, "cohosts": cohosts})
        case SetCohost(member, on):
            if (member in state.cohosts) == on or member == state.host:
                return state
            cohosts = tuple(m for m in state.cohosts if m != member)
            return state.model_copy(update={"cohosts": (*cohosts, member) if on else cohosts})
        case SetControl(control):
            if control is state.control:
                return state
            return state.model_copy(update={"control": control})


def _restarted(
    state: LiveState,
    source: PlaybackSource | None,
    now_ms: float,
    *,
    chosen_by: str | None = None,
    position: float = 0.0,
    duration_s: float | None = None,
    unloaded: Unloaded | None = None,
) -> LiveState:
    return state.model_copy(
        update={
            "source": source,
            "playing": False,
            "position": first_position(position, duration_s),
            "rate": 1.0,
            "at": now_ms,
            "duration": duration_s,
            "length_is_known": duration_s is not None,
            "length_is_guessed": False,
            "made_until": None,
            "unloaded": unloaded,
            "subtitle": None,
            "source_revision": state.revision + 1,
            "chosen_by": chosen_by,
            "queue_item": None,
            "held": None,
            "waiting": None,
        }
    )


def is_too_late(state: LiveState, now_ms: float, *, after: int | None, at_end: bool) -> bool:
    """Tell whether a request to go on has no effect any more; see ``PlayNext``."""
    chosen_since = after is not None and after < state.source_revision
    return chosen_since or (at_end and not state.is_over_at(now_ms))


def _play_next(state: LiveState, next_: PlayNext, now_ms: float, lead_ms: float) -> LiveState:
    begun = _restarted(
        state,
        next_.source,
        now_ms,
        chosen_by=next_.added_by,
        position=next_.start_s,
        duration_s=next_.duration_s,
    )
    playing = {"playing": True, "at": now_ms + lead_ms, "queue_item": next_.item}
    return begun.model_copy(update={**playing, "made_until": next_.made_until_s})


_OF_A_FILM = Play | Pause | Seek | SetRate | SetSubtitle | Remember | SetDuration


def _play(state: LiveState, position: float | None, now_ms: float, lead_ms: float) -> LiveState:
    if state.playing and position is None and not state.ended_at(now_ms):
        return state
    if state.ended_at(now_ms) and (position is None or state.is_end(position)):
        position = 0.0
    state = waiting.end(state, now_ms, excusing=True)
    return _moved(state, position, now_ms, playing=True, at=now_ms + lead_ms)


def _moved(
    state: LiveState, position: float | None, now_ms: float, *, playing: bool, at: float
) -> LiveState:
    """Return ``state`` anchored at time ``at``: at ``position``, or where it was at that time."""
    if position is None:
        position = state.position_at(at if state.playing and playing else now_ms)
    else:
        position = state.within(position)
    return waiting.end(state, now_ms, excusing=False).model_copy(
        update={"playing": playing, "position": position, "at": at}
    )
