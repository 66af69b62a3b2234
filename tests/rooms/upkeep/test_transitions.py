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
from rooms.stores import (
    deadlines,
    due,
    live_state_rows,
    membership_rows,
    room_rows,
    snapshots,
)
from rooms.upkeep import transitions
from tests.rooms.made import HostedRoom, a_person, id_of

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
    hosted = await HostedRoom.build()
    assert (await hosted.snapshot()).status is Status.CREATED
    lease = await hosted.enter(hosted.host)
    assert (await hosted.snapshot()).status is Status.LIVE
    assert await deadlines.running(hosted.code) == {}
    await hosted.leave(lease)
    snapshot = await hosted.snapshot()
    running = await deadlines.running(hosted.code)
    assert (snapshot.status, snapshot.grace_ends_at) == (Status.GRACE, running[Deadline.GRACE])
    assert running.keys() == {Deadline.GRACE, Deadline.IDLE}
    await hosted.enter(hosted.host)
    snapshot = await hosted.snapshot()
    assert (snapshot.status, snapshot.grace_ends_at) == (Status.LIVE, None)
    assert await deadlines.running(hosted.code) == {}


async def test_several_processes_that_see_the_host_go_start_one_wait() -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    await hosted.enter(await a_person("Ben"))
    await presence.release(lease)
    before = (await hosted.snapshot()).version
    await asyncio.gather(*(transitions.settle(hosted.code) for _ in range(5)))
    snapshot = await hosted.snapshot()
    assert snapshot.version == before + 1
    assert snapshot.grace_ends_at == (await deadlines.running(hosted.code))[Deadline.GRACE]


async def test_the_longest_present_inherits_the_room() -> None:
    hosted = await HostedRoom.build()
    host = await hosted.enter(hosted.host)
    heir = await a_person("Ben")
    for person in (heir, await a_person("Cem")):
        await renew(await hosted.enter(person))
    await hosted.leave(host)
    await after(HOUR_MS)
    assert (await hosted.state()).host == id_of(heir)
    assert (await hosted.row()).host_id == heir.user_id
    assert (await hosted.snapshot()).status is Status.LIVE
    assert await deadlines.running(hosted.code) == {}


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_was_put_out_inherits_nothing_though_their_lease_has_not_ended(
    act: ModerationAction,
) -> None:
    hosted = await HostedRoom.build()
    host = await hosted.enter(hosted.host)
    troll, heir = await a_person("Ben"), await a_person("Cem")
    for person in (troll, heir):
        await renew(await hosted.enter(person))
    await hosted.act(act, troll, by=hosted.host)
    await hosted.leave(host)
    await after(HOUR_MS)
    assert (await hosted.state()).host == id_of(heir)


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_is_put_out_while_they_inherit_the_room_leaves_it_to_the_next(
    act: ModerationAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    host = await hosted.enter(hosted.host)
    troll, heir = await a_person("Ben"), await a_person("Cem")
    for person in (troll, heir):
        await renew(await hosted.enter(person))
    await hosted.leave(host)
    hand_over = transitions.make_host

    async def put_out_first(code: str, member: str, *, by: str | None = None) -> None:
        await hosted.act(act, troll, by=hosted.host)
        monkeypatch.setattr(transitions, "make_host", hand_over)
        await hand_over(code, member, by=by)

    monkeypatch.setattr(transitions, "make_host", put_out_first)
    await after(HOUR_MS)
    assert (await hosted.state()).host == id_of(hosted.host)
    await after(2 * HOUR_MS)
    assert (await hosted.state()).host == id_of(heir)
    assert (await hosted.row()).host_id == heir.user_id


async def test_a_host_who_comes_back_while_an_heir_is_sought_stays_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    ben = await hosted.enter(await hosted.let_in("Ben"))
    await hosted.leave(lease)
    eligible, loop = membership_rows.eligible_hosts, asyncio.get_running_loop()

    async def come_back() -> None:
        await renew(await hosted.enter(hosted.host, connection="c2"))

    def the_host_comes_back_first(code: str, members: list[str]) -> set[str]:
        asyncio.run_coroutine_threadsafe(come_back(), loop).result()
        return eligible(code, members)

    with monkeypatch.context() as patch:
        patch.setattr(membership_rows, "eligible_hosts", the_host_comes_back_first)
        await renew(ben)
        await after(HOUR_MS)
    assert (await hosted.state()).host == id_of(hosted.host)
    assert (await hosted.snapshot()).status is Status.LIVE
    assert await deadlines.running(hosted.code) == {}


async def test_without_succession_the_room_ends_with_the_wait() -> None:
    hosted = await HostedRoom.build(succession=False)
    host = await hosted.enter(hosted.host)
    await renew(await hosted.enter(await a_person("Ben")))
    await hosted.leave(host)
    await after(HOUR_MS)
    assert (await hosted.snapshot()).status is Status.EXPIRED
    assert await keys() == {snapshots.key(hosted.code), presence.OCCUPIED} & await keys()
    with pytest.raises(RoomOver):
        await live_states.current(hosted.code)


async def test_an_empty_room_stays_until_it_has_been_idle_too_long() -> None:
    hosted = await HostedRoom.build()
    await hosted.leave(await hosted.enter(hosted.host))
    await after(HOUR_MS)
    assert (await hosted.snapshot()).status is Status.GRACE
    assert (await deadlines.running(hosted.code)).keys() == {Deadline.IDLE}
    await after(7 * HOUR_MS)
    assert (await hosted.snapshot()).status is Status.EXPIRED
    assert await keys() == {snapshots.key(hosted.code)}


async def test_a_room_that_nobody_ever_entered_expires_too() -> None:
    hosted = await HostedRoom.build()
    await after(7 * HOUR_MS)
    assert (await hosted.snapshot()).status is Status.EXPIRED


async def test_a_claimer_that_is_killed_leaves_the_deadline_to_another() -> None:
    hosted = await HostedRoom.build()
    now_ms = (await room_clock()).now_ms() + 7 * HOUR_MS
    assert await deadlines.claim(now_ms=now_ms) == [(hosted.code, Deadline.IDLE)]
    assert await deadlines.claim(now_ms=now_ms) == []
    await after(7 * HOUR_MS + due.CLAIM_MS + 1)
    assert (await hosted.snapshot()).status is Status.EXPIRED


async def test_many_claimers_share_what_is_due() -> None:
    due = {f"room{n}" for n in range(20)}
    for code in due:
        await deadlines.set_one(code, Deadline.IDLE, 1_000)
    claims = await asyncio.gather(*(deadlines.claim(now_ms=2_000, at_most=6) for _ in range(5)))
    claimed = [code for claim in claims for code, _ in claim]
    assert sorted(claimed) == sorted(due)


async def test_leases_of_a_killed_server_end_and_the_host_is_missed() -> None:
    hosted = await HostedRoom.build()
    await hosted.enter(hosted.host)
    await renew(await hosted.enter(await a_person("Ben")))
    await after(HOUR_MS)
    assert (await hosted.snapshot()).status is Status.GRACE
    assert await presence.count(hosted.code) == 1


async def test_a_room_ends_though_the_server_was_killed_just_after_its_last_member_left() -> None:
    hosted = await HostedRoom.build()
    await presence.release(await hosted.enter(hosted.host))
    await after(HOUR_MS)
    assert (await hosted.snapshot()).status is Status.GRACE
    await after(24 * HOUR_MS)
    assert (await hosted.row()).status == Status.EXPIRED
    assert await keys() == {snapshots.key(hosted.code)}


async def test_a_room_ends_though_the_server_was_killed_just_after_its_first_member_came() -> None:
    hosted = await HostedRoom.build()
    await hosted.enter(hosted.host)
    # Killed before it noted that the leases of this room are to be looked at.
    await presence.stop_watching(hosted.code)
    await deadlines.set_one(hosted.code, Deadline.IDLE, (await room_clock()).now_ms())
    for hours in (1, 2, 3, 24):
        await after(hours * HOUR_MS)
    assert (await hosted.row()).status == Status.EXPIRED


async def test_an_empty_room_is_seen_to_when_the_database_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)

    async def fail(code: str) -> object:
        raise OperationalError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(snapshots, "refresh", fail)
        with pytest.raises(OperationalError):
            await transitions.leave(lease, last=True)
        await after(HOUR_MS)
    assert Deadline.IDLE not in await deadlines.running(hosted.code)
    await after(2 * HOUR_MS)
    assert Deadline.IDLE in await deadlines.running(hosted.code)


async def test_one_room_that_cannot_be_kept_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = await HostedRoom.build(), await HostedRoom.build()
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
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    await services.delete_room(hosted.code, hosted.host)
    # A server that has not heard of it yet renews, and stores a report.
    await renew(lease, for_ms=1_000)
    await presence.report(hosted.code, {lease: Person(lease.person, "Ana")})
    await after(HOUR_MS)
    assert await keys() == {snapshots.key(hosted.code)}


async def test_who_leaves_a_room_after_it_ended_leaves_nothing_behind() -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    await services.delete_room(hosted.code, hosted.host)
    await renew(lease)
    await transitions.leave(lease, last=True)
    assert await keys() == {snapshots.key(hosted.code)}


# --- what Redis has lost --------------------------------------------------------------


async def lose_everything() -> None:
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()


async def test_a_lost_state_begins_again_paused_where_a_server_knows_it_was() -> None:
    hosted = await HostedRoom.build()
    now_ms = (await room_clock()).now_ms()
    playing = {"revision": 40, "playing": True, "position": 10.0, "at": now_ms - 5_000}
    await hosted.put((await hosted.state()).model_copy(update=playing))
    async with hosted.watched():
        await lose_everything()
        again = await live_states.current(hosted.code)
    assert again == await hosted.state()
    assert (again.revision, again.playing) == (41, False)
    assert again.position == pytest.approx(15, abs=1)


async def test_a_lost_state_that_no_server_knows_begins_again_from_the_database() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    await hosted.enter(hosted.host)
    before = await hosted.state()
    await lose_everything()
    again = await live_states.current(hosted.code)
    assert (again.host, again.cohosts) == (before.host, before.cohosts)
    assert again.revision > 1_000_000


async def test_a_room_whose_last_member_leaves_after_redis_lost_everything_still_ends() -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    async with hosted.watched():
        await lose_everything()
        await transitions.leave(lease, last=True)
    assert (await hosted.snapshot()).status is Status.GRACE
    assert Deadline.IDLE in await deadlines.running(hosted.code)
    await after(24 * HOUR_MS)
    assert (await hosted.row()).status == Status.EXPIRED


async def test_who_leaves_last_here_leaves_to_other_servers_where_the_film_was() -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    await hosted.put((await hosted.state()).model_copy(update={"revision": 7, "position": 40.0}))
    async with hosted.watched():
        await lose_everything()
        await transitions.leave(lease, last=True)
    state = await hosted.state()
    assert (state.revision, state.position) == (8, 40.0)


async def test_leaving_a_room_that_is_over_does_nothing() -> None:
    hosted = await HostedRoom.build()
    lease = await hosted.enter(hosted.host)
    async with hosted.watched():
        await services.delete_room(hosted.code, hosted.host)
        before = await keys()
        await transitions.leave(lease, last=True)
    assert await keys() == before


async def test_an_older_state_gives_way_to_the_newer_one_a_server_has_told() -> None:
    hosted = await HostedRoom.build()
    old = await hosted.state()
    told = old.model_copy(update={"revision": 9, "playing": True, "position": 33.0})
    await hosted.put(told)
    async with hosted.watched():
        await hosted.put(old)
        again = await live_states.current(hosted.code)
    assert again == await hosted.state()
    assert again == told.model_copy(update={"revision": 10})


async def test_another_state_of_the_revision_that_was_told_is_told_under_the_next() -> None:
    """A replica that took over may have lost the last change, and got another in its place."""
    hosted = await HostedRoom.build()
    told = (await hosted.state()).model_copy(update={"revision": 9, "position": 33.0})
    await hosted.put(told)
    async with hosted.watched():
        other = told.model_copy(update={"position": 8.0, "host": "ben"})
        await hosted.put(other)
        assert await live_states.current(hosted.code) == other.model_copy(update={"revision": 10})
    assert (await hosted.state()).revision == 10


async def test_all_who_restore_a_state_at_once_agree_on_one() -> None:
    hosted = await HostedRoom.build()
    await hosted.put((await hosted.state()).model_copy(update={"revision": 9, "position": 9.0}))
    async with hosted.watched():
        await lose_everything()
        found = await asyncio.gather(*(live_states.current(hosted.code) for _ in range(5)))
        assert live_states.seen(hosted.code) == await hosted.state()
    assert {state.revision for state in found} == {10}


async def test_the_state_of_a_room_that_is_over_does_not_come_back() -> None:
    hosted = await HostedRoom.build()
    async with hosted.watched():
        await services.delete_room(hosted.code, hosted.host)
        with pytest.raises(RoomOver):
            await live_states.current(hosted.code)
    assert await playback_store.load(hosted.code) is None


async def test_a_source_whose_adapter_is_gone_does_not_lock_the_room() -> None:
    hosted = await HostedRoom.build()
    await asyncio.to_thread(
        live_state_rows.set_source, hosted.code, SourceKey("gone", MediaType.MOVIE, "x")
    )
    await lose_everything()
    assert (await live_states.current(hosted.code)).source is None


async def test_rooms_whose_deadlines_were_lost_get_new_ones() -> None:
    hosted, over, lived_in = [await HostedRoom.build() for _ in range(3)]
    await services.delete_room(over.code, over.host)
    await lose_everything()
    await lived_in.enter(lived_in.host)
    await transitions.rebuild_deadlines()
    assert (await deadlines.running(hosted.code)).keys() == {Deadline.IDLE}
    assert await deadlines.running(over.code) == {}
    assert await deadlines.running(lived_in.code) == {}
    before = await deadlines.running(hosted.code)
    await transitions.rebuild_deadlines()
    assert await deadlines.running(hosted.code) == before


# --- snapshots ----------------------------------------------------------------------------


async def test_of_two_snapshots_the_newer_stays() -> None:
    hosted = await HostedRoom.build()
    old = await snapshots.refresh(hosted.code)
    await asyncio.to_thread(room_rows.touch, hosted.code)
    new = await snapshots.refresh(hosted.code)
    await snapshots.save(old)
    assert await snapshots.load(hosted.code) == new
    assert await snapshots.versions([hosted.code, "none"]) == {
        hosted.code: new.version,
        "none": 0,
    }


async def test_a_kept_room_outlives_everybodys_going_and_stays_its_hosts() -> None:
    hosted = await HostedRoom.build()
    await Room.objects.filter(code=hosted.code).aupdate(kept=True)
    host = await hosted.enter(hosted.host)
    await renew(await hosted.enter(await a_person("Ben")))
    await hosted.leave(host)
    await after(HOUR_MS)
    snapshot = await hosted.snapshot()
    assert (snapshot.status, snapshot.grace_ends_at) == (Status.GRACE, None)
    assert (await hosted.state()).host == id_of(hosted.host)
    await after(20 * HOUR_MS)
    assert await deadlines.running(hosted.code) == {}
    await hosted.enter(hosted.host)
    assert (await hosted.snapshot()).status is Status.LIVE


async def test_a_kept_room_that_is_let_go_while_nobody_is_there_ends_like_others() -> None:
    hosted = await HostedRoom.build()
    await Room.objects.filter(code=hosted.code).aupdate(kept=True)
    await hosted.leave(await hosted.enter(hosted.host))
    await after(20 * HOUR_MS)
    assert await deadlines.running(hosted.code) == {}
    await services.change_room(hosted.code, hosted.host, {"kept": False})
    assert (await deadlines.running(hosted.code)).keys() == {Deadline.IDLE}
    await after(7 * HOUR_MS)
    assert (await hosted.snapshot()).status is Status.EXPIRED


async def test_an_empty_room_that_starts_earlier_after_all_ends_earlier() -> None:
    hosted = await HostedRoom.build(starts_at=timezone.now() + timedelta(hours=500))
    await services.change_room(hosted.code, hosted.host, {"starts_at": None})
    await after(7 * HOUR_MS)
    assert (await hosted.snapshot()).status is Status.EXPIRED


async def test_a_room_for_a_time_to_come_waits_for_it_and_then_ends_like_others() -> None:
    hosted = await HostedRoom.build(starts_at=timezone.now() + timedelta(hours=5))
    await after(8 * HOUR_MS)
    assert (await hosted.snapshot()).status is Status.CREATED
    lease = await hosted.enter(hosted.host)
    await hosted.leave(lease)
    await after(10 * HOUR_MS)
    assert not (await hosted.snapshot()).status.over
    await Room.objects.filter(code=hosted.code).aupdate(starts_at=timezone.now())
    await after(12 * HOUR_MS)
    assert (await hosted.snapshot()).status is Status.EXPIRED


async def test_a_deadline_that_only_a_newer_server_knows_is_left_to_it() -> None:
    hosted = await HostedRoom.build()
    now_ms = (await room_clock()).now_ms()
    async with live_state.reaching_redis("test") as redis:
        await redis.zadd(deadlines.DEADLINES, {f"{hosted.code} popcorn": now_ms - 1000})
        await redis.zadd(deadlines.DEADLINES, {"nothing": now_ms - 1000})
    await deadlines.set_one(hosted.code, Deadline.IDLE, now_ms - 500)
    assert await deadlines.claim(now_ms=now_ms) == [(hosted.code, Deadline.IDLE)]
    async with live_state.reaching_redis("test") as redis:
        due_ms = await redis.zscore(deadlines.DEADLINES, f"{hosted.code} popcorn")
    assert due_ms is not None
    assert now_ms < due_ms <= now_ms + due.CLAIM_MS
