"""Playback commands of members, over the socket or REST."""

from typing import get_args

from core import limits, metrics
from playback.commands import (
    ClearSource,
    PlaybackCommand,
    PutOn,
    Remember,
    SetDuration,
    SetSource,
    SetSubtitle,
)
from playback.rules import Context, Outcome, Verdict
from playback.sources import registry
from playback.sources.base import Work
from rooms import protocol
from rooms import state as live_states
from rooms.commands.changes import CHANGES
from rooms.commands.sender import Handlers, Sender
from rooms.errors import ControllersOnly
from rooms.server_messages import PlaybackState
from rooms.state import Change
from rooms.stores import membership_rows


async def command(code: str, message: PlaybackCommand, context: Context) -> Change:
    """Apply a member's playback command and tell the room.

    The verdict is IGNORED if the sender may not control playback; then nobody is told.
    Raises Invalid for a source that no provider knows, and LiveStateUnavailable.
    """
    if isinstance(message, SetSource):
        start_s = message.source.start_s or 0.0
        change = await set_source(code, message.source, context, start_s=start_s)
    else:
        change = await live_states.apply(code, message, context)
    verdict = change.outcome.verdict
    metrics.commands.labels(message.type, verdict.value).inc()
    if verdict is Verdict.IGNORED:
        metrics.ignored_commands.labels(message.type).inc()
    return change


async def set_source(
    code: str, source: Work | None, context: Context, *, start_s: float = 0.0
) -> Change:
    """Choose for a member what the room plays. The adapter's description replaces the client's."""
    now, by = await live_states.current(code), context.by
    if answer := now.answer_to(by, context.id):
        # By now they may not be allowed to choose it.
        return Change(Outcome(Verdict.REPEATED, now, answer))
    if by is None or not now.may_control(by):
        return Change(Outcome(Verdict.IGNORED, now))
    if source is None:
        return await live_states.apply(code, ClearSource(), context)
    described = registry.adopt(source)
    await registry.check_access(described, user_id=membership_rows.user_id(by))
    return await live_states.apply(code, PutOn(described, start_s), context)


async def choose_source(code: str, source: Work | None, *, start_s: float = 0.0, by: str) -> None:
    """Do the same as ``set_source``, but raise ControllersOnly instead of IGNORED."""
    change = await set_source(code, source, Context(by), start_s=start_s)
    if change.outcome.verdict is Verdict.IGNORED:
        raise ControllersOnly


async def choose_subtitle(code: str, track: str | None, *, by: str) -> None:
    """Choose the room's default subtitles; raise ControllersOnly."""
    change = await command(code, SetSubtitle(track=track), Context(by))
    if change.outcome.verdict is Verdict.IGNORED:
        raise ControllersOnly


async def learn_duration(code: str, duration: float, context: Context, *, seen: int | None) -> None:
    """Take the length of the film, in seconds, from the player of a host or co-host.

    ``seen`` is the revision that the player followed.
    """
    await live_states.apply(code, SetDuration(duration, seen), context)


async def remember_position(code: str, position: float, *, seen: int, by: str) -> None:
    """Take the room's position from a host or co-host after Redis has lost it."""
    await live_states.apply(code, Remember(position, seen), Context(by))


async def _answer(sender: Sender, message: PlaybackCommand) -> protocol.Model | None:
    if isinstance(message, SetSource) and sender.may_control():
        await limits.spend(CHANGES, sender.person)
    change = await command(sender.code, message, sender.context_of(message))
    return answer_to(change, message.id)


def answer_to(change: Change, id: str | None) -> PlaybackState | None:  # noqa: A002
    """Return what only the sender of command ``id`` is sent; None if the broadcast says it."""
    outcome = change.outcome
    match outcome.verdict:
        case Verdict.REPEATED if outcome.answer:
            return PlaybackState.of(outcome.answer, id=id)
        case Verdict.UNCHANGED:
            return PlaybackState.of(outcome.state, id=id)
        case Verdict.APPLIED if id and not change.announced:
            # A refresh, or the notice of a later command, was faster than our broadcast.
            return PlaybackState.of(outcome.state, id=id)
    return None


HANDLERS: Handlers = dict.fromkeys(get_args(PlaybackCommand), _answer)
