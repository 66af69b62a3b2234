"""The live playback state in Redis: ``room:{code}:live``, changed by compare-and-set.

What is compared is the whole state, so a process may decide on the one it saw last: if that
is still the one in Redis, a change takes one trip.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from core import live
from core.errors import StreamItError
from playback.state import LiveState, Outcome, Verdict

FORGOTTEN_AFTER = timedelta(days=30)
# Each lost race means that someone else won it, so many attempts mean a very busy room.
MAX_ATTEMPTS = 50
# The rooms whose states are remembered, some kilobytes each.
REMEMBERED_ROOMS = 2000

_scripts = live.Scripts(Path(__file__).parent / "scripts")


class _Stored(NamedTuple):
    """A state and the text that Redis holds of it."""

    text: str
    state: LiveState


# What this process read or wrote last, by room code; the latest is the last.
_seen: dict[str, _Stored] = {}


class NoLiveState(StreamItError):
    """The room has no live state, or only an older one than was told: Redis lost it."""

    status = 404
    code = "no_live_state"


class TooBusy(live.LiveStateUnavailable):
    """The state changed again and again while a command was decided."""


def live_key(code: str) -> str:
    """Return the key of a room's live state."""
    return f"room:{{{code}}}:live"


async def load(code: str) -> LiveState | None:
    """Return the live state of room ``code``, or None when there is none."""
    stored = await _load(code)
    return stored.state if stored else None


async def create(code: str, state: LiveState, *, instead_of: LiveState | None = None) -> bool:
    """Store the first state of a room, or one in place of another; False on a lost race."""
    old = _seen.get(code) if instead_of else None
    if instead_of and (old is None or old.state != instead_of):
        return False
    swapped, _ = await _swap(code, old, state)
    return swapped


async def update(
    code: str, decide: Callable[[LiveState], Outcome], *, at_least: int = 0
) -> Outcome:
    """Decide on the live state and store the result if it is new; again on a lost race.

    ``decide`` must be pure, since it may be called several times; ``at_least`` is a revision
    that there has been. Raises NoLiveState.
    """
    stored = _seen.get(code)
    # What was seen is proven true by the swap, and without a change there is none.
    outcome = decide(stored.state) if stored and stored.state.revision >= at_least else None
    if outcome is None or outcome.verdict is not Verdict.APPLIED:
        stored, outcome = await _load(code), None
    for _ in range(MAX_ATTEMPTS):
        if stored is None or stored.state.revision < at_least:
            raise NoLiveState
        outcome = outcome or decide(stored.state)
        if outcome.verdict is not Verdict.APPLIED:
            return outcome
        swapped, stored = await _swap(code, stored, outcome.state)
        if swapped:
            return outcome
        outcome = None
    raise TooBusy


async def revisions(codes: Iterable[str]) -> dict[str, int]:
    """Return the revision of each room that has a live state, in one round trip."""
    codes = list(codes)
    async with live.reaching_redis("playback") as redis:
        pipeline = redis.pipeline(transaction=False)
        for code in codes:
            pipeline.hget(live_key(code), "revision")
        found = await pipeline.execute()
    return {code: int(value) for code, value in zip(codes, found, strict=True) if value}


async def forget(code: str) -> None:
    """Delete a room's live state."""
    _see(code, "")
    async with live.reaching_redis("playback") as redis:
        await redis.delete(live_key(code))


async def _load(code: str) -> _Stored | None:
    async with live.reaching_redis("playback") as redis:
        return _see(code, str(await redis.hget(live_key(code), "state") or ""))


async def _swap(code: str, old: _Stored | None, new: LiveState) -> tuple[bool, _Stored | None]:
    """Store ``new`` if Redis holds ``old``; return whether it did, and what it holds now."""
    text = new.model_dump_json()
    async with live.reaching_redis("playback") as redis:
        lost_to = await _scripts.bind(redis, "swap")(
            keys=[live_key(code)],
            args=[
                old.text if old else "",
                new.revision,
                text,
                int(FORGOTTEN_AFTER.total_seconds()),
            ],
        )
    if lost_to is not None:
        return False, _see(code, lost_to)
    return True, _see(code, text, new)


def _see(code: str, text: str, state: LiveState | None = None) -> _Stored | None:
    """Remember what Redis holds of a room; an empty text is no state."""
    _seen.pop(code, None)
    if not text:
        return None
    stored = _Stored(text, state or LiveState.model_validate_json(text))
    _seen[code] = stored
    if len(_seen) > REMEMBERED_ROOMS:
        del _seen[next(iter(_seen))]
    return stored
