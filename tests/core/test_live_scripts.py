"""Calls of a script that travel together to a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import ResponseError

from core import live as redis_live
from core import live_scripts
from core.live_scripts import Scripts, SharedRoundTrips
from tests.support.waiting import eventually

COUNT = """
if ARGV[1] == 'wrong' then
  return redis.error_reply('REFUSED as asked')
end
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


@pytest.fixture
def trips(tmp_path: Path, live: None) -> SharedRoundTrips:
    (tmp_path / "count.lua").write_text(COUNT)
    return Scripts(tmp_path).sharing("count")


async def count(trips: SharedRoundTrips, name: str, by: int | str) -> int:
    return int(await trips.call(keys=[name], args=[by]))


async def test_each_of_many_calls_at_once_gets_its_own_answer(
    trips: SharedRoundTrips,
) -> None:
    found = await asyncio.gather(*(count(trips, f"of {n}", n) for n in range(1, 40)))
    assert found == list(range(1, 40))


async def test_calls_on_one_key_happen_in_their_order(trips: SharedRoundTrips) -> None:
    assert await asyncio.gather(*(count(trips, "one", 1) for _ in range(20))) == list(range(1, 21))


async def test_what_comes_during_a_round_trip_goes_with_the_next(
    trips: SharedRoundTrips,
) -> None:
    async def calls() -> int:
        stats = await redis_live.client().info("commandstats")
        return int(stats["cmdstat_evalsha"]["calls"])

    async def reads() -> int:
        return int((await redis_live.client().info("stats"))["total_reads_processed"])

    await count(trips, "warm", 1)
    calls_before, reads_before = await calls(), await reads()
    await asyncio.gather(*(count(trips, f"k{n}", 1) for n in range(50)))
    assert await calls() - calls_before == 50
    assert await reads() - reads_before < 10


async def test_calls_one_after_the_other_keep_one_connection_until_the_end(
    trips: SharedRoundTrips, valkey_socket: Path
) -> None:
    with redis.Redis(unix_socket_path=str(valkey_socket)) as other:

        def connections() -> set[str]:
            return {str(each["id"]) for each in other.client_list()}

        async def are_closed() -> bool:
            return connections() == before

        before = connections()
        # Redis does not know the script yet, so the first call is made again elsewhere.
        assert await count(trips, "one", 1) == 1
        kept = connections()
        for n in range(2, 6):
            assert await count(trips, "one", 1) == n
            assert connections() == kept
        await redis_live.close()
        await eventually(are_closed)


async def test_a_call_that_is_refused_fails_alone(trips: SharedRoundTrips) -> None:
    asked = [count(trips, "a", 1), count(trips, "b", "wrong"), count(trips, "c", 3)]
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert (first, third) == (1, 3)
    assert isinstance(second, ResponseError)


async def test_a_call_that_cannot_be_sent_fails_alone(trips: SharedRoundTrips) -> None:
    asked = [count(trips, "a", 1), count(trips, "\ud800", 2), count(trips, "c", 3)]
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert (first, third) == (1, 3)
    assert isinstance(second, UnicodeEncodeError)


async def test_a_caller_who_gives_up_takes_nobody_with_them(
    trips: SharedRoundTrips,
) -> None:
    callers = [asyncio.create_task(count(trips, f"k{n}", n)) for n in range(1, 6)]
    await asyncio.sleep(0)
    callers[0].cancel()
    callers[2].cancel()
    found = await asyncio.gather(*callers, return_exceptions=True)
    assert [found[n] for n in (1, 3, 4)] == [2, 4, 5]
    assert await count(trips, "after", 1) == 1


@pytest.fixture
async def hung(
    valkey_socket: Path, settings: Any, trips: SharedRoundTrips
) -> AsyncIterator[asyncio.Event]:
    """Set once the first connection has been spoken to, which never answers; others work."""
    spoken_to = asyncio.Event()
    connections = 0

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await reader.read(1)
            spoken_to.set()
            await reader.read()
            writer.close()
            return
        back, there = await asyncio.open_unix_connection(str(valkey_socket))
        await asyncio.gather(_copy(reader, there), _copy(back, writer))

    async with await asyncio.start_server(pass_on, "127.0.0.1") as proxy:
        port = proxy.sockets[0].getsockname()[1]
        settings.REDIS_URL = f"redis://127.0.0.1:{port}"
        yield spoken_to
        await redis_live.close()


async def test_a_connection_that_hangs_holds_up_only_who_travels_on_it(
    trips: SharedRoundTrips, hung: asyncio.Event
) -> None:
    stuck = asyncio.create_task(count(trips, "a", 1))
    await hung.wait()
    # Long before it is clear that the other hangs, and nobody calls later.
    assert await count(trips, "b", 2) == 2
    assert not stuck.done()
    stuck.cancel()


async def test_a_connection_beside_one_that_hung_is_closed_when_both_have_answered(
    trips: SharedRoundTrips, valkey_socket: Path
) -> None:
    with redis.Redis(unix_socket_path=str(valkey_socket)) as other:
        assert await count(trips, "a", 1) == 1
        before = {str(each["id"]) for each in other.client_list()}
        other.client_pause(300)
        first = asyncio.create_task(count(trips, "a", 1))
        await asyncio.sleep(0)
        assert list(await asyncio.gather(first, count(trips, "b", 1))) == [2, 1]

        async def is_as_before() -> bool:
            return len(other.client_list()) == len(before)

        await eventually(is_as_before)


async def test_who_waits_for_a_connection_that_hangs_is_told_so_and_the_next_takes_another(
    trips: SharedRoundTrips, hung: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_scripts, "ANSWER_S", 0.05)
    with pytest.raises(redis_live.LiveStateUnavailable):
        async with redis_live.reaching_redis("test"):
            await count(trips, "a", 1)
    assert hung.is_set()
    assert await count(trips, "b", 2) == 2


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_scripts_that_redis_has_forgotten_are_loaded_and_run_once(
    trips: SharedRoundTrips,
) -> None:
    await count(trips, "k0", 1)
    await redis_live.client().script_flush()
    assert await asyncio.gather(*(count(trips, f"k{n}", 1) for n in range(8))) == [2] + [1] * 7
