"""How a room waits for players that are not ready, and how that ends. Pure.

While a room waits, the film is paused. It goes on by itself, when everyone it waits for is ready or
at the time-out. People who ran into the time-out are excused until they have played well again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from playback.commands import (
    Excuse,
    GiveUpWaiting,
    LimitWait,
    Ready,
    Recover,
    Stall,
    Wait,
)
from playback.state import NAMED, Held, LiveState, WaitingFor

# In a bigger room at most this share of the people can hold it up.
CROWD = 50
CROWD_SHARE = 0.05
# A player further behind than this does not take the room back: a stall is reported after a second
# or two, so it was behind before.
MOST_BACK_S = 5.0
# A stall counts at least this much, however soon the player is ready again.
LEAST_COST_S = 1.0
# The most people whose stalls are remembered. As many may hold up a room of two thousand.
EXCUSED_KEPT = 100

WaitCommand = Ready | GiveUpWaiting | LimitWait | Stall | Excuse | Recover


@dataclass(frozen=True, slots=True)
class Hold:
    """Who a start has to wait for: ``members``, for at most ``timeout_s``."""

    members: tuple[str, ...]
    timeout_s: float


def waited_for(members: Iterable[str], *, count: int) -> tuple[str, ...]:
    """Return those of ``members`` who may hold up a room of ``count`` people."""
    chosen = tuple(dict.fromkeys(members))
    return chosen if count <= CROWD else chosen[: int(count * CROWD_SHARE)]


def must_recover(state: LiveState, member: str) -> bool:
    """Tell whether ``member`` has to play well before the room waits for them as for others."""
    return member in state.excused or _cost_s(state, member) is not None


def hold(state: LiveState, hold: Hold, now_ms: float) -> LiveState:
    """Return ``state``, which is about to play, waiting for people who are not ready yet."""
    pending = tuple(member for member in hold.members if member not in state.excused)
    # At the end of a film there is nothing left to miss.
    if not pending or state.is_end(state.position):
        return state
    held = Held(pending=pending, since=state.revision + 1, until=now_ms + hold.timeout_s * 1000)
    return _paused(state, held, state.position, now_ms)


def end(state: LiveState, now_ms: float, *, excusing: bool) -> LiveState:
    """Return ``state`` without its wait; with ``excusing``, people it waited for are excused."""
    if state.held is None:
        return state
    update: dict[str, object] = {"held": None, "waiting": None}
    if state.held.stalled_at is not None:
        waited_s = (now_ms - state.held.stalled_at) / 1000
        cost_s = max(LEAST_COST_S, waited_s)
        update["stall_costs_s"] = _costs_s(state, state.held.pending[0], cost_s)
    if excusing:
        late = tuple(member for member in state.held.pending if member not in state.excused)
        update["excused"] = (*state.excused, *late)[-EXCUSED_KEPT:]
    return state.model_copy(update=update)


def resume(state: LiveState, now_ms: float, lead_ms: float, *, excusing: bool = False) -> LiveState:
    """Return ``state`` playing, because it no longer has to wait."""
    ended = end(state, now_ms, excusing=excusing)
    return ended.model_copy(update={"playing": True, "at": now_ms + lead_ms})


def change(state: LiveState, command: WaitCommand, now_ms: float, lead_ms: float) -> LiveState:
    """Return the changed state, or ``state`` itself if nothing changes."""
    match command:
        case Ready(members, revision):
            if state.held is None or revision < state.held.since:
                return state
            return _without(state, members, now_ms, lead_ms)
        case Excuse(member):
            return _without(state, frozenset({member}), now_ms, lead_ms)
        case GiveUpWaiting():
            if state.held is None or now_ms < state.held.until:
                return state
            return resume(state, now_ms, lead_ms, excusing=True)
        case LimitWait():
            return _limited(state, command, now_ms, lead_ms)
        case Recover(member):
            if not must_recover(state, member):
                return state
            excused = tuple(other for other in state.excused if other != member)
            costs_s = tuple(cost for cost in state.stall_costs_s if cost[0] != member)
            return state.model_copy(update={"excused": excused, "stall_costs_s": costs_s})
        case Stall():
            return _stalled(state, command, now_ms)


def _without(state: LiveState, members: frozenset[str], now_ms: float, lead_ms: float) -> LiveState:
    held = state.held
    if held is None or not members.intersection(held.pending):
        return state
    pending = tuple(member for member in held.pending if member not in members)
    if not pending:
        return resume(state, now_ms, lead_ms)
    fewer = held.model_copy(update={"pending": pending})
    return state.model_copy(update={"held": fewer, "waiting": _public(fewer)})


def _limited(state: LiveState, limit: LimitWait, now_ms: float, lead_ms: float) -> LiveState:
    held = state.held
    if held is None:
        return state
    is_of_start = held.stalled_at is None
    if limit.wait is Wait.OFF or (limit.wait is Wait.START and not is_of_start):
        return resume(state, now_ms, lead_ms)
    until = now_ms + limit.timeout_s * 1000
    if until >= held.until:
        return state
    shorter = held.model_copy(update={"until": until})
    return state.model_copy(update={"held": shorter, "waiting": _public(shorter)})


def _stalled(state: LiveState, stall: Stall, now_ms: float) -> LiveState:
    """Pause where the stalled player is, so that they miss nothing."""
    # At the end of the converted part everyone waits already.
    stands = not state.playing or now_ms < state.at or state.is_at_growing_end(now_ms)
    of_another_film = stall.revision < state.source_revision
    # Until they have played well, one person's stalls together cost at most one time-out: nobody
    # can stop the film again and again.
    left_s = stall.timeout_s - (_cost_s(state, stall.member) or 0.0)
    if stands or of_another_film or stall.member in state.excused or left_s <= 0:
        return state
    here = state.position_at(now_ms)
    back_s = max(0.0, here - stall.position)
    if back_s > MOST_BACK_S:
        back_s = 0.0
    if state.is_end(here - back_s):
        return state
    held = Held(
        pending=(stall.member,),
        since=state.revision + 1,
        until=now_ms + left_s * 1000,
        stalled_at=now_ms,
    )
    paused = _paused(state, held, here - back_s, now_ms)
    return paused.model_copy(update={"stall_costs_s": _costs_s(state, stall.member, back_s)})


def _cost_s(state: LiveState, member: str) -> float | None:
    return dict(state.stall_costs_s).get(member)


def _costs_s(state: LiveState, member: str, more_s: float) -> tuple[tuple[str, float], ...]:
    """Return the cost of stalls by person, with ``more_s`` added for ``member`` as the newest."""
    others = tuple(cost for cost in state.stall_costs_s if cost[0] != member)
    newest = (member, (_cost_s(state, member) or 0.0) + more_s)
    return (*others, newest)[-EXCUSED_KEPT:]


def _paused(state: LiveState, held: Held, position: float, now_ms: float) -> LiveState:
    update = {"playing": False, "position": position, "at": now_ms}
    return state.model_copy(update={**update, "held": held, "waiting": _public(held)})


def _public(held: Held) -> WaitingFor:
    return WaitingFor(members=list(held.pending[:NAMED]), count=len(held.pending), until=held.until)
