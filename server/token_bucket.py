"""A rate limit for one socket. Pure: the time is passed in."""


class TokenBucket:
    """A token bucket of ``burst`` messages, refilled at ``per_second``."""

    __slots__ = ("_at_s", "_burst", "_per_second", "_tokens")

    def __init__(self, *, burst: int, per_second: float, now_s: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = float(burst)
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """Take a token; False if there is none."""
        refilled = self._tokens + (now_s - self._at_s) * self._per_second
        self._tokens, self._at_s = min(self._burst, refilled), now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
