"""The room clock: Redis ``TIME``, followed over this process's monotonic clock.

Every process answers in this time, so two servers whose own clocks differ agree.
"""

import asyncio
import time
import weakref

from core import live

SAMPLES = 8


def monotonic_ms() -> float:
    """Return this process's monotonic clock in milliseconds."""
    return time.monotonic_ns() / 1e6


class RoomClock:
    """Redis time as ``now_ms()``, from the offset measured by the quickest of some trips.

    Call ``measure`` before the first ``now_ms`` and again every few seconds, because two
    clocks drift apart. A trip of r ms bounds the error by r / 2 (Cristian, 1989,
    https://en.wikipedia.org/wiki/Cristian%27s_algorithm).
    """

    def __init__(self) -> None:
        self._offset_ms: float | None = None

    @property
    def measured(self) -> bool:
        """Whether there has been a measurement yet."""
        return self._offset_ms is not None

    def now_ms(self) -> float:
        """Return room time in ms since the epoch; raise LiveStateUnavailable before any."""
        if self._offset_ms is None:
            raise live.LiveStateUnavailable
        return monotonic_ms() + self._offset_ms

    async def measure(self) -> None:
        """Measure the offset anew; raise LiveStateUnavailable and keep the old one."""
        best_trip_ms = float("inf")
        best_offset_ms = 0.0
        async with live.reaching_redis("clock") as redis:
            for _ in range(SAMPLES):
                sent = monotonic_ms()
                seconds, micros = await redis.time()
                received = monotonic_ms()
                if received - sent < best_trip_ms:
                    best_trip_ms = received - sent
                    best_offset_ms = seconds * 1000 + micros / 1000 - (sent + received) / 2
        self._offset_ms = best_offset_ms


_clocks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, RoomClock] = (
    weakref.WeakKeyDictionary()
)


async def room_clock() -> RoomClock:
    """Return this event loop's clock, measured at least once."""
    clock = _clocks.setdefault(asyncio.get_running_loop(), RoomClock())
    if not clock.measured:
        await clock.measure()
    return clock
