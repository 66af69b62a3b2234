"""Leases in a real Valkey: who is present, and who no longer is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core import live as live_state
from presence import store
from presence.roster import Person
from presence.store import Full, Lease, Released
from tests.faults.rig import Valkey
from tests.support.waiting import eventually

CODE = "bcdfgh2345"
NOW, LEASE = 1_790_000_000_000.0, 12_000.0


def lease(person: str, connection: str = "c1") -> Lease:
    return Lease(CODE, person, connection, person.title())


async def hold(person: str, connection: str = "c1", *, at: float = NOW, capacity: int = 0) -> int:
    held = await store.hold(lease(person, connection), now_ms=at, lease_ms=LEASE, capacity=capacity)
    return held.count


async def names(*, at_most: int = 100, always: tuple[str, ...] = ()) -> list[str]:
    _, snapshot = await store.snapshot(CODE, at_most=at_most, always=always)
    return [person.id for person in snapshot.people]


async def awaited() -> frozenset[str]:
    """Return on which connections the one who is here is waited for."""
    _, snapshot = await store.snapshot(CODE, at_most=100)
    [person] = snapshot.people
    return person.awaited_on


async def keys() -> set[str]:
    async with live_state.reaching_redis("test") as redis:
        return {str(key) for key in await redis.keys("*")}


@pytest_asyncio.fixture(autouse=True)
async def _nobody(live: None) -> AsyncIterator[None]:
    yield
    await live_state.close()


async def test_a_room_that_someone_has_entered_meanwhile_stays_watched() -> None:
    await hold("ana")
    await store.release(lease("ana"))
    await store.release_expired(CODE, now_ms=NOW)
    # Ben comes after the room was found empty, and their server is killed at once.
    await hold("ben")
    await store.stop_watching(CODE)
    assert await store.rooms_with_expired_leases(now_ms=NOW + LEASE + 1) == [CODE]
    await store.release_expired(CODE, now_ms=NOW + LEASE + 1)
    await store.stop_watching(CODE)
    assert await store.rooms_with_expired_leases(now_ms=NOW + 10 * LEASE) == []


async def test_people_are_listed_longest_present_first() -> None:
    assert await hold("ana", at=NOW) == 1
    assert await hold("ben", at=NOW + 2) == 2
    assert await hold("cem", at=NOW + 1) == 3
    assert await names() == ["ana", "cem", "ben"]
    assert await store.counts([CODE, "none"]) == {CODE: 3, "none": 0}
    assert await store.present(CODE) == {"ana", "ben", "cem"}
    assert await store.is_present(CODE, "ana")
    assert not await store.is_present(CODE, "dua")


async def test_who_left_is_known_for_ten_minutes() -> None:
    for connection in ("c1", "c2"):
        await hold("ana", connection)
    await store.release(lease("ana"))
    assert not await store.has_just_left(CODE, "ana"), "they are here by another connection"
    await store.release(lease("ana", "c2"))
    await hold("ben")
    await store.release_expired(CODE, now_ms=NOW + LEASE + 1)
    for person, left in {"ana": True, "ben": True, "cem": False}.items():
        assert await store.has_just_left(CODE, person) is left
    async with live_state.reaching_redis("test") as redis:
        await redis.zincrby(store.key(CODE, "left"), -store.JUST_LEFT_MS, "ana")
        assert 540 < await redis.ttl(store.key(CODE, "left")) <= 600
    assert not await store.has_just_left(CODE, "ana")
    await hold("ben")
    await store.release(lease("ben"))
    async with live_state.reaching_redis("test") as redis:
        assert await redis.zrange(store.key(CODE, "left"), 0, -1) == ["ben"]


async def test_a_room_is_known_to_be_occupied_since_it_was_last_empty() -> None:
    assert await store.occupied_since_ms(CODE) is None
    for number, person in enumerate(("ana", "ben", "cem")):
        await hold(person, at=NOW + number)
        if number:
            await store.release(lease(("ana", "ben", "cem")[number - 1]))
        assert await store.occupied_since_ms(CODE) == NOW
    assert await store.is_any_present(CODE, ["ana", "cem"])
    assert not await store.is_any_present(CODE, ["ana", "ben"])
    await store.release(lease("cem"))
    assert await store.occupied_since_ms(CODE) is None
    await hold("dua", at=NOW + 9)
    assert await store.occupied_since_ms(CODE) == NOW + 9
    await store.forget(CODE)
    assert await store.occupied_since_ms(CODE) is None


async def test_a_room_that_an_older_version_filled_is_occupied_since_its_first_came() -> None:
    await hold("ana", at=NOW)
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(store.key(CODE, "occupied_since"))
    await hold("ben", at=NOW + 5)
    assert await store.occupied_since_ms(CODE) == NOW


async def test_one_person_with_several_sockets_is_one_person() -> None:
    assert [await hold("ana", "c1"), await hold("ana", "c2", at=NOW + 5)] == [1, 1]
    assert await store.release(lease("ana", "c1")) == Released((), 1)
    assert await names() == ["ana"]
    assert await store.release(lease("ana", "c2")) == Released(("ana",), 0)
    assert await names() == []


async def test_giving_a_lease_up_twice_counts_once() -> None:
    await hold("ana", "c1")
    await hold("ana", "c2")
    await store.release(lease("ana", "c1"))
    assert await store.release(lease("ana", "c1")) == Released((), 1)
    assert await names() == ["ana"]


async def test_the_last_place_goes_to_one_of_many() -> None:
    await hold("ana", capacity=2)
    found = await asyncio.gather(
        *(hold(f"p{n}", capacity=2) for n in range(10)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["Full"] * 9 + ["int"]
    assert await store.counts([CODE]) == {CODE: 2}


async def test_who_is_in_a_full_room_may_open_another_socket() -> None:
    await hold("ana", "c1", capacity=1)
    await hold("ana", "c2", capacity=1)
    with pytest.raises(Full):
        await hold("ben", capacity=1)


async def test_leases_that_nobody_renews_expire() -> None:
    await hold("ana", "c1", at=NOW)
    await hold("ben", "c1", at=NOW + 5_000)
    assert await store.rooms_with_expired_leases(now_ms=NOW + LEASE - 1) == []
    assert await store.rooms_with_expired_leases(now_ms=NOW + LEASE + 1) == [CODE]
    released = await store.release_expired(CODE, now_ms=NOW + LEASE + 1)
    assert released == Released(("ana",), 1)
    # It is looked at again when the next lease may end.
    assert await store.rooms_with_expired_leases(now_ms=NOW + LEASE + 4_999) == []
    assert await store.rooms_with_expired_leases(now_ms=NOW + LEASE + 5_001) == [CODE]


async def test_one_expired_socket_of_two_keeps_the_person() -> None:
    await hold("ana", "c1", at=NOW)
    await hold("ana", "c2", at=NOW + 5_000)
    assert await store.release_expired(CODE, now_ms=NOW + LEASE + 1) == Released((), 1)
    assert await names() == ["ana"]


async def test_a_renewed_lease_stays_and_counts_as_no_change() -> None:
    await hold("ana")
    before = await store.revisions([CODE])
    await store.renew([lease("ana")], now_ms=NOW + 10_000, lease_ms=LEASE)
    assert await store.release_expired(CODE, now_ms=NOW + LEASE + 1) == Released((), 1)
    assert await store.revisions([CODE]) == before


async def test_a_lost_lease_is_taken_again_by_renewing_it() -> None:
    await hold("ana")
    await hold("ben")
    await store.forget(CODE)
    await store.renew([lease("ana"), lease("ben")], now_ms=NOW + 5, lease_ms=LEASE)
    assert sorted(await names()) == ["ana", "ben"]
    assert await store.rooms_with_expired_leases(now_ms=NOW + 5 + LEASE) == [CODE]


async def test_every_coming_and_going_is_a_new_revision() -> None:
    seen = [(await store.revisions([CODE]))[CODE]]
    for change in (hold("ana"), hold("ben"), store.release(lease("ana"))):
        await change
        seen.append((await store.revisions([CODE]))[CODE])
    await store.report(CODE, {lease("ben"): Person("ben", "Ben", buffering=True)})
    seen.append((await store.revisions([CODE]))[CODE])
    assert seen == sorted(set(seen))


async def test_a_big_room_gives_a_sample_the_count_and_who_is_asked_for() -> None:
    for number in range(105):
        await hold(f"p{number:03}", at=NOW + number)
    revision, snapshot = await store.snapshot(
        CODE, at_most=100, always=("p104", "p003", "nobody", "p104")
    )
    listed = [person.id for person in snapshot.people]
    assert snapshot.count == 105
    assert listed == [*(f"p{number:03}" for number in range(100)), "p104"]
    assert snapshot.people[0].name == "P000"
    assert {CODE: revision} == await store.revisions([CODE])


async def test_what_a_player_reports_is_seen_until_its_viewer_leaves() -> None:
    await hold("ana")
    told = Person("ana", "Ana", buffering=True, drift_ms=-3.5, rtt_ms=40.0)
    await store.report(CODE, {lease("ana"): told})
    _, snapshot = await store.snapshot(CODE, at_most=100)
    assert snapshot.people == (told,)
    await store.release(lease("ana"))
    await hold("ana")
    _, snapshot = await store.snapshot(CODE, at_most=100)
    assert snapshot.people == (Person("ana", "Ana"),)


async def test_each_connection_says_for_itself_whether_it_is_waited_for() -> None:
    for connection in ("laptop", "tablet"):
        await hold("ana", connection)
    laptop, tablet = lease("ana", "laptop"), lease("ana", "tablet")
    nothing = Person("ana", "Ana")
    on_laptop, on_tablet = (
        Person("ana", "Ana", awaited_on=frozenset([held.connection])) for held in (laptop, tablet)
    )
    await store.report(CODE, {laptop: on_laptop, tablet: nothing})
    assert await awaited() == {"laptop"}
    await store.report(CODE, {tablet: on_tablet})
    assert await awaited() == await store.awaited_on(CODE, "ana") == {"laptop", "tablet"}
    before = await store.revisions([CODE])
    await store.release(laptop)
    assert await awaited() == {"tablet"}
    assert await store.revisions([CODE]) != before
    await store.report(CODE, {laptop: on_laptop, tablet: nothing})
    assert await awaited() == set()


async def test_a_report_of_someone_who_has_left_is_dropped() -> None:
    await hold("ana")
    await hold("ben")
    await store.release(lease("ben"))
    before = await store.revisions([CODE])
    await store.report(CODE, {lease("ben"): Person("ben", "Ben")})
    assert await store.revisions([CODE]) == before
    assert store.key(CODE, "status") not in await keys()


async def test_an_empty_room_leaves_its_counter_and_a_forgotten_one_nothing() -> None:
    await hold("ana")
    told = {lease("ana"): Person("ana", "Ana", awaited_on=frozenset(["c1"]))}
    await store.report(CODE, told)
    await store.release(lease("ana"))
    await store.release_expired(CODE, now_ms=NOW)
    assert await store.rooms_with_expired_leases(now_ms=NOW + store.EMPTY_AGAIN_MS) == [CODE]
    await store.stop_watching(CODE)
    assert await keys() == {store.key(CODE, part) for part in ("presence", "left")}
    await store.forget(CODE)
    await store.report(CODE, told)
    assert await keys() == set()


async def test_a_name_is_remembered_as_long_as_tickets_say_the_old_one() -> None:
    kept_ms, later = 60_000, NOW + 60_001
    for number in range(3):
        assert not await store.rename(CODE, f"away {number}", "Zoe", now_ms=NOW, kept_ms=kept_ms)
    held = await store.hold(lease("away 0"), now_ms=NOW, lease_ms=LEASE)
    assert held.lease.name == "Zoe"
    assert await store.rename(CODE, "away 0", "Zoey", now_ms=later, kept_ms=kept_ms)
    async with live_state.reaching_redis("test") as redis:
        assert await redis.hgetall(store.key(CODE, "renamed")) == {"away 0": "Zoey"}
        for part in ("renamed", "renamed_at"):
            assert 0 < await redis.ttl(store.key(CODE, part)) <= 60
    await store.forget(CODE)
    assert await keys() == set()


async def test_a_redis_that_stands_still_again_and_again_leaves_connections_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = Valkey(tmp_path / "valkey")
    impatient = live_state.connect(redis.url, answer_s=0.05)
    monkeypatch.setattr(live_state, "client", lambda: impatient)

    async def is_renewed() -> bool:
        try:
            await store.renew([lease("ana")], now_ms=NOW, lease_ms=LEASE)
        except live_state.LiveStateUnavailable:
            return False
        return True

    try:
        for _ in range(impatient.connection_pool.max_connections):
            await eventually(is_renewed)
            redis.freeze()
            assert not await is_renewed()
            redis.thaw()
        await eventually(is_renewed)
    finally:
        await impatient.aclose()
        redis.end()
