"""Playback commands: what a member asks of the player, over the socket or over REST."""

from typing import get_args

from core import metrics
from playback.commands import (
    ClearSource,
    PlaybackCommand,
    PutOn,
    Remember,
    SetDuration,
    SetSource,
    SetSubtitle,
)
from playback.rules import Outcome, Verdict
from playback.sources import registry
from playback.sources.base import Work
from playback.waiting import Hold
from rooms import protocol, server_messages, state
from rooms.commands.sender import Handlers, Sender
from rooms.errors import ControllersOnly
from rooms.state import Change
from rooms.stores import membership_rows


async def command(
    code: str, message: PlaybackCommand, *, by: str, lead_ms: float, hold: Hold | None = None
) -> Change:
    """Decide a member's playback command and tell the room.

    The verdict is IGNORED when the sender may not control playback; nobody is told then.
    Raises Invalid for a source that no provider knows, and LiveStateUnavailable.
    """
    if isinstance(message, SetSource):
        start_s = message.source.start_s or 0.0
        change = await set_source(code, message.source, start_s=start_s, by=by, id=message.id)
    else:
        change = await state.apply(code, message, by=by, lead_ms=lead_ms, hold=hold, id=message.id)
    verdict = change.outcome.verdict
    metrics.commands.labels(message.type, verdict.value).inc()
    if verdict is Verdict.IGNORED:
        metrics.ignored_commands.labels(message.type).inc()
    return change


async def set_source(
    code: str,
    source: Work | None,
    *,
    start_s: float = 0.0,
    by: str,
    id: str | None = None,  # noqa: A002 - the protocol's name
) -> Change:
    """Choose what the room plays; the provider's own description replaces the given one."""
    now = await state.current(code)
    if answer := now.answer_to(by, id):
        # They may not be able to choose it any more.
        return Change(Outcome(Verdict.REPEATED, now, answer))
    if not now.may_control(by):
        return Change(Outcome(Verdict.IGNORED, now))
    if source is None:
        return await state.apply(code, ClearSource(), by=by, id=id)
    described = registry.adopt(source)
    await registry.check_access(described, user_id=membership_rows.user_id(by))
    return await state.apply(code, PutOn(described, start_s), by=by, id=id)


async def choose_source(code: str, source: Work | None, *, start_s: float = 0.0, by: str) -> None:
    """As ``set_source``, but raise ControllersOnly instead of ignoring."""
    change = await set_source(code, source, start_s=start_s, by=by)
    if change.outcome.verdict is Verdict.IGNORED:
        raise ControllersOnly


async def choose_subtitle(code: str, track: str | None, *, by: str) -> None:
    """Choose what those see who have not chosen themselves; raise ControllersOnly."""
    change = await command(code, SetSubtitle(track=track), by=by, lead_ms=0.0)
    if change.outcome.verdict is Verdict.IGNORED:
        raise ControllersOnly


async def learn_duration(
    code: str, duration: float, *, seen: int | None, by: str, lead_ms: float
) -> None:
    """Take the length of the work from the player of a host or co-host.

    ``seen`` is the revision of the state by which it played, ``lead_ms`` as in ``state.apply``.
    """
    await state.apply(code, SetDuration(duration, seen), by=by, lead_ms=lead_ms)


async def remember_position(code: str, position: float, *, seen: int, by: str) -> None:
    """Take from a host or co-host where the room was, when nobody else knows any more."""
    await state.apply(code, Remember(position, seen), by=by)


async def _answer(sender: Sender, message: PlaybackCommand) -> protocol.Model | None:
    room = sender.room
    change = await command(
        sender.code, message, by=sender.person, lead_ms=room.lead_ms(), hold=room.hold()
    )
    return answer_to(change, message.id)


def answer_to(change: Change, id: str | None) -> server_messages.PlaybackState | None:  # noqa: A002
    """Return what the sender of command ``id`` is told beside what the room is told."""
    outcome = change.outcome
    match outcome.verdict:
        case Verdict.REPEATED if outcome.answer:
            return state.message(outcome.answer, id=id)
        case Verdict.UNCHANGED:
            return state.message(outcome.state, id=id)
        case Verdict.APPLIED if id and not change.told:
            # A refresh, or the notice of the next command, came before.
            return state.message(outcome.state, id=id)
    return None


HANDLERS: Handlers = dict.fromkeys(get_args(PlaybackCommand), _answer)
