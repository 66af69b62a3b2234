"""Rooms kept true: who is present, which deadline passed, what Redis has lost."""

import asyncio
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from core import live as live_state
from playback import store as playback_store
from playback.clock import room_clock
from playback.sources.base import MediaType, SourceKey
from presence import store as presence
from presence.roster import Person
from rooms import services
from rooms import state as live_states
from rooms.commands.moderation import ModerationAction
from rooms.errors import RoomOver
from rooms.lifecycle import Deadline, Status
from rooms.models import Room
from rooms.stores import deadlines, due, records, snapshots
from rooms.upkeep import transitions
from tests.rooms.made import House, a_person, id_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

HOUR_MS = 3_600_000.0


async def after(ms: float) -> None:
    """Deal with what is due ``ms`` from now, lost leases included."""
    now_ms = (await room_clock()).now_ms() + ms
    await transitions.sweep(now_ms=now_ms, may_expire_leases=True)


async def renew(*leases: presence.Lease, for_ms: float = 10 * HOUR_MS) -> None:
    await presence.renew(leases, now_ms=(await room_clock()).now_ms(), lease_ms=for_ms)


async def keys(pattern: str = "room*") -> set[str]:
    async with live_state.reaching_redis("test") as redis:
        return {str(key) for key in await redis.keys(pattern)}


async def test_a_room_lives_from_its_first_member_and_waits_when_the_host_goes() -> None:
    house = await House.build()
    assert (await house.snapshot()).status is Status.CREATED
    lease = await house.enter(house.host)
    assert (await house.snapshot()).status is Status.LIVE
    assert await deadlines.running(house.code) == {}
    await house.leave(lease)
    snapshot = await house.snapshot()
    running = await deadlines.running(house.code)
    assert (snapshot.status, snapshot.grace_ends_at) == (Status.GRACE, running[Deadline.GRACE])
    assert running.keys() == {Deadline.GRACE, Deadline.IDLE}
    await house.enter(house.host)
    snapshot = await house.snapshot()
    assert (snapshot.status, snapshot.grace_ends_at) == (Status.LIVE, None)
    assert await deadlines.running(house.code) == {}


async def test_several_processes_that_see_the_host_go_start_one_wait() -> None:
    house = await House.build()
    lease = await house.enter(house.host)
    await house.enter(await a_person("Ben"))
    await presence.release(lease)
    before = (await house.snapshot()).version
    await asyncio.gather(*(transitions.settle(house.code) for _ in range(5)))
    snapshot = await house.snapshot()
    assert snapshot.version == before + 1
    assert snapshot.grace_ends_at == (await deadlines.running(house.code))[Deadline.GRACE]


async def test_the_longest_present_inherits_the_room() -> None:
    house = await House.build()
    host = await house.enter(house.host)
    heir = await a_person("Ben")
    for person in (heir, await a_person("Cem")):
        await renew(await house.enter(person))
    await house.leave(host)
    await after(HOUR_MS)
    assert (await house.state()).host == id_of(heir)
    assert (await house.row()).host_id == heir.user_id
    assert (await house.snapshot()).status is Status.LIVE
    assert await deadlines.running(house.code) == {}


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_was_put_out_inherits_nothing_though_his_lease_has_not_ended(
    act: ModerationAction,
) -> None:
    house = await House.build()
    host = await house.enter(house.host)
    troll, heir = await a_person("Ben"), await a_person("Cem")
    for person in (troll, heir):
        await renew(await house.enter(person))
    await house.act(act, troll, by=house.host)
    await house.leave(host)
    await after(HOUR_MS)
    assert (await house.state()).host == id_of(heir)


async def test_without_succession_the_room_ends_with_the_wait() -> None:
    house = await House.build(succession=False)
    host = await house.enter(house.host)
    await renew(await house.enter(await a_person("Ben")))
    await house.leave(host)
    await after(HOUR_MS)
    assert (await house.snapshot()).status is Status.EXPIRED
    assert await keys() == {snapshots.key(house.code), presence.OCCUPIED} & await keys()
    with pytest.raises(RoomOver):
        await live_states.current(house.code)


async def test_an_empty_room_stays_until_it_has_been_idle_too_long() -> None:
    house = await House.build()
    await house.leave(await house.enter(house.host))
    await after(HOUR_MS)
    assert (await house.snapshot()).status is Status.GRACE
    assert (await deadlines.running(house.code)).keys() == {Deadline.IDLE}
    await after(7 * HOUR_MS)
    assert (await house.snapshot()).status is Status.EXPIRED
    assert await keys() == {snapshots.key(house.code)}


async def test_a_room_that_nobody_ever_entered_expires_too() -> None:
    house = await House.build()
    await after(7 * HOUR_MS)
    assert (await house.snapshot()).status is Status.EXPIRED


async def test_a_claimer_that_is_killed_leaves_the_deadline_to_another() -> None:
    house = await House.build()
    now_ms = (await room_clock()).now_ms() + 7 * HOUR_MS
    assert await deadlines.claim(now_ms=now_ms) == [(house.code, Deadline.IDLE)]
    assert await deadlines.claim(now_ms=now_ms) == []
    await after(7 * HOUR_MS + due.CLAIM_MS + 1)
    assert (await house.snapshot()).status is Status.EXPIRED


async def test_many_claimers_share_what_is_due() -> None:
    due = {f"room{n}" for n in range(20)}
    for code in due:
        await deadlines.set_one(code, Deadline.IDLE, 1_000)
    claims = await asyncio.gather(*(deadlines.claim(now_ms=2_000, at_most=6) for _ in range(5)))
    claimed = [code for claim in claims for code, _ in claim]
    assert sorted(claimed) == sorted(due)


async def test_leases_of_a_killed_server_end_and_the_host_is_missed() -> None:
    house = await House.build()
    await house.enter(house.host)
    await renew(await house.enter(await a_person("Ben")))
    await after(HOUR_MS)
    assert (await house.snapshot()).status is Status.GRACE
    assert await presence.count(house.code) == 1


async def test_a_room_ends_though_the_server_was_killed_just_after_its_last_member_left() -> None:
    house = await House.build()
    await presence.release(await house.enter(house.host))
    await after(HOUR_MS)
    assert (await house.snapshot()).status is Status.GRACE
    await after(24 * HOUR_MS)
    assert (await house.row()).status == Status.EXPIRED
    assert await keys() == {snapshots.key(house.code)}


async def test_a_room_ends_though_the_server_was_killed_just_after_its_first_member_came() -> None:
    house = await House.build()
    await house.enter(house.host)
    # Killed before it noted that the leases of this room are to be looked at.
    await presence.stop_watching(house.code)
    await deadlines.set_one(house.code, Deadline.IDLE, (await room_clock()).now_ms())
    for hours in (1, 2, 3, 24):
        await after(hours * HOUR_MS)
    assert (await house.row()).status == Status.EXPIRED


async def test_an_empty_room_is_seen_to_when_the_database_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = await House.build()
    lease = await house.enter(house.host)

    async def fail(code: str) -> object:
        raise OperationalError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(snapshots, "refresh", fail)
        with pytest.raises(OperationalError):
            await transitions.leave(lease, last=True)
        await after(HOUR_MS)
    assert Deadline.IDLE not in await deadlines.running(house.code)
    await after(2 * HOUR_MS)
    assert Deadline.IDLE in await deadlines.running(house.code)


async def test_one_room_that_cannot_be_kept_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = await House.build(), await House.build()
    refresh = snapshots.refresh

    async def jam(code: str) -> object:
        if code == bad.code:
            raise RuntimeError("jammed")
        return await refresh(code)

    monkeypatch.setattr(snapshots, "refresh", jam)
    await after(7 * HOUR_MS)
    assert (await good.row()).status == Status.EXPIRED
    assert Deadline.IDLE in await deadlines.running(bad.code)


async def test_a_deadline_of_a_room_that_does_not_exist_is_dropped() -> None:
    await deadlines.set_one("none", Deadline.GRACE, 1)
    await after(0)
    assert await deadlines.running("none") == {}


async def test_leases_taken_after_a_room_ended_leave_nothing_behind() -> None:
    house = await House.build()
    lease = await house.enter(house.host)
    await services.delete_room(house.code, house.host)
    # A server that has not heard of it yet renews, and stores a report.
    await renew(lease, for_ms=1_000)
    await presence.report(house.code, {lease.person: Person(lease.person, "Ana")})
    await after(HOUR_MS)
    assert await keys() == {snapshots.key(house.code)}


async def test_who_leaves_a_room_after_it_ended_leaves_nothing_behind() -> None:
    house = await House.build()
    lease = await house.enter(house.host)
    await services.delete_room(house.code, house.host)
    await renew(lease)
    await transitions.leave(lease, last=True)
    assert await keys() == {snapshots.key(house.code)}


# --- what Redis has lost --------------------------------------------------------------


async def lose_everything() -> None:
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()


async def test_a_lost_state_begins_again_paused_where_a_server_knows_it_was() -> None:
    house = await House.build()
    now_ms = (await room_clock()).now_ms()
    playing = {"revision": 40, "playing": True, "position": 10.0, "at": now_ms - 5_000}
    await house.put((await house.state()).model_copy(update=playing))
    async with house.watched():
        await lose_everything()
        again = await live_states.current(house.code)
    assert again == await house.state()
    assert (again.revision, again.playing) == (41, False)
    assert again.position == pytest.approx(15, abs=1)


async def test_a_lost_state_that_no_server_knows_begins_again_from_the_database() -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    await house.act(ModerationAction.COHOST, ben, by=house.host)
    await house.enter(house.host)
    before = await house.state()
    await lose_everything()
    again = await live_states.current(house.code)
    assert (again.host, again.cohosts) == (before.host, before.cohosts)
    assert again.revision > 1_000_000


async def test_a_room_whose_last_member_leaves_after_redis_lost_everything_still_ends() -> None:
    house = await House.build()
    lease = await house.enter(house.host)
    async with house.watched():
        await lose_everything()
        await transitions.leave(lease, last=True)
    assert (await house.snapshot()).status is Status.GRACE
    assert Deadline.IDLE in await deadlines.running(house.code)
    await after(24 * HOUR_MS)
    assert (await house.row()).status == Status.EXPIRED


async def test_who_leaves_last_here_leaves_to_other_servers_where_the_film_was() -> None:
    house = await House.build()
    lease = await house.enter(house.host)
    await house.put((await house.state()).model_copy(update={"revision": 7, "position": 40.0}))
    async with house.watched():
        await lose_everything()
        await transitions.leave(lease, last=True)
    state = await house.state()
    assert (state.revision, state.position) == (8, 40.0)


async def test_leaving_a_room_that_is_over_does_nothing() -> None:
    house = await House.build()
    lease = await house.enter(house.host)
    async with house.watched():
        await services.delete_room(house.code, house.host)
        before = await keys()
        await transitions.leave(lease, last=True)
    assert await keys() == before


async def test_an_older_state_gives_way_to_the_newer_one_a_server_has_told() -> None:
    house = await House.build()
    old = await house.state()
    told = old.model_copy(update={"revision": 9, "playing": True, "position": 33.0})
    await house.put(told)
    async with house.watched():
        await house.put(old)
        again = await live_states.current(house.code)
    assert again == await house.state()
    assert again == told.model_copy(update={"revision": 10})


async def test_another_state_of_the_revision_that_was_told_is_told_under_the_next() -> None:
    """A replica that took over may have lost the last change, and got another in its place."""
    house = await House.build()
    told = (await house.state()).model_copy(update={"revision": 9, "position": 33.0})
    await house.put(told)
    async with house.watched():
        other = told.model_copy(update={"position": 8.0, "host": "ben"})
        await house.put(other)
        assert await live_states.current(house.code) == other.model_copy(update={"revision": 10})
    assert (await house.state()).revision == 10


async def test_all_who_restore_a_state_at_once_agree_on_one() -> None:
    house = await House.build()
    await house.put((await house.state()).model_copy(update={"revision": 9, "position": 9.0}))
    async with house.watched():
        await lose_everything()
        found = await asyncio.gather(*(live_states.current(house.code) for _ in range(5)))
        assert live_states.seen(house.code) == await house.state()
    assert {state.revision for state in found} == {10}


async def test_the_state_of_a_room_that_is_over_does_not_come_back() -> None:
    house = await House.build()
    async with house.watched():
        await services.delete_room(house.code, house.host)
        with pytest.raises(RoomOver):
            await live_states.current(house.code)
    assert await playback_store.load(house.code) is None


async def test_a_source_whose_adapter_is_gone_does_not_lock_the_room() -> None:
    house = await House.build()
    await asyncio.to_thread(records.set_source, house.code, SourceKey("gone", MediaType.MOVIE, "x"))
    await lose_everything()
    assert (await live_states.current(house.code)).source is None


async def test_rooms_whose_deadlines_were_lost_get_new_ones() -> None:
    house, over, lived_in = [await House.build() for _ in range(3)]
    await services.delete_room(over.code, over.host)
    await lose_everything()
    await lived_in.enter(lived_in.host)
    await transitions.rebuild_deadlines()
    assert (await deadlines.running(house.code)).keys() == {Deadline.IDLE}
    assert await deadlines.running(over.code) == {}
    assert await deadlines.running(lived_in.code) == {}
    before = await deadlines.running(house.code)
    await transitions.rebuild_deadlines()
    assert await deadlines.running(house.code) == before


# --- snapshots ----------------------------------------------------------------------------


async def test_of_two_cards_the_newer_stays() -> None:
    house = await House.build()
    old = await snapshots.refresh(house.code)
    await asyncio.to_thread(records.touch, house.code)
    new = await snapshots.refresh(house.code)
    await snapshots.save(old)
    assert await snapshots.load(house.code) == new
    assert await snapshots.versions([house.code, "none"]) == {
        house.code: new.version,
        "none": 0,
    }


async def test_a_kept_room_outlives_everybodys_going_and_stays_its_hosts() -> None:
    house = await House.build()
    await Room.objects.filter(code=house.code).aupdate(kept=True)
    host = await house.enter(house.host)
    await renew(await house.enter(await a_person("Ben")))
    await house.leave(host)
    await after(HOUR_MS)
    snapshot = await house.snapshot()
    assert (snapshot.status, snapshot.grace_ends_at) == (Status.GRACE, None)
    assert (await house.state()).host == id_of(house.host)
    await after(20 * HOUR_MS)
    assert await deadlines.running(house.code) == {}
    await house.enter(house.host)
    assert (await house.snapshot()).status is Status.LIVE


async def test_a_room_for_a_time_to_come_waits_for_it_and_then_ends_like_others() -> None:
    house = await House.build(starts_at=timezone.now() + timedelta(hours=5))
    await after(8 * HOUR_MS)
    assert (await house.snapshot()).status is Status.CREATED
    lease = await house.enter(house.host)
    await house.leave(lease)
    await after(10 * HOUR_MS)
    assert not (await house.snapshot()).status.over
    await Room.objects.filter(code=house.code).aupdate(starts_at=timezone.now())
    await after(12 * HOUR_MS)
    assert (await house.snapshot()).status is Status.EXPIRED
