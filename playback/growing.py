"""Playing a film that is still being converted, up to the end of the finished part. Pure.

A room at the end of the finished part still counts as playing, and its position stays there:
nobody has commanded a pause. It continues by itself once enough more is finished.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playback.state import LiveState

# The room continues once this much more is finished.
AHEAD_S = 12.0
# Players look for new segments every few seconds, so a room that waits for them starts no sooner.
LEAD_MS = 6_000.0


def change(state: "LiveState", until_s: float | None, now_ms: float, lead_ms: float) -> "LiveState":
    """Return ``state`` after the film has been converted up to ``until_s``; None: all of it.

    A room that waits for it continues after ``lead_ms``.
    """
    if until_s == state.made_until:
        return state
    here = state.position_at(now_ms)
    stands = state.is_at_growing_end(now_ms)
    if stands and until_s is not None and here <= until_s < here + AHEAD_S:
        return state
    update: dict[str, Any] = {"made_until": until_s}
    if stands:
        update |= {"position": here, "at": now_ms + lead_ms}
    elif state.playing and until_s is not None and until_s < here:
        # The conversion started again: the room waits where it is.
        update |= {"position": here, "at": now_ms}
    return state.model_copy(update=update)
