"""The room clock: Redis ``TIME``, extrapolated with this process's monotonic clock.

Every process uses this time, so servers whose own clocks differ agree. ``TIME`` itself may jump,
because an operator or a time service set that machine's clock or another Redis took over. Room time
must not: films would jump with it, and every deadline would be due at once. The first process that
notices stores by how much room time is ahead of ``TIME`` from now on, and the others use that too.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from core import live
from core.live_scripts import Scripts
from core.per_loop import PerLoop

SAMPLES = 8
# Smaller differences are followed: time services slew, and clocks of two machines drift apart.
STEP_MS = 500.0
CORRECTION = "clock"

_scripts = Scripts(Path(__file__).parent / "scripts")
# A clock that keeps running while the machine is suspended, as on the other machines.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def monotonic_ms() -> float:
    """Return this process's monotonic clock in milliseconds."""
    return time.clock_gettime_ns(_CLOCK) / 1e6


def monotonic_s() -> float:
    """Return the same in seconds. The clock of an event loop stands still during a suspension."""
    return monotonic_ms() / 1000


@dataclass(frozen=True, slots=True)
class Correction:
    """How far room time is ahead of Redis ``TIME``; ``number`` counts the jumps."""

    number: int = 0
    ahead_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Redis ``TIME`` minus this process's clock, measured in a round trip of ``trip_ms``."""

    offset_ms: float
    trip_ms: float
    correction: Correction


class RoomClock:
    """Room time as ``now_ms()``, from the offset measured in the quickest of some round trips.

    Call ``measure`` before the first ``now_ms`` and again every few seconds, because two
    clocks drift apart. A round trip of r ms bounds the error by r / 2 (Cristian, 1989,
    https://en.wikipedia.org/wiki/Cristian%27s_algorithm).
    """

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self._correction = Correction()

    @property
    def measured(self) -> bool:
        """Whether there has been a measurement."""
        return self._offset_ms is not None

    def now_ms(self) -> float:
        """Return room time in ms since the epoch; raise LiveStateUnavailable if never measured."""
        if self._offset_ms is None:
            raise live.LiveStateUnavailable
        return monotonic_ms() + self._offset_ms

    def answered_until_ms(self) -> float:
        """Return until when somebody waits for the answer to what is sent now, as Redis TIME."""
        return self.now_ms() - self._correction.ahead_ms + live.ANSWER_S * 1000

    async def measure(self) -> None:
        """Measure the offset again; on failure keep the old one and raise LiveStateUnavailable."""
        sample = await _quickest_sample()
        if self._offset_ms is None or sample.correction.number > self._correction.number:
            # This is our first measurement, or another process noticed a jump before us.
            self._take(sample, sample.correction)
            return
        known = self._correction
        jump_ms = sample.offset_ms + known.ahead_ms - self._offset_ms
        jumped = abs(jump_ms) > STEP_MS + sample.trip_ms / 2
        if not jumped and sample.correction.number == known.number:
            self._take(sample, known)
            return
        # TIME has jumped, or Redis has lost the stored correction.
        ahead_ms = known.ahead_ms - jump_ms if jumped else known.ahead_ms
        mended = Correction(known.number + 1, ahead_ms)
        if await _store(mended, instead_of=sample.correction):
            self._take(sample, mended)
        # Otherwise another process was quicker; the next measurement takes its correction.

    def _take(self, sample: Sample, correction: Correction) -> None:
        self._correction = correction
        self._offset_ms = sample.offset_ms + correction.ahead_ms


async def _quickest_sample() -> Sample:
    samples = []
    async with live.reaching_redis("clock") as redis:
        for _ in range(SAMPLES):
            pipeline = redis.pipeline(transaction=False)
            pipeline.time()
            pipeline.hmget(CORRECTION, ["number", "ahead_ms"])
            sent = monotonic_ms()
            (seconds, micros), (number, ahead_ms) = await pipeline.execute()
            received = monotonic_ms()
            samples.append(
                Sample(
                    offset_ms=seconds * 1000 + micros / 1000 - (sent + received) / 2,
                    trip_ms=received - sent,
                    correction=Correction(int(number or 0), float(ahead_ms or 0)),
                )
            )
    return min(samples, key=lambda sample: sample.trip_ms)


async def _store(correction: Correction, *, instead_of: Correction) -> bool:
    """Store a correction unless another process has stored one meanwhile."""
    async with live.reaching_redis("clock") as redis:
        stored = await _scripts.bind(redis, "correct")(
            keys=[CORRECTION],
            args=[instead_of.number, correction.number, correction.ahead_ms],
        )
    return bool(stored)


_clocks = PerLoop(RoomClock)


async def room_clock() -> RoomClock:
    """Return this event loop's clock, measured at least once."""
    clock = _clocks.get()
    if not clock.measured:
        await clock.measure()
    return clock
