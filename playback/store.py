"""The live playback state in Redis: ``room:{code}:live``, changed by compare-and-set."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from core import live
from core.errors import StreamItError
from playback.state import Outcome, PlaybackState, Verdict

FORGOTTEN_AFTER = timedelta(days=30)
# Each lost race means that someone else won it, so many attempts mean a very busy room.
MAX_ATTEMPTS = 50

_scripts = live.Scripts(Path(__file__).parent / "scripts")


class NoLiveState(StreamItError):
    """The room has no live state, or only an older one than was told: Redis lost it."""

    status = 404
    code = "no_live_state"


class TooBusy(live.LiveStateUnavailable):
    """The state changed again and again while a command was decided."""


def live_key(code: str) -> str:
    """Return the key of a room's live state."""
    return f"room:{{{code}}}:live"


async def load(code: str) -> PlaybackState | None:
    """Return the live state of room ``code``, or None when there is none."""
    async with live.reaching_redis("playback") as redis:
        text = await redis.hget(live_key(code), "state")
    return PlaybackState.model_validate_json(text) if text else None


async def create(
    code: str, state: PlaybackState, *, instead_of: PlaybackState | None = None
) -> bool:
    """Store the first state of a room, or one in place of another; False on a lost race."""
    return await _swap(code, instead_of.revision if instead_of else 0, state)


async def update(
    code: str, decide: Callable[[PlaybackState], Outcome], *, at_least: int = 0
) -> Outcome:
    """Load the state, decide, and store the result if it is new; again on a lost race.

    ``decide`` must be pure, since it may be called several times; ``at_least`` is a revision
    that there has been. Raises NoLiveState.
    """
    for _ in range(MAX_ATTEMPTS):
        state = await load(code)
        if state is None or state.revision < at_least:
            raise NoLiveState
        outcome = decide(state)
        if outcome.verdict is not Verdict.APPLIED:
            return outcome
        if await _swap(code, state.revision, outcome.state):
            return outcome
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
    async with live.reaching_redis("playback") as redis:
        await redis.delete(live_key(code))


async def _swap(code: str, expected_revision: int, state: PlaybackState) -> bool:
    async with live.reaching_redis("playback") as redis:
        swapped = await _scripts.bind(redis, "swap")(
            keys=[live_key(code)],
            args=[
                expected_revision,
                state.revision,
                state.model_dump_json(),
                int(FORGOTTEN_AFTER.total_seconds()),
            ],
        )
    return bool(swapped)
