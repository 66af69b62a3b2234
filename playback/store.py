"""The live playback state in Redis: ``room:{code}:live``, changed by compare-and-set.

The whole state is compared, by its SHA-1 to send less. So a process can decide on its last known
state, and a change takes one round trip if that is still the state in Redis.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from core import live, live_values
from core.live_scripts import Scripts
from core.per_loop import PerLoop
from playback.clock import RoomClock, room_clock
from playback.state import LiveState

FORGOTTEN_AFTER = timedelta(days=30)
# The script's answer to a change for which nobody waits any more.
_LATE = 0

_scripts = Scripts(Path(__file__).parent / "scripts")
# A busy server handles many commands at the same time.
_swaps = PerLoop(partial(_scripts.sharing, "swap"))


class Stored(NamedTuple):
    """A state, and its text in Redis."""

    text: str
    state: LiveState

    @classmethod
    def read(cls, text: str) -> "Stored":
        """Parse a text from Redis."""
        return cls(text, LiveState.model_validate_json(text).with_sources())

    @classmethod
    def of(cls, state: LiveState) -> "Stored":
        """Return ``state`` with its text for Redis."""
        # Without defaults, which are most of it: a third of the bytes to send and compare.
        text = state.model_dump_json(exclude_defaults=True, exclude={"answers"})
        if state.answers:
            text = f'{text[:-1]},"answers":[{state.answers_text()}]}}'
        return cls(text, state)


def live_key(code: str) -> str:
    """Return the key of a room's live state."""
    return f"room:{{{code}}}:live"


async def load(code: str) -> Stored | None:
    """Return the stored state of room ``code``, or None if Redis has none that can be read."""
    return await live_values.load("playback", live_key(code), "state", Stored.read)


async def load_each(codes: Iterable[str]) -> dict[str, LiveState]:
    """Return what Redis holds of those rooms of which it holds what can be read.

    In one round trip, unless something cannot be read.
    """
    found = await live.query_each(
        "playback",
        codes,
        lambda each, code: each.hget(live_key(code), "state"),
        lambda text: str(text or ""),
    )
    readable = {
        code: await live_values.readable("playback", live_key(code), "state", text, Stored.read)
        for code, text in found.items()
    }
    return {code: stored.state for code, stored in readable.items() if stored}


async def swap(code: str, old: Stored | None, new: Stored) -> tuple[bool, Stored | None]:
    """Store ``new`` if Redis still holds ``old``; return whether it did, and what it holds now.

    A Redis that stood still stores nothing later for which nobody waits any more. Else a pause
    would come when its room is minutes further. If the connection breaks, Redis is asked again
    whether it was only the answer that was lost. LiveStateUnavailable leaves one doubt: the state
    may have been stored if that fails too, or if Redis stood still just before it answered.
    """
    clock = await room_clock()
    try:
        found = await _swap(code, old, new, clock)
    except live.LiveStateUnavailable as error:
        if not error.may_be_done:
            raise
        found = await _swap(code, old, new, clock)
        if found == new.text:
            return True, new
    if found == _LATE:
        # It came in time, so it is the clock of Redis that has been set.
        await clock.measure()
        found = await _swap(code, old, new, clock)
    if found == _LATE:
        raise live.LiveStateUnavailable
    if found is None:
        return True, new
    return False, await live_values.readable(
        "playback", live_key(code), "state", found, Stored.read
    )


async def _swap(code: str, old: Stored | None, new: Stored, clock: RoomClock) -> Any:
    async with live.reaching_redis("playback"):
        return await _swaps.get().call(
            keys=[live_key(code)],
            args=[
                hashlib.sha1(old.text.encode(), usedforsecurity=False).hexdigest() if old else "",
                new.state.revision,
                new.text,
                int(FORGOTTEN_AFTER.total_seconds()),
                clock.answered_until_ms(),
            ],
        )


async def revisions(codes: Iterable[str]) -> dict[str, int]:
    """Return the revision of each room that has a live state, in one round trip."""
    found = await live.query_each(
        "playback",
        codes,
        lambda each, code: each.hget(live_key(code), "revision"),
        lambda revision: int(revision or 0),
    )
    return {code: revision for code, revision in found.items() if revision}


async def forget(code: str) -> None:
    """Delete a room's live state."""
    async with live.reaching_redis("playback") as redis:
        await redis.delete(live_key(code))
