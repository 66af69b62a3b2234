"""Playback commands: from a member's message to the new live state of the room."""

from asgiref.sync import sync_to_async

from core import metrics
from playback import state as playback_state
from playback import store as playback_store
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import PlaybackSource, SourceKey
from playback.state import (
    Command,
    LiveState,
    Outcome,
    Pause,
    Play,
    Remember,
    Seek,
    SetDuration,
    SetRate,
    SetSource,
    Verdict,
)
from rooms import bus, codec, protocol
from rooms.errors import ControllersOnly
from rooms.snapshot import state_message
from rooms.stores import records
from rooms.upkeep import transitions


async def command(
    code: str,
    message: protocol.PlaybackMessage,
    *,
    by: str,
    lead_ms: float,
    known: LiveState | None = None,
) -> Outcome:
    """Decide a member's playback command and tell the room.

    ``known`` is the last state this process saw, in case Redis has lost it. The outcome's
    verdict is IGNORED when the sender may not control playback; nobody is told then.
    Raises Invalid for a source that no provider knows, and LiveStateUnavailable.
    """
    if isinstance(message, protocol.SetSource):
        outcome = await set_source(code, message.source, by=by, id=message.id, known=known)
    else:
        outcome = await _decide(
            code, _command(message), by=by, lead_ms=lead_ms, id=message.id, known=known
        )
        await _tell(code, outcome, id=message.id)
    metrics.commands.labels(message.type, outcome.verdict.value).inc()
    if outcome.verdict is Verdict.IGNORED:
        metrics.ignored_commands.labels(message.type).inc()
    return outcome


async def set_source(
    code: str,
    source: PlaybackSource | None,
    *,
    by: str,
    id: str | None = None,  # noqa: A002
    known: LiveState | None = None,
) -> Outcome:
    """Choose what the room plays; the provider's own description replaces the given one."""
    state = await transitions.live_state(code, known=known)
    if not state.may_control(by):
        return Outcome(Verdict.IGNORED, state)
    if source is not None:
        source = registry.adopt(source)
        await registry.check_access(source, user_id=records.user_id(by))
    command = SetSource(source)
    async with transitions.changing_both_stores(code):
        outcome = await _decide(code, command, by=by, lead_ms=0, id=id, known=known)
        try:
            if outcome.verdict is Verdict.APPLIED:
                # Before it is told: what a member has heard of is stored durably.
                await store_source(code)
        finally:
            await _tell(code, outcome, id=id)
    return outcome


async def store_source(code: str) -> None:
    """Store what the room plays; of two choices at once the later one stays in both stores."""
    while (state := await playback_store.load(code)) is not None:
        key = SourceKey.of(state.source) if state.source else None
        await sync_to_async(records.set_source)(code, key)
        after = await playback_store.load(code)
        if after is None or after.source == state.source:
            return


async def choose_source(code: str, source: PlaybackSource | None, *, by: str) -> None:
    """As ``set_source``, but raise ControllersOnly instead of ignoring."""
    outcome = await set_source(code, source, by=by)
    if outcome.verdict is Verdict.IGNORED:
        raise ControllersOnly


async def learn_duration(
    code: str,
    duration: float,
    *,
    seen: int | None,
    by: str,
    known: LiveState | None = None,
) -> None:
    """Take the length of the work from the player of a host or co-host.

    ``seen`` is the revision of the state by which he played.
    """
    await _learn(code, SetDuration(duration, seen), by=by, known=known)


async def remember_position(
    code: str, position: float, *, seen: int, by: str, known: LiveState | None = None
) -> None:
    """Take from a host or co-host where the room was, when nobody else knows any more."""
    await _learn(code, Remember(position, seen), by=by, known=known)


async def _learn(
    code: str, command: SetDuration | Remember, *, by: str, known: LiveState | None
) -> None:
    outcome = await _decide(code, command, by=by, lead_ms=0, id=None, known=known)
    await _tell(code, outcome, id=None)


async def _decide(
    code: str,
    command: Command,
    *,
    by: str,
    lead_ms: float,
    id: str | None,  # noqa: A002
    known: LiveState | None = None,
) -> Outcome:
    now_ms = (await room_clock()).now_ms()

    def decide(state: LiveState) -> Outcome:
        return playback_state.apply(state, command, now_ms=now_ms, by=by, lead_ms=lead_ms, id=id)

    at_least = known.revision if known else 0
    try:
        return await playback_store.update(code, decide, at_least=at_least)
    except playback_store.NoLiveState:
        await transitions.live_state(code, known=known)
        return await playback_store.update(code, decide, at_least=at_least)


async def _tell(code: str, outcome: Outcome, *, id: str | None) -> None:  # noqa: A002
    if outcome.verdict is Verdict.APPLIED:
        text = codec.encode(state_message(outcome.state, id=id))
        await bus.publish(code, "state", revision=outcome.state.revision, text=text)


def _command(message: protocol.PlaybackMessage) -> Command:
    match message:
        case protocol.Play():
            return Play(message.position)
        case protocol.Pause():
            return Pause(message.position)
        case protocol.Seek():
            return Seek(message.position)
        case protocol.SetRate():
            return SetRate(message.rate)
        case protocol.SetSource():
            return SetSource(message.source)
