"""A process notices that it stood still, and what it was asked for before is refused."""

import asyncio
from dataclasses import dataclass, field

import pytest

from core.pulse import BACKLOG_S, STOOD_STILL_S, Late, Pulse, refuse_late


@dataclass
class Watched:
    """A pulse, the time by which it goes, and when it noticed a standstill."""

    now_s: float = 1000.0
    noticed_at_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pulse = Pulse(
            lambda: self.noticed_at_s.append(self.now_s - 1000), now_s=lambda: self.now_s
        )

    def goes_on_after(self, still_s: float) -> None:
        self.now_s += still_s


@pytest.fixture
def watched() -> Watched:
    return Watched()


async def test_a_standstill_is_noticed_once(watched: Watched) -> None:
    for pause_s in (0.5, STOOD_STILL_S, STOOD_STILL_S + 0.1, 0.1):
        watched.goes_on_after(pause_s)
        watched.pulse.check()
    assert watched.noticed_at_s == [pytest.approx(0.5 + STOOD_STILL_S + STOOD_STILL_S + 0.1)]


async def test_what_was_received_before_a_standstill_is_refused_at_its_first_moment_and_later(
    watched: Watched,
) -> None:
    watched.pulse.receive()
    watched.goes_on_after(STOOD_STILL_S)
    refuse_late()
    watched.goes_on_after(0.1)
    # A thread may go on before the event loop has noticed anything.
    with pytest.raises(Late):
        await asyncio.to_thread(refuse_late)
    watched.pulse.check()
    with pytest.raises(Late):
        refuse_late()


async def test_what_is_received_after_a_standstill_is_done(watched: Watched) -> None:
    watched.goes_on_after(60)
    watched.pulse.receive()
    refuse_late()


async def test_requests_are_refused_while_they_may_have_come_during_a_standstill(
    watched: Watched,
) -> None:
    watched.pulse.receive_request()
    refuse_late()
    watched.goes_on_after(60)
    for _ in range(2):
        watched.pulse.receive_request()
        with pytest.raises(Late):
            refuse_late()
        watched.goes_on_after(BACKLOG_S / 2)
    watched.pulse.receive_request()
    refuse_late()


async def test_what_nobody_asked_for_is_never_late(watched: Watched) -> None:
    watched.goes_on_after(60)
    refuse_late()
