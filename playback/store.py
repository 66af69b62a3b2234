"""The live playback state in Redis: ``room:{code}:live``, changed by compare-and-set.

What is compared is the whole state (its SHA-1, to send less), so a process may decide on
the one it saw last: if that is still the one in Redis, a change takes one round trip.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from core import live
from core.per_loop import PerLoop
from playback.state import LiveState

FORGOTTEN_AFTER = timedelta(days=30)

_scripts = live.Scripts(Path(__file__).parent / "scripts")
# A busy server decides many commands at once.
_swaps = PerLoop(partial(_scripts.sharing, "swap"))


class Stored(NamedTuple):
    """A state and the text that Redis holds of it."""

    text: str
    state: LiveState

    @classmethod
    def read(cls, text: str) -> "Stored":
        """Return what a text from Redis says."""
        return cls(text, LiveState.model_validate_json(text))

    @classmethod
    def of(cls, state: LiveState) -> "Stored":
        """Return ``state`` with the text that Redis is to hold of it."""
        # Without what is as usual, which is most of it: a third of the bytes to send and compare.
        text = state.model_dump_json(exclude_defaults=True, exclude={"answers"})
        if state.answers:
            answers = ",".join(answer.text for answer in state.answers)
            text = f'{text[:-1]},"answers":[{answers}]}}'
        return cls(text, state)


def live_key(code: str) -> str:
    """Return the key of a room's live state."""
    return f"room:{{{code}}}:live"


async def load(code: str) -> Stored | None:
    """Return what Redis holds of room ``code``, or None when it holds nothing."""
    async with live.reaching_redis("playback") as redis:
        text = await redis.hget(live_key(code), "state")
    return Stored.read(str(text)) if text else None


async def swap(code: str, old: Stored | None, new: Stored) -> tuple[bool, Stored | None]:
    """Store ``new`` if Redis holds ``old``; return whether it did, and what it holds now."""
    async with live.reaching_redis("playback"):
        lost_to = await _swaps.get().call(
            keys=[live_key(code)],
            args=[
                hashlib.sha1(old.text.encode(), usedforsecurity=False).hexdigest() if old else "",
                new.state.revision,
                new.text,
                int(FORGOTTEN_AFTER.total_seconds()),
            ],
        )
    if lost_to is None:
        return True, new
    return False, Stored.read(lost_to) if lost_to else None


async def revisions(codes: Iterable[str]) -> dict[str, int]:
    """Return the revision of each room that has a live state, in one round trip."""
    found = await live.ask_each(
        "playback", codes, lambda each, code: each.hget(live_key(code), "revision")
    )
    return {code: int(value) for code, value in found.items() if value}


async def forget(code: str) -> None:
    """Delete a room's live state."""
    async with live.reaching_redis("playback") as redis:
        await redis.delete(live_key(code))
