"""The room clock follows Redis TIME over this process's own clock."""

from collections.abc import Callable

import pytest

import playback.clock
from core import live as live_state
from playback.clock import STEP_MS, RoomClock, monotonic_ms, room_clock


async def test_it_follows_the_time_of_redis(live: None) -> None:
    clock = await room_clock()
    async with live_state.reaching_redis("test") as redis:
        before = clock.now_ms()
        seconds, micros = await redis.time()
        after = clock.now_ms()
    redis_ms = seconds * 1000 + micros / 1000
    assert before - 200 <= redis_ms <= after + 200


async def test_one_event_loop_has_one_clock(live: None) -> None:
    assert await room_clock() is await room_clock()


async def test_before_the_first_measurement_there_is_no_time() -> None:
    clock = RoomClock()
    assert not clock.measured
    with pytest.raises(live_state.LiveStateUnavailable):
        clock.now_ms()


async def test_a_failed_measurement_keeps_the_old_time(
    live: None, settings: object, tmp_path: object
) -> None:
    clock = RoomClock()
    await clock.measure()
    await live_state.close()
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"  # type: ignore[attr-defined]
    offset_ms = clock.now_ms() - monotonic_ms()
    with pytest.raises(live_state.LiveStateUnavailable):
        await clock.measure()
    assert clock.now_ms() - monotonic_ms() == pytest.approx(offset_ms, abs=5)


HOUR_MS = 3_600_000.0
Jump = Callable[[float], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Set Redis TIME by some ms, as this process sees it: its own clock is set back."""
    total_ms = 0.0

    def by(ms: float) -> None:
        nonlocal total_ms
        total_ms += ms
        shift_ms = total_ms
        monkeypatch.setattr(playback.clock, "monotonic_ms", lambda: monotonic_ms() - shift_ms)

    return by


def offset_ms(clock: RoomClock) -> float:
    """Return room time minus this process's own; a jump of room time is a change of it."""
    return clock.now_ms() - playback.clock.monotonic_ms()


def same_as(ms: float) -> object:
    """Allow for slow round trips to Redis on a busy machine."""
    return pytest.approx(ms, abs=STEP_MS / 4)


async def measured() -> RoomClock:
    clock = RoomClock()
    await clock.measure()
    return clock


async def forget_everything() -> None:
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()


@pytest.mark.parametrize("ms", [HOUR_MS, -HOUR_MS, 2_000.0])
async def test_room_time_does_not_jump_with_the_time_of_redis(
    live: None, jump: Jump, ms: float
) -> None:
    clock, other = await measured(), await measured()
    jump(ms)
    before_ms = offset_ms(clock)
    await clock.measure()
    assert offset_ms(clock) == same_as(before_ms)
    await other.measure()
    late = await measured()
    for agreeing in (other, late):
        await agreeing.measure()
        assert offset_ms(agreeing) == same_as(offset_ms(clock))


async def test_one_who_came_after_a_jump_takes_the_correction_over(live: None, jump: Jump) -> None:
    clock = await measured()
    jump(HOUR_MS)
    early = await measured()
    await clock.measure()
    await early.measure()
    assert offset_ms(early) == same_as(offset_ms(clock))
    await clock.measure()
    assert offset_ms(early) == same_as(offset_ms(clock))


async def test_two_jumps_do_not_make_it_jump_either(live: None, jump: Jump) -> None:
    clock = await measured()
    for ms in (HOUR_MS, -2 * HOUR_MS):
        jump(ms)
        before_ms = offset_ms(clock)
        await clock.measure()
        assert offset_ms(clock) == same_as(before_ms)
    assert offset_ms(await measured()) == same_as(offset_ms(clock))


async def test_a_small_step_is_followed(live: None, jump: Jump) -> None:
    clock = await measured()
    jump(STEP_MS / 2)
    before_ms = offset_ms(clock)
    await clock.measure()
    assert offset_ms(clock) == same_as(before_ms + STEP_MS / 2)


async def test_a_lost_correction_is_stored_again(live: None, jump: Jump) -> None:
    clock, other = await measured(), await measured()
    jump(HOUR_MS)
    before_ms = offset_ms(clock)
    await clock.measure()
    await other.measure()
    await forget_everything()
    await clock.measure()
    await other.measure()
    for agreeing in (clock, other, await measured()):
        assert offset_ms(agreeing) == same_as(before_ms)
