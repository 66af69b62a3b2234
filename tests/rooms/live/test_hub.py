"""What a process tells its sockets, level by level, on real stores."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from accounts.principal import Principal
from core import live as live_state
from core.close_codes import CloseCode
from playback import store as playback_store
from playback.clock import room_clock
from playback.commands import PlaybackCommand
from presence import store as presence
from presence.roster import Person
from presence.store import Lease
from rooms import bus, codec, services
from rooms.commands import playback
from rooms.commands.moderation import ModerationAction
from rooms.errors import Banned, NoSuchRoom, RoomOver
from rooms.lifecycle import Deadline, Status
from rooms.live import presence_feed
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from rooms.live.revisions import Revisions, read_revisions
from rooms.live.room import LiveRoom
from rooms.stores import chat, deadlines, records, snapshots
from rooms.tickets import BadTicket
from rooms.upkeep import transitions
from server.wire import FastPath, Frame, NoFastPath
from tests.faults.rig import eventually
from tests.rooms.made import House, a_person, id_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

Message = dict[str, Any]


@dataclass(eq=False)
class Ear:
    """An send_queue that keeps what it is given."""

    heard: list[Message] = field(default_factory=list)
    closed: CloseCode | None = None
    fast_path: FastPath = field(default_factory=NoFastPath)
    tended: int = 0

    def send(self, frame: Frame) -> None:
        if self.closed is None:
            self.heard.append(json.loads(frame.text))

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.closed = self.closed or code

    def tend(self) -> None:
        self.tended += 1

    def types(self) -> list[str]:
        return [message["type"] for message in self.heard]


@dataclass
class Desk:
    """A hub without its once-a-second tick: a test says when it looks."""

    hub: Hub
    connections: list[tuple[LiveRoom, Connection]] = field(default_factory=list)

    async def sit(self, house: House, person: Principal, *, connection: str = "c1") -> Ear:
        ear = Ear()
        lease = await house.enter(person, connection=connection)
        now_s = (await room_clock()).now_ms() / 1000
        room = await self.hub.room(house.code)
        self.hub.connect(room, Connection(lease, ear, now_s))
        self.connections.append(
            (
                room,
                next(connection for connection in room.connections if connection.send_queue is ear),
            )
        )
        await room.refresh_presence()
        return ear

    async def look(self, house: House) -> None:
        """Look at everything until nothing is new, as words and ticks make it do."""
        room = self.hub.rooms[house.code]
        for _ in range(3):
            await room.refresh_snapshot()
            await room.refresh_state()
            if not room.snapshot.status.over:
                await room.refresh_presence()
            await room.refresh_chat()

    async def pass_a_second(self) -> None:
        await self.hub._tick()
        await self.hub._scheduler.run_due()

    async def leave(self, house: House, ear: Ear) -> None:
        room, connection = next(pair for pair in self.connections if pair[1].send_queue is ear)
        await self.hub.disconnect(room, connection)
        await house.leave(connection.lease)


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk(Hub())
    yield desk
    await desk.hub.stop()
    await live_state.close()


async def lead(seconds: float) -> None:
    await transitions.sweep(
        now_ms=(await room_clock()).now_ms() + seconds * 1000, may_expire_leases=False
    )


async def host_left(desk: Desk) -> tuple[House, Ear]:
    """Return a room that waits for its host, and the ear of Ben, who is there."""
    house = await House.build()
    ana = await desk.sit(house, house.host)
    ben = await desk.sit(house, await a_person("Ben"))
    await desk.leave(house, ana)
    await desk.look(house)
    return house, ben


async def test_the_host_is_missed_and_greeted(desk: Desk) -> None:
    house, ben = await host_left(desk)
    gone = next(m for m in ben.heard if m["type"] == "HOST_DISCONNECTED")
    deadline = (await deadlines.running(house.code)).popitem()[1]
    assert gone["grace_ends_at"] == deadline
    await desk.sit(house, house.host)
    await desk.look(house)
    assert ben.types().count("HOST_DISCONNECTED") == 1
    assert ben.types().count("HOST_RECONNECTED") == 1
    assert "HOST_CHANGED" not in ben.types()


async def test_five_thousand_people_hear_of_each_other_once_a_second(desk: Desk) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    room = desk.hub.rooms[house.code]
    began_s = asyncio.get_running_loop().time()
    for count in (5_000, 5_001):
        await present(house, count)
        room.presence_refresh.request()
        await hears_count(ana, count + 1)
    assert asyncio.get_running_loop().time() - began_s >= 1


async def present(house: House, count: int) -> None:
    """Let so many be present, without the work of letting each in."""
    async with live_state.reaching_redis("test") as redis:
        await redis.zadd(
            presence.key(house.code, "since"), {f"person {n}": n for n in range(count)}
        )


async def hears_count(ear: Ear, count: int) -> None:
    async def told() -> bool:
        return any(m["type"] == "PRESENCE" and m["viewer_count"] == count for m in ear.heard)

    await eventually(told)


async def test_a_new_host_is_announced_as_such_and_not_as_the_old_one_coming_back(
    desk: Desk,
) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    heir = await a_person("Ben")
    ben = await desk.sit(house, heir)
    await desk.leave(house, ana)
    await desk.look(house)
    await lead(3600)
    await desk.look(house)
    assert [m["host"] for m in ben.heard if m["type"] == "HOST_CHANGED"] == [id_of(heir)]
    assert "HOST_RECONNECTED" not in ben.types()
    changed = [m for m in ben.heard if m["type"] == "PRESENCE" and m["changed"]][-1]["changed"]
    assert [(one["id"], one["role"]) for one in changed] == [(id_of(heir), "host")]


async def test_handing_over_to_someone_absent_starts_the_wait_for_him(desk: Desk) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    await house.transfer(await house.let_in("Ben"), by=house.host)
    await desk.look(house)
    assert {"HOST_CHANGED", "HOST_DISCONNECTED"} <= set(ana.types())
    assert (await house.snapshot()).status is Status.GRACE


async def test_who_is_shut_out_while_he_comes_in_gets_no_seat(desk: Desk) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    room = desk.hub.rooms[house.code]
    for act, error in ((ModerationAction.KICK, BadTicket), (ModerationAction.BAN, Banned)):
        ben = await house.let_in("Ben")
        connection = Connection(await house.enter(ben), Ear(), (await room_clock()).now_ms() / 1000)
        await house.act(act, ben, by=house.host)
        await desk.look(house)
        with pytest.raises(error):
            desk.hub.connect(room, connection)
    await services.delete_room(house.code, house.host)
    await desk.look(house)
    with pytest.raises(NoSuchRoom):
        desk.hub.connect(room, connection)
    assert len(room.connections) == 1
    assert (ana.closed, ana.heard[-1]["reason"]) == (CloseCode.ROOM_OVER, "deleted")


async def test_a_room_given_up_and_opened_at_the_same_moment_is_one_room(desk: Desk) -> None:
    house = await House.build()
    now_s = (await room_clock()).now_ms() / 1000
    ana = Connection(await house.enter(house.host), Ear(), now_s)
    ben = Connection(await house.enter(await a_person("Ben")), Ear(), now_s)
    room = await desk.hub.room(house.code)
    # Ana has the room and does not sit yet when Ben, who was refused, gives it up.
    await desk.hub.disconnect(room, ben)
    third = asyncio.create_task(desk.hub.room(house.code))
    await asyncio.sleep(0)
    desk.hub.connect(room, ana)
    assert (await third).connections is desk.hub.rooms[house.code].connections
    assert ana in desk.hub.rooms[house.code].connections


async def test_a_room_that_ended_while_it_was_opened_is_not_kept(desk: Desk) -> None:
    house = await House.build()
    await asyncio.to_thread(records.enter, house.code, Status.EXPIRED)
    await transitions.announce_snapshot(house.code)
    with pytest.raises(RoomOver):
        await desk.hub.room(house.code)
    assert desk.hub.rooms == {}
    assert desk.hub._subscribed == set()


async def test_an_ended_rooms_state_stays_deleted_however_late_a_process_looks(
    desk: Desk,
) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    room = desk.hub.rooms[house.code]
    await services.delete_room(house.code, house.host)
    await room.refresh_state()
    assert await playback_store.load(house.code) is None
    await room.refresh_snapshot()
    assert ana.closed is CloseCode.ROOM_OVER


async def test_the_next_command_reaches_everyone_after_redis_went_back(desk: Desk) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    before = await house.state()
    for position in (1.0, 2.0):
        await command(house, "SEEK", position=position)
    await desk.look(house)
    # A crash of Redis may lose its last second.
    await house.put(before)
    await desk.look(house)
    assert (await house.state()).position == 2.0
    await command(house, "SEEK", position=3.0)
    await desk.look(house)
    states = [m for m in ana.heard if m["type"] == "PLAYBACK_STATE"]
    assert states[-1]["position"] == 3.0
    revisions = [m["revision"] for m in states]
    assert revisions == sorted(set(revisions))


async def test_an_id_stays_spent_after_redis_went_back(desk: Desk) -> None:
    house = await House.build()
    await desk.sit(house, house.host)
    before = await house.state()
    await command(house, "SEEK", position=1.0, id="once")
    await house.put(before)
    await command(house, "SEEK", position=9.0, id="once")
    assert (await house.state()).position == 1.0


async def test_a_command_finds_its_room_though_redis_has_lost_it(desk: Desk) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    await command(house, "SEEK", position=50.0)
    await desk.look(house)
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await command(house, "PLAY")
    await desk.look(house)
    last = [m for m in ana.heard if m["type"] == "PLAYBACK_STATE"][-1]
    assert (last["playing"], last["position"]) == (True, 50.0)


async def command(house: House, type_: str, **fields: Any) -> None:
    message = codec.decode(json.dumps({"type": type_, **fields}))
    assert isinstance(message, PlaybackCommand)
    await playback.command(house.code, message, by=id_of(house.host), lead_ms=0)


async def test_a_ban_that_redis_forgot_is_read_from_the_database_again(desk: Desk) -> None:
    house = await House.build()
    await desk.sit(house, house.host)
    room = desk.hub.rooms[house.code]
    ben = await house.let_in("Ben")
    old = await house.snapshot()
    await house.act(ModerationAction.BAN, ben, by=house.host)
    await room.refresh_snapshot()
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(snapshots.key(house.code))
    await snapshots.save(old)
    room.compare(await read_revisions([house.code]))
    await room.refresh_snapshot()
    assert id_of(ben) in room.snapshot.banned
    assert id_of(ben) in (await house.snapshot()).banned


@pytest.mark.parametrize("kept", [["1-0", "2-0"], ["1-0"], []])
async def test_chat_goes_on_when_redis_lost_messages_and_its_clock_was_set_back(
    desk: Desk, kept: list[str]
) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    key = chat.chat_key(house.code)

    async def say(*ids: str) -> None:
        async with live_state.reaching_redis("test") as redis:
            for id_ in ids:
                said: Any = {"member": id_of(house.host), "name": "Ana", "text": id_}
                await redis.xadd(key, {**said, "at": "1", "client_id": ""}, id=id_)

    await say("1-0", "2-0", "9-0")
    await desk.look(house)
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(key)
    await say(*kept, "4-0")
    await desk.look(house)
    await say("5-0")
    await desk.look(house)
    told = [m["id"] for m in ana.heard if m["type"] == "CHAT"]
    assert told == ["1-0", "2-0", "9-0", "4-0", "5-0"]


async def test_who_leaves_while_leases_are_renewed_is_missed_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    renew, under_way, may_end = presence.renew, asyncio.Event(), asyncio.Event()

    async def slowly(leases: Any, **times: float) -> None:
        under_way.set()
        await may_end.wait()
        await renew(leases, **times)

    monkeypatch.setattr(presence, "renew", slowly)
    renewal = asyncio.create_task(desk.hub._renew(await room_clock(), 0.0))
    await under_way.wait()
    leaving = asyncio.create_task(desk.leave(house, ana))
    done, _ = await asyncio.wait([leaving], timeout=0.1)
    assert not done
    may_end.set()
    await asyncio.gather(renewal, leaving)
    assert await presence.count(house.code) == 0
    assert set(await deadlines.running(house.code)) == {Deadline.GRACE, Deadline.IDLE}


async def test_leases_are_not_renewed_each_second_because_a_room_is_busy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await House.build()
    await desk.sit(house, house.host)
    await desk.hub._tick()
    renewed = asyncio.Event()
    read = read_revisions

    async def renew(leases: Any, **times: float) -> None:
        renewed.set()

    async def read_while_somebody_looks(codes: list[str], **kinds: Any) -> Revisions:
        found = await read(codes, **kinds)
        await presence.report(house.code, {id_of(house.host): Person(id_of(house.host), "Ana")})
        await desk.hub.rooms[house.code].refresh_presence()
        return found

    monkeypatch.setattr(presence, "renew", renew)
    monkeypatch.setattr("rooms.live.hub.read_revisions", read_while_somebody_looks)
    await desk.hub._tick()
    assert not renewed.is_set()


async def test_the_last_to_leave_starts_the_idle_time_though_he_never_sat(desk: Desk) -> None:
    house = await House.build()
    host = await house.enter(house.host)
    late = await house.enter(await a_person("Ben"))
    await transitions.leave(host, last=False)
    await transitions.leave(late, last=True)
    assert Deadline.IDLE in await deadlines.running(house.code)


async def test_everyone_gone_leaves_nothing_in_the_process(desk: Desk) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    ben = await desk.sit(house, await a_person("Ben"))
    room, connection = desk.connections[0]
    desk.hub.report(room, connection, connection.status)
    for ear in (ana, ben):
        await desk.leave(house, ear)
    assert (desk.hub.rooms, desk.hub._subscribed, desk.hub._opening) == ({}, set(), {})
    assert not room.connections


async def test_redis_back_after_losing_everything_the_wait_for_the_host_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No other process has leases to renew first.
    monkeypatch.setattr(presence_feed, "GATHERING_S", 0.0)
    house, _ben = await host_left(desk)
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await desk.hub._tick()
    await desk.look(house)
    assert Deadline.GRACE in await deadlines.running(house.code)


async def test_a_wait_for_the_host_whose_end_redis_alone_forgot_goes_on(desk: Desk) -> None:
    house, ben = await host_left(desk)
    # The snapshot still tells of it: it may have been stored by who read the deadline before.
    await deadlines.drop(house.code, Deadline.GRACE)
    await desk.hub._tick()
    await desk.look(house)
    assert Deadline.GRACE in await deadlines.running(house.code)
    assert ben.types().count("HOST_DISCONNECTED") == 2


async def test_an_empty_room_gets_its_deadline_again_though_redis_was_never_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.upkeep.scheduler.REBUILD_CHECK_EVERY_S", 0.0)
    house, lived_in = await House.build(), await House.build()
    await desk.sit(lived_in, lived_in.host)
    await desk.pass_a_second()
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await desk.pass_a_second()
    # At first others may not have taken their leases again.
    assert await deadlines.running(house.code) == {}
    await desk.pass_a_second()
    assert Deadline.IDLE in await deadlines.running(house.code)
    assert await deadlines.running(lived_in.code) == {}


async def test_leases_are_kept_and_nobody_is_left_behind_while_the_database_hangs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    house = await House.build()
    ana = await desk.sit(house, house.host)
    settings.PRESENCE_LEASE = timedelta(0)
    monkeypatch.setattr("rooms.live.hub.TICK_S", 0.01)
    hangs, thrice = asyncio.Event(), asyncio.Event()
    renewed: list[list[str]] = []

    async def hang() -> None:
        hangs.set()
        await asyncio.Event().wait()

    async def renew(leases: list[Lease], **times: float) -> None:
        if hangs.is_set():
            renewed.append([lease.person for lease in leases])
        if len(renewed) == 3:
            thrice.set()

    monkeypatch.setattr(transitions, "rebuild_deadlines", hang)
    monkeypatch.setattr(presence, "renew", renew)
    await desk.hub.start()
    async with asyncio.timeout(10):
        await hangs.wait()
        tended = ana.tended
        await thrice.wait()
    assert renewed[:3] == [[id_of(house.host)]] * 3
    assert ana.tended > tended


async def test_after_a_standstill_a_process_misses_nobody_of_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    house = await House.build()
    await desk.sit(house, house.host)
    await desk.pass_a_second()
    # As long as Redis has been there already, and the lease that was taken last: forever.
    now_s = asyncio.get_running_loop().time()
    settings.PRESENCE_LEASE = timedelta(milliseconds=1)
    monkeypatch.setattr(desk.hub._scheduler, "_reachable_since_s", now_s - 3600)
    monkeypatch.setattr(desk.hub._scheduler, "_renewed_at_s", now_s - 3600)
    lease = f"room:{{{house.code}}}:leases"
    async with live_state.reaching_redis("test") as redis:
        for key in (lease, "rooms:occupied"):
            await redis.zadd(key, {str(name): 1 for name in await redis.zrange(key, 0, -1)})
        await desk.hub._scheduler.run_due()
        assert await redis.zcard(lease) == 1
        # Only a process that has renewed its own leases expires those of others.
        settings.PRESENCE_LEASE = timedelta(minutes=1)
        desk.hub._scheduler.leases_are_renewed(at_s=asyncio.get_running_loop().time())
        await desk.hub._scheduler.run_due()
        assert await redis.zcard(lease) == 0


async def test_a_word_that_cannot_be_read_does_not_end_the_listening(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await House.build()
    await desk.sit(house, house.host)
    heard: list[str] = []
    both = asyncio.Event()

    def hear(notice: bus.Notice) -> None:
        heard.append(notice["topic"])
        if len(heard) > 1:
            both.set()
        raise ValueError("of another version")

    monkeypatch.setattr(desk.hub, "_hear", hear)
    monkeypatch.setattr("rooms.live.hub.TICK_S", 0.0)
    listening = asyncio.create_task(desk.hub._listen())
    async with asyncio.timeout(5):
        while not both.is_set():
            await get_channel_layer().group_send(
                bus.group(house.code), {**WORD, "code": house.code}
            )
    listening.cancel()


async def test_who_opens_a_room_says_so_to_those_who_listen_there(
    desk: Desk, elsewhere: RedisPubSubChannelLayer
) -> None:
    house = await House.build()
    channel = await elsewhere.new_channel()
    await elsewhere.group_add(bus.group(house.code), channel)
    await desk.sit(house, house.host)
    async with asyncio.timeout(5):
        while (notice := await elsewhere.receive(channel))["topic"] != "here":
            pass
    assert notice["code"] == house.code


async def test_whoever_says_that_he_listens_is_told_of_the_next_command(
    desk: Desk, elsewhere: RedisPubSubChannelLayer
) -> None:
    house, _ana = await without_others(desk)
    listening = asyncio.create_task(desk.hub._listen())
    await elsewhere.group_send(bus.group(house.code), {**WORD, "topic": "here", "code": house.code})
    await others_are_expected(house)
    listening.cancel()


async def test_a_room_that_was_left_may_have_others(desk: Desk) -> None:
    house, ana = await without_others(desk)
    await desk.leave(house, ana)
    assert not bus.remote_listeners().has_none(house.code)


async def test_while_redis_is_away_anyone_may_begin_to_listen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ana = await without_others(desk)

    async def away() -> None:
        raise live_state.LiveStateUnavailable

    monkeypatch.setattr(desk.hub, "_tick", away)
    ticking = asyncio.create_task(desk.hub._tick_on())
    await others_are_expected(house)
    ticking.cancel()


async def without_others(desk: Desk) -> tuple[House, Ear]:
    """Return a room that no other process has, as is known here, and the ear of its host."""
    house = await House.build()
    ana = await desk.sit(house, house.host)
    await desk.hub._tick()
    assert bus.remote_listeners().has_none(house.code)
    return house, ana


async def others_are_expected(house: House) -> None:
    async def expected() -> bool:
        return not bus.remote_listeners().has_none(house.code)

    await eventually(expected)


WORD = {
    "type": "room.notice",
    "origin": "another process",
    "topic": "chat",
    "revision": 0,
    "text": "",
}
