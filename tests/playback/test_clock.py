"""The room clock follows Redis TIME over this process's own clock."""

import pytest

from core import live as live_state
from playback.clock import RoomClock, monotonic_ms, room_clock


async def test_it_follows_the_time_of_redis(live: None) -> None:
    clock = await room_clock()
    async with live_state.reaching_redis("test") as redis:
        before = clock.now_ms()
        seconds, micros = await redis.time()
        after = clock.now_ms()
    redis_ms = seconds * 1000 + micros / 1000
    assert before - 20 <= redis_ms <= after + 20


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
