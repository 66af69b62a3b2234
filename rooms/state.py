"""The live state of rooms: the only place that loads, repairs, changes, stores and announces it.

Redis holds the truth. A room with sockets in this process is watched: its newest state is also
kept here, the only copy in the process, and passed to its listeners as soon as it changes. A change
is decided on that copy and stored by compare-and-set, so it takes one round trip to Redis.

If Redis has lost a state, or gone back to an older one, what was announced stays true: our copy is
stored again under a higher revision, which every client accepts as newer.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from core.database import in_database
from core.errors import Invalid
from core.live import LiveStateUnavailable
from core.per_loop import PerLoop
from core.pulse import refuse_late
from core.turns import Turns
from playback import rules, store
from playback.clock import room_clock
from playback.commands import ClearSource, Command, MakeHost, PlayNext, PutOn, SetCohost, SetControl
from playback.rules import Context, Outcome, Verdict
from playback.sources import registry
from playback.sources.base import Facts, PlaybackSource, SourceKey
from playback.state import LiveState
from playback.store import Stored
from rooms import bus, codec
from rooms.errors import NoSuchMember, RoomOver
from rooms.lifecycle import Status
from rooms.server_messages import PlaybackState
from rooms.stores import live_state_rows, membership_rows, pending_changes, snapshots
from server.wire import Frame

# Every lost race means that another process has stored a change, so this is a very busy room.
MAX_ATTEMPTS = 50

# Commands that change something the database keeps too.
Durable = PutOn | PlayNext | ClearSource | MakeHost | SetCohost | SetControl

_CHOOSING = PutOn | PlayNext | ClearSource

# Called with the old state, the new one, and the frame for the sockets.
Listener = Callable[[LiveState, LiveState, Frame], None]


class TooBusy(LiveStateUnavailable):
    """The state changed again and again while a command was decided."""


@dataclass(slots=True)
class _Watched:
    stored: Stored
    listeners: list[Listener] = field(default_factory=list)
    holders: int = 0


_watched_rooms: "PerLoop[dict[str, _Watched]]" = PerLoop(dict)
_turns = PerLoop(Turns)


@dataclass(frozen=True, slots=True)
class Change:
    """The outcome of a command, and whether our sockets were sent it with the command's id."""

    outcome: Outcome
    announced: bool = False


# --- reading ------------------------------------------------------------------------------


def seen(code: str) -> LiveState | None:
    """Return the newest known state of a room that is watched here; None for other rooms."""
    watched = _watched_rooms.get().get(code)
    return watched.stored.state if watched else None


async def current(code: str) -> LiveState:
    """Return the room's live state from Redis, repaired if necessary.

    Raises NoSuchRoom, RoomOver and LiveStateUnavailable.
    """
    return (await _current(code)).state


async def watch(code: str, listener: Listener) -> LiveState:
    """Return the live state, and call ``listener`` with every newer one until ``unwatch``."""
    stored = await _current(code)
    watched = _watched_rooms.get().setdefault(code, _Watched(stored))
    watched.listeners.append(listener)
    return watched.stored.state


def unwatch(code: str, listener: Listener) -> None:
    """Stop calling ``listener``."""
    watched = _watched_rooms.get().get(code)
    if watched is not None and listener in watched.listeners:
        watched.listeners.remove(listener)
        _let_go(code, watched)


@contextlib.contextmanager
def held(code: str) -> Iterator[None]:
    """Keep our copy of a watched room's state even if its last listener goes meanwhile."""
    watched = _watched_rooms.get().get(code)
    if watched is None:
        yield
        return
    watched.holders += 1
    try:
        yield
    finally:
        watched.holders -= 1
        _let_go(code, watched)


def _let_go(code: str, watched: _Watched) -> None:
    if not watched.listeners and not watched.holders and _watched_rooms.get().get(code) is watched:
        del _watched_rooms.get()[code]


# --- changing -----------------------------------------------------------------------------


async def create(code: str, state: LiveState) -> bool:
    """Store the first state of a room; False if it has one already."""
    created, _ = await store.swap(code, None, Stored.of(state))
    return created


async def apply(code: str, command: Command, context: Context) -> Change:
    """Apply ``command``, store it, and tell the room.

    What the database keeps is stored before anyone is told. The verdict is IGNORED if the giver
    may not do this; then nobody is told. Raises NoSuchRoom, RoomOver, LiveStateUnavailable, and
    NoSuchMember for a new host who has been put out, or whose account has been disabled or deleted.
    """
    if isinstance(command, PutOn | PlayNext):
        known = await registry.facts(command.source)
        command = replace(command, duration_s=known.duration_s, made_until_s=known.made_until_s)
    if not isinstance(command, Durable):
        outcome, stored = await _decide(code, command, context)
        return Change(outcome, await _announce(code, outcome, stored, context.id))
    async with pending_changes.under_way(code):
        outcome, stored = await _decide(code, command, context)
        try:
            if outcome.verdict is Verdict.APPLIED:
                await persist(code, source_chosen=isinstance(command, _CHOOSING))
        finally:
            announced = await _announce(code, outcome, stored, context.id)
    return Change(outcome, announced)


async def persist(code: str, *, source_chosen: bool = False) -> None:
    """Store the durable part of the live state in the database, where that differs.

    Of two changes at the same time, the later one stays in both stores. A source is removed only
    by a choice (``source_chosen``), not because its adapter is missing. Raises NoSuchMember if the
    new host cannot have the room: then the old host has it again, in both stores.
    """
    while (stored := await store.load(code)) is not None:
        state = stored.state
        kept = await in_database(live_state_rows.durable)(code)
        if state.host != kept.host:
            await _store_host(code, state.host, instead_of=kept.host)
        if set(state.cohosts) != set(kept.cohosts):
            await in_database(live_state_rows.set_cohosts)(code, state.cohosts)
        if state.control is not kept.control:
            await in_database(live_state_rows.set_control)(code, state.control)
        playing = SourceKey.of(state.source) if state.source else None
        if playing != kept.source and (playing or source_chosen or described(kept.source)):
            await in_database(live_state_rows.set_source)(code, playing)
        after = await store.load(code)
        if after is None or _durable(after.state) == _durable(state):
            return


async def _store_host(code: str, host: str, *, instead_of: str) -> None:
    try:
        await in_database(live_state_rows.set_host)(code, membership_rows.user_id(host))
    except NoSuchMember:
        # Has no effect if they have already handed the room on.
        await apply(code, MakeHost(instead_of), Context(by=host))
        raise


def _durable(state: LiveState) -> tuple[object, ...]:
    return state.host, state.cohosts, state.control, state.source


async def forget(code: str) -> None:
    """Delete the live state of a room that has ended."""
    await store.forget(code)


async def _decide(code: str, command: Command, context: Context) -> tuple[Outcome, Stored]:
    now_ms = (await room_clock()).now_ms()

    def decide(state: LiveState) -> Outcome:
        return rules.apply(state, command, context, now_ms=now_ms)

    async with _turns.get().of(code):
        watched = _watched_rooms.get().get(code)
        stored = watched.stored if watched else None
        # A swap proves that this was the newest state. Without a change, read it from Redis.
        outcome = decide(stored.state) if stored else None
        if stored is None or outcome is None or outcome.verdict is not Verdict.APPLIED:
            stored, outcome = await _current(code), None
        for _ in range(MAX_ATTEMPTS):
            outcome = outcome or decide(stored.state)
            if outcome.verdict is not Verdict.APPLIED:
                return outcome, stored
            if context.by is not None:
                refuse_late()
            swapped, found = await store.swap(code, stored, Stored.of(outcome.state))
            if swapped and found is not None:
                return outcome, found
            stored, outcome = await _repaired(code, found), None
    raise TooBusy


# --- after Redis has lost something -------------------------------------------------------


async def _current(code: str) -> Stored:
    return await _repaired(code, await store.load(code))


async def _repaired(code: str, stored: Stored | None) -> Stored:
    """Return a state that clients will accept: ``stored``, or a replacement for it."""
    while True:
        fresh = _replacement(code, stored)
        if stored is not None and fresh is None:
            _accept(code, stored)
            return stored
        if fresh is None:
            fresh = await _recreate(code, seen(code))
        # After a lost race, check the state that won.
        swapped, stored = await store.swap(code, stored, Stored.of(fresh))
        if swapped and stored is not None:
            await _publish(code, stored, id=None)
            return stored


def _replacement(code: str, stored: Stored | None) -> LiveState | None:
    """Return what must replace ``stored``; None when clients will accept it."""
    watched = _watched_rooms.get().get(code)
    known = watched.stored if watched else None
    if (
        stored is None
        or known is None
        or stored.state.revision > known.state.revision
        or stored.text == known.text
    ):
        return None
    if stored.state.revision == known.state.revision:
        # Redis lost the change we announced, and another process stored a different one.
        return stored.state.model_copy(update={"revision": stored.state.revision + 1})
    # Redis may lose the last second before a crash. What we announced stays true.
    return known.state.model_copy(update={"revision": known.state.revision + 1})


async def _recreate(code: str, known: LiveState | None) -> LiveState:
    """Make a state for a room that has none: paused, at the last known position."""
    snapshot = await snapshots.of(code)
    if snapshot.status.over:
        raise RoomOver
    now_ms = (await room_clock()).now_ms()
    if known is not None:
        return known.model_copy(
            update={
                "revision": known.revision + 1,
                "playing": False,
                "position": known.position_at(now_ms),
                "at": now_ms,
                "by": None,
                "held": None,
                "waiting": None,
            }
        )
    kept = await in_database(live_state_rows.durable)(code)
    source = described(kept.source)
    return LiveState(
        host=kept.host,
        cohosts=kept.cohosts,
        control=kept.control,
        **await facts_of(source),
        at=now_ms,
        # Clients from before the loss drop anything older than what they have.
        revision=1 if snapshot.status is Status.CREATED else max(1, int(now_ms)),
        # The host's player may still know the position.
        forgotten=snapshot.status is not Status.CREATED,
    )


def described(key: SourceKey | None) -> PlaybackSource | None:
    """Return the source of a stored ``key``; None if its adapter is no longer configured."""
    try:
        return registry.describe(key) if key else None
    except (registry.UnknownProvider, Invalid):
        return None


async def facts_of(source: PlaybackSource | None) -> dict[str, Any]:
    """Return the fields of a new live state that follow from its source."""
    known = await registry.facts(source) if source else Facts()
    return {
        "source": source,
        "duration": known.duration_s,
        "length_is_known": known.duration_s is not None,
        "made_until": known.made_until_s,
    }


# --- announcing ---------------------------------------------------------------------------


def receive(notice: bus.Notice) -> bool:
    """Take the state that a notice carries.

    Returns False if it contradicts our copy, so that Redis must be asked.
    """
    watched = _watched_rooms.get().get(notice["code"])
    if watched is None:
        return True
    newest = watched.stored
    if notice["revision"] > newest.state.revision:
        _hand_on(watched, Stored.read(notice["state"]), Frame(notice["text"], newest_only=True))
    return notice["revision"] != newest.state.revision or notice["state"] == newest.text


async def _announce(code: str, outcome: Outcome, stored: Stored, id: str | None) -> bool:  # noqa: A002
    if outcome.verdict is not Verdict.APPLIED:
        return False
    return await _publish(code, stored, id=id)


async def _publish(code: str, stored: Stored, *, id: str | None) -> bool:  # noqa: A002
    """Announce a state to this process and the others; tell whether it was new here."""
    frame = _frame(stored.state, id)
    is_news = _accept(code, stored, frame)
    if is_news and bus.remote_listeners().has_none(code):
        return True
    await bus.publish(
        code, "state", revision=stored.state.revision, text=frame.text, state=stored.text
    )
    return is_news


def _frame(state: LiveState, id: str | None) -> Frame:  # noqa: A002
    return Frame(codec.encode(PlaybackState.of(state, id=id)), newest_only=True)


def _accept(code: str, stored: Stored, frame: Frame | None = None) -> bool:
    """Pass ``stored`` to the listeners, if it is newer than what they have."""
    watched = _watched_rooms.get().get(code)
    if watched is None or stored.state.revision <= watched.stored.state.revision:
        return False
    _hand_on(watched, stored, frame or _frame(stored.state, None))
    return True


def _hand_on(watched: _Watched, stored: Stored, frame: Frame) -> None:
    old, watched.stored = watched.stored.state, stored
    for listener in watched.listeners:
        listener(old, stored.state, frame)
