"""What a process tells its sockets, level by level, on real stores."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from accounts.principal import Principal
from core import live as live_state
from core.close_codes import CloseCode
from core.coalescing import Coalesced
from library.growing import part_name
from library.models import Rendition, Source, Video
from playback import clock as time_module
from playback import store as playback_store
from playback.clock import monotonic_s, room_clock
from playback.commands import Play, PlaybackCommand
from playback.rules import Context
from playback.sources import registry
from playback.sources.base import MediaType, SourceKey
from playback.waiting import Hold
from presence import store as presence
from presence.store import Lease
from rooms import bus, codec, queue_state, services
from rooms import state as live_states
from rooms.commands import playback
from rooms.commands.moderation import ModerationAction
from rooms.errors import Banned, NoSuchRoom, RoomOver
from rooms.lifecycle import Deadline, Status
from rooms.live import presence_feed
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from rooms.live.revisions import Revisions, read_revisions
from rooms.live.room import LiveRoom
from rooms.protocol import Role
from rooms.stores import chat, deadlines, room_rows, snapshots
from rooms.tickets import BadTicket
from rooms.upkeep import next_item, transitions
from tests.rooms.evenings import away
from tests.rooms.made import HostedRoom, a_person, id_of
from tests.rooms.visits import RecordingQueue
from tests.support.patience import PATIENCE_S
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


@dataclass
class ManualHub:
    """A hub without its once-a-second tick: a test says when it looks."""

    hub: Hub
    connections: list[tuple[LiveRoom, Connection]] = field(default_factory=list)

    async def enter(
        self, hosted: HostedRoom, person: Principal, *, connection: str = "c1"
    ) -> RecordingQueue:
        recording = RecordingQueue()
        lease = await hosted.enter(person, connection=connection)
        now_s = (await room_clock()).now_ms() / 1000
        room = await self.hub.room(hosted.code)
        self.hub.connect(room, Connection(lease, recording, now_s))
        self.connections.append(
            (
                room,
                next(
                    connection
                    for connection in room.connections
                    if connection.send_queue is recording
                ),
            )
        )
        await room.refresh_presence()
        return recording

    async def look(self, hosted: HostedRoom) -> None:
        """Look at everything until nothing is new, as notices and ticks make it do."""
        room = self.hub.rooms[hosted.code]
        for _ in range(3):
            await room.refresh_snapshot()
            await room.refresh_state()
            if not room.snapshot.status.over:
                await room.refresh_presence()
            await room.refresh_chat()

    async def pass_a_second(self) -> None:
        await self.hub._tick()
        await self.hub._scheduler.run_due()

    async def leave(self, hosted: HostedRoom, recording: RecordingQueue) -> None:
        room, connection = next(
            pair for pair in self.connections if pair[1].send_queue is recording
        )
        await self.hub.disconnect(room, connection)
        await hosted.leave(connection.lease)


@pytest_asyncio.fixture
async def manual_hub() -> AsyncIterator[ManualHub]:
    manual_hub = ManualHub(Hub())
    yield manual_hub
    await manual_hub.hub.stop()
    await live_state.close()


async def lead(seconds: float) -> None:
    await transitions.sweep(
        now_ms=(await room_clock()).now_ms() + seconds * 1000, may_expire_leases=False
    )


async def host_left(manual_hub: ManualHub) -> tuple[HostedRoom, RecordingQueue]:
    """Return a room that waits for its host, and the recording of Ben, who is there."""
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    ben = await manual_hub.enter(hosted, await a_person("Ben"))
    await manual_hub.leave(hosted, ana)
    await manual_hub.look(hosted)
    return hosted, ben


async def test_the_host_is_missed_and_greeted(manual_hub: ManualHub) -> None:
    hosted, ben = await host_left(manual_hub)
    gone = next(m for m in ben.heard if m["type"] == "HOST_DISCONNECTED")
    deadline = (await deadlines.running(hosted.code)).popitem()[1]
    assert gone["grace_ends_at"] == deadline
    await manual_hub.enter(hosted, hosted.host)
    await manual_hub.look(hosted)
    assert ben.types().count("HOST_DISCONNECTED") == 1
    assert ben.types().count("HOST_RECONNECTED") == 1
    assert "HOST_CHANGED" not in ben.types()


async def test_five_thousand_people_hear_of_each_other_once_a_second(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    room = manual_hub.hub.rooms[hosted.code]
    began_s = asyncio.get_running_loop().time()
    for count in (5_000, 5_001):
        await present(hosted, count)
        room.presence_refresh.request()
        await hears_count(ana, count + 1)
    assert asyncio.get_running_loop().time() - began_s >= 1


async def present(hosted: HostedRoom, count: int) -> None:
    """Let so many be present, without the work of letting each in."""
    async with live_state.reaching_redis("test") as redis:
        await redis.zadd(
            presence.key(hosted.code, "since"), {f"person {n}": n for n in range(count)}
        )


async def hears_count(recording: RecordingQueue, count: int) -> None:
    async def told() -> bool:
        return any(m["type"] == "PRESENCE" and m["viewer_count"] == count for m in recording.heard)

    await eventually(told)


async def test_a_new_host_is_announced_as_such_and_not_as_the_old_one_coming_back(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    heir = await a_person("Ben")
    ben = await manual_hub.enter(hosted, heir)
    await manual_hub.leave(hosted, ana)
    await manual_hub.look(hosted)
    await lead(3600)
    await manual_hub.look(hosted)
    assert [m["host"] for m in ben.heard if m["type"] == "HOST_CHANGED"] == [id_of(heir)]
    assert "HOST_RECONNECTED" not in ben.types()
    changed = [m for m in ben.heard if m["type"] == "PRESENCE" and m["changed"]][-1]["changed"]
    assert [(one["id"], one["role"]) for one in changed] == [(id_of(heir), "host")]


async def test_handing_over_to_someone_absent_starts_the_wait_for_them(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    await hosted.transfer(await hosted.let_in("Ben"), by=hosted.host)
    await manual_hub.look(hosted)
    assert {"HOST_CHANGED", "HOST_DISCONNECTED"} <= set(ana.types())
    assert (await hosted.snapshot()).status is Status.GRACE


async def test_who_is_shut_out_while_coming_in_gets_no_connection(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    room = manual_hub.hub.rooms[hosted.code]
    for act, error in ((ModerationAction.KICK, BadTicket), (ModerationAction.BAN, Banned)):
        ben = await hosted.let_in("Ben")
        connection = Connection(
            await hosted.enter(ben), RecordingQueue(), (await room_clock()).now_ms() / 1000
        )
        await hosted.act(act, ben, by=hosted.host)
        await manual_hub.look(hosted)
        with pytest.raises(error):
            manual_hub.hub.connect(room, connection)
    await services.delete_room(hosted.code, hosted.host)
    await manual_hub.look(hosted)
    with pytest.raises(NoSuchRoom):
        manual_hub.hub.connect(room, connection)
    assert len(room.connections) == 1
    assert (ana.closed, ana.heard[-1]["reason"]) == (CloseCode.ROOM_OVER, "deleted")


async def test_what_a_player_reported_while_redis_was_away_is_stored_when_it_is_back(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    ben = await a_person("Ben")
    for person in (hosted.host, ben):
        await manual_hub.enter(hosted, person)
    hub, stored = manual_hub.hub, manual_hub.hub.rooms[hosted.code].presence_feed
    (room, ana), (_, bens) = manual_hub.connections
    reporting = hub._reporting
    with monkeypatch.context() as patched:
        patched.setattr(presence, "report", away)
        hub.report(room, ana, replace(ana.status, buffering=True))
        hub.report(room, bens, replace(bens.status, rtt_ms=40.0))
        with pytest.raises(live_state.LiveStateUnavailable):
            await hub._store_reports()
    # The newer one counts.
    hub.report(room, ana, replace(ana.status, buffering=False, rtt_ms=7.0))
    reporting.cancel()
    hub._reporting = Coalesced(hub._store_reports)
    await hub._tick()

    async def is_known() -> bool:
        await room.refresh_presence()
        return [(p.buffering, p.rtt_ms) for p in stored.snapshot.people] == [
            (False, 7.0),
            (False, 40.0),
        ]

    await eventually(is_known)


async def test_what_is_reported_while_redis_goes_away_comes_after_what_was_reported_before(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    for person in (hosted.host, await a_person("Ben")):
        await manual_hub.enter(hosted, person)
    hub = manual_hub.hub
    (room, ana), (_, bens) = manual_hub.connections

    async def goes_away(*_args: object) -> None:
        hub.report(room, ana, replace(ana.status, rtt_ms=7.0))
        raise live_state.LiveStateUnavailable

    monkeypatch.setattr(presence, "report", goes_away)
    hub.report(room, ana, replace(ana.status, rtt_ms=5.0))
    hub.report(room, bens, bens.status)
    with pytest.raises(live_state.LiveStateUnavailable):
        await hub._store_reports()
    assert list(hub._reported[hosted.code]) == [bens.lease, ana.lease]
    assert hub._reported[hosted.code][ana.lease].rtt_ms == 7.0


async def test_what_players_reported_is_stored_again_when_redis_has_lost_it(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    [(room, ana)] = manual_hub.connections
    is_awaited = frozenset([ana.lease.connection])
    manual_hub.hub.report(room, ana, replace(ana.status, awaited_on=is_awaited))
    await manual_hub.hub._store_reports()
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await manual_hub.hub._tick()
    await manual_hub.hub._store_reports()
    assert await presence.awaited_on(hosted.code, ana.person) == is_awaited


async def test_a_room_given_up_and_opened_at_the_same_moment_is_one_room(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    now_s = (await room_clock()).now_ms() / 1000
    hub, hears = manual_hub.hub, RecordingQueue()
    banned = await a_person("Ben")
    ben = Connection(await hosted.enter(banned), RecordingQueue(), now_s)
    ana = Connection(await hosted.enter(hosted.host), hears, now_s)
    await hosted.act(ModerationAction.BAN, banned, by=hosted.host)

    async def refused() -> None:
        room = await hub.room(hosted.code)
        with pytest.raises(Banned):
            hub.connect(room, ben)
        await hub.disconnect(room, ben)

    async def let_in() -> None:
        hub.connect(await hub.room(hosted.code), ana)

    # Both wait for the same room to be opened, and Ben, who is first, gives it up at once.
    await asyncio.gather(refused(), let_in(), hub.room(hosted.code))
    assert ana in hub.rooms[hosted.code].connections
    await playback.command(hosted.code, Play(), Context(id_of(hosted.host)))
    assert "PLAYBACK_STATE" in hears.types()


async def test_a_room_that_ended_while_it_was_opened_is_not_kept(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    await asyncio.to_thread(room_rows.enter, hosted.code, Status.EXPIRED)
    await transitions.announce_snapshot(hosted.code)
    with pytest.raises(RoomOver):
        await manual_hub.hub.room(hosted.code)
    assert manual_hub.hub.rooms == {}
    assert manual_hub.hub._subscribed == set()


async def test_an_ended_rooms_state_stays_deleted_however_late_a_process_looks(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    room = manual_hub.hub.rooms[hosted.code]
    await services.delete_room(hosted.code, hosted.host)
    await room.refresh_state()
    assert await playback_store.load(hosted.code) is None
    await room.refresh_snapshot()
    assert ana.closed is CloseCode.ROOM_OVER


async def test_the_next_command_reaches_everyone_after_redis_went_back(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    before = await hosted.state()
    for position in (1.0, 2.0):
        await command(hosted, "SEEK", position=position)
    await manual_hub.look(hosted)
    # A crash of Redis may lose its last second.
    await hosted.put(before)
    await manual_hub.look(hosted)
    assert (await hosted.state()).position == 2.0
    await command(hosted, "SEEK", position=3.0)
    await manual_hub.look(hosted)
    states = [m for m in ana.heard if m["type"] == "PLAYBACK_STATE"]
    assert states[-1]["position"] == 3.0
    revisions = [m["revision"] for m in states]
    assert revisions == sorted(set(revisions))


async def test_an_id_stays_spent_after_redis_went_back(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    before = await hosted.state()
    await command(hosted, "SEEK", position=1.0, id="once")
    await hosted.put(before)
    await command(hosted, "SEEK", position=9.0, id="once")
    assert (await hosted.state()).position == 1.0


async def test_a_command_finds_its_room_though_redis_has_lost_it(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    await command(hosted, "SEEK", position=50.0)
    await manual_hub.look(hosted)
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await command(hosted, "PLAY")
    await manual_hub.look(hosted)
    last = [m for m in ana.heard if m["type"] == "PLAYBACK_STATE"][-1]
    assert (last["playing"], last["position"]) == (True, 50.0)


async def command(hosted: HostedRoom, type_: str, **fields: Any) -> None:
    message = codec.decode(json.dumps({"type": type_, **fields}))
    assert isinstance(message, PlaybackCommand)
    await playback.command(hosted.code, message, Context(id_of(hosted.host), message.id))


async def test_a_ban_that_redis_forgot_is_read_from_the_database_again(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    room = manual_hub.hub.rooms[hosted.code]
    ben = await hosted.let_in("Ben")
    old = await hosted.snapshot()
    await hosted.act(ModerationAction.BAN, ben, by=hosted.host)
    await room.refresh_snapshot()
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(snapshots.key(hosted.code))
    await snapshots.save(old)
    room.compare(await read_revisions([hosted.code]), known_revision=room.state.revision)
    await room.refresh_snapshot()
    assert id_of(ben) in room.snapshot.banned
    assert id_of(ben) in (await hosted.snapshot()).banned


@pytest.mark.parametrize("kept", [["1-0", "2-0"], ["1-0"], []])
async def test_chat_goes_on_when_redis_lost_messages_and_its_clock_was_set_back(
    manual_hub: ManualHub, kept: list[str]
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    key = chat.chat_key(hosted.code)

    async def say(*ids: str) -> None:
        async with live_state.reaching_redis("test") as redis:
            for id_ in ids:
                said: Any = {"member": id_of(hosted.host), "name": "Ana", "text": id_}
                await redis.xadd(key, {**said, "at": "1", "client_id": ""}, id=id_)

    await say("1-0", "2-0", "9-0")
    await manual_hub.look(hosted)
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(key)
    await say(*kept, "4-0")
    await manual_hub.look(hosted)
    await say("5-0")
    await manual_hub.look(hosted)
    told = [m["id"] for m in ana.heard if m["type"] == "CHAT"]
    assert told == ["1-0", "2-0", "9-0", "4-0", "5-0"]


async def test_older_lines_take_the_place_of_those_that_were_deleted(
    manual_hub: ManualHub, settings: Any
) -> None:
    settings.RATE_LIMITS = False
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    room = manual_hub.hub.rooms[hosted.code]
    facts: Any = {"member": id_of(hosted.host), "name": "Ana", "role": Role.HOST, "client_id": None}
    now_ms = (await room_clock()).now_ms()
    said = [
        (await chat.add(hosted.code, text=str(number), now_ms=now_ms, **facts))[0].id
        for number in range(80)
    ]
    await room.refresh_chat()
    for line in said[40:]:
        await chat.delete(hosted.code, line, of=None)
    # Not told yet when somebody comes in.
    await chat.add(hosted.code, text="last", now_ms=now_ms, **facts)
    await room.refresh_chat()
    assert ana.types().count("CHAT_DELETED") == 40
    assert [message.text for message in room.chat.messages] == [*map(str, range(40)), "last"]


@pytest.mark.parametrize(
    "what", ["live", "presence", "leases", "since", "status", "snapshot", "chat", "queue"]
)
async def test_a_room_with_a_key_of_another_type_keeps_no_other_room_from_its_news(
    manual_hub: ManualHub, what: str
) -> None:
    spoilt, other = await HostedRoom.build(), await HostedRoom.build()
    await manual_hub.enter(spoilt, spoilt.host)
    ana = await manual_hub.enter(other, other.host)
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(f"room:{{{spoilt.code}}}:{what}")
        await redis.rpush(f"room:{{{spoilt.code}}}:{what}", "spoilt")
    now_ms = (await room_clock()).now_ms()
    # By another process, whose notice is lost.
    facts: Any = {"member": id_of(other.host), "name": "Ana", "role": Role.HOST, "client_id": None}
    await chat.add(other.code, text="hello", now_ms=now_ms, **facts)
    await manual_hub.hub._tick()
    for room, connection in manual_hub.connections:
        manual_hub.hub.report(room, connection, replace(connection.status, drift_ms=77.0))

    async def is_told() -> bool:
        _, present = await presence.snapshot(other.code, at_most=1)
        return "CHAT" in ana.types() and present.people[0].drift_ms == 77.0

    await eventually(is_told)


@pytest.mark.parametrize("what", ["live", "snapshot", "queue"])
async def test_a_revision_that_is_no_number_keeps_no_other_room_from_its_news(what: str) -> None:
    spoilt, other = await HostedRoom.build(), await HostedRoom.build()
    version = (await other.snapshot()).version
    field = "revision" if what == "live" else "version"
    async with live_state.reaching_redis("test") as redis:
        await redis.hset(f"room:{{{spoilt.code}}}:{what}", field, "many")
    found = await read_revisions([spoilt.code, other.code])
    assert found.state[other.code] == (await other.state()).revision
    assert found.snapshot[other.code] == version


async def test_who_leaves_while_leases_are_renewed_is_missed_once(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    renew, under_way, may_end = presence.renew, asyncio.Event(), asyncio.Event()

    async def slowly(leases: Any, **times: float) -> set[Lease]:
        under_way.set()
        await may_end.wait()
        return await renew(leases, **times)

    monkeypatch.setattr(presence, "renew", slowly)
    renewal = asyncio.create_task(manual_hub.hub._renew(await room_clock(), 0.0))
    await under_way.wait()
    leaving = asyncio.create_task(manual_hub.leave(hosted, ana))
    done, _ = await asyncio.wait([leaving], timeout=0.1)
    assert not done
    may_end.set()
    await asyncio.gather(renewal, leaving)
    assert await presence.count(hosted.code) == 0
    assert set(await deadlines.running(hosted.code)) == {Deadline.GRACE, Deadline.IDLE}


async def test_leases_are_not_renewed_each_second_because_a_room_is_busy(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    await manual_hub.hub._tick()
    renewed = asyncio.Event()
    read = read_revisions

    async def renew(leases: Any, **times: float) -> set[Lease]:
        renewed.set()
        return set()

    async def read_while_somebody_looks(codes: list[str], **kinds: Any) -> Revisions:
        found = await read(codes, **kinds)
        _, connection = manual_hub.connections[0]
        await presence.report(hosted.code, {connection.lease: connection.status})
        await manual_hub.hub.rooms[hosted.code].refresh_presence()
        return found

    monkeypatch.setattr(presence, "renew", renew)
    monkeypatch.setattr("rooms.live.hub.read_revisions", read_while_somebody_looks)
    await manual_hub.hub._tick()
    assert not renewed.is_set()


async def test_a_room_that_opens_during_a_look_does_not_break_it_off(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted, opening = await HostedRoom.build(), await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    hub, channel = manual_hub.hub, manual_hub.hub._own_channel

    async def channel_while_a_room_opens() -> str:
        monkeypatch.setattr(hub, "_own_channel", channel)
        await manual_hub.enter(opening, opening.host)
        return await channel()

    monkeypatch.setattr(hub, "_own_channel", channel_while_a_room_opens)
    await hub._tick()
    assert hub.rooms.keys() == {hosted.code, opening.code}


async def test_the_last_to_leave_starts_the_idle_time_though_they_were_never_connected(
    manual_hub: ManualHub,
) -> None:
    hosted = await HostedRoom.build()
    host = await hosted.enter(hosted.host)
    late = await hosted.enter(await a_person("Ben"))
    await transitions.leave(host, last=False)
    await transitions.leave(late, last=True)
    assert Deadline.IDLE in await deadlines.running(hosted.code)


async def test_everyone_gone_leaves_nothing_in_the_process(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    ben = await manual_hub.enter(hosted, await a_person("Ben"))
    room, connection = manual_hub.connections[0]
    manual_hub.hub.report(room, connection, connection.status)
    for recording in (ana, ben):
        await manual_hub.leave(hosted, recording)
    assert (manual_hub.hub.rooms, manual_hub.hub._subscribed, manual_hub.hub._opening) == (
        {},
        set(),
        {},
    )
    assert not room.connections


async def test_a_room_that_could_not_be_opened_leaves_nothing_in_the_process(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    with monkeypatch.context() as patched:
        patched.setattr(chat, "recent", away)
        with pytest.raises(live_state.LiveStateUnavailable):
            await manual_hub.hub.room(hosted.code)
    assert live_states.seen(hosted.code) is None
    # Nobody here follows the room, so its queue counts as unknown.
    assert queue_state.is_current(hosted.code, -1)


async def test_redis_back_after_losing_everything_the_wait_for_the_host_goes_on(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No other process has leases to renew first.
    monkeypatch.setattr(presence_feed, "GATHERING_S", 0.0)
    hosted, _ben = await host_left(manual_hub)
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await manual_hub.hub._tick()
    await manual_hub.look(hosted)
    assert Deadline.GRACE in await deadlines.running(hosted.code)


async def test_a_wait_for_the_host_whose_end_redis_alone_forgot_goes_on(
    manual_hub: ManualHub,
) -> None:
    hosted, ben = await host_left(manual_hub)
    # The snapshot still tells of it: it may have been stored by who read the deadline before.
    await deadlines.drop(hosted.code, Deadline.GRACE)
    await manual_hub.hub._tick()
    await manual_hub.look(hosted)
    assert Deadline.GRACE in await deadlines.running(hosted.code)
    assert ben.types().count("HOST_DISCONNECTED") == 2


async def test_an_empty_room_gets_its_deadline_again_though_redis_was_never_away(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.upkeep.scheduler.REBUILD_CHECK_EVERY_S", 0.0)
    hosted, lived_in = await HostedRoom.build(), await HostedRoom.build()
    await manual_hub.enter(lived_in, lived_in.host)
    await manual_hub.pass_a_second()
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await manual_hub.pass_a_second()
    # At first others may not have taken their leases again.
    assert await deadlines.running(hosted.code) == {}
    await manual_hub.pass_a_second()
    assert Deadline.IDLE in await deadlines.running(hosted.code)
    assert await deadlines.running(lived_in.code) == {}


async def test_leases_are_kept_and_nobody_is_left_behind_while_the_database_hangs(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    settings.PRESENCE_LEASE = timedelta(0)
    monkeypatch.setattr("rooms.live.hub.TICK_S", 0.01)
    hangs, thrice = asyncio.Event(), asyncio.Event()
    renewed: list[list[str]] = []

    async def hang() -> None:
        hangs.set()
        await asyncio.Event().wait()

    async def renew(leases: list[Lease], **times: float) -> set[Lease]:
        if hangs.is_set():
            renewed.append([lease.person for lease in leases])
        if len(renewed) == 3:
            thrice.set()
        return set()

    monkeypatch.setattr(transitions, "rebuild_deadlines", hang)
    monkeypatch.setattr(presence, "renew", renew)
    await manual_hub.hub.start()
    async with asyncio.timeout(PATIENCE_S):
        await hangs.wait()
        tended = ana.tended
        await thrice.wait()
    assert renewed[:3] == [[id_of(hosted.host)]] * 3
    assert ana.tended > tended


async def test_after_a_standstill_a_process_misses_nobody_of_its_own(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    await manual_hub.pass_a_second()
    # As long as Redis has been there already, and the lease that was taken last: forever.
    now_s = monotonic_s()
    settings.PRESENCE_LEASE = timedelta(milliseconds=1)
    monkeypatch.setattr(manual_hub.hub._scheduler, "_reachable_since_s", now_s - 3600)
    monkeypatch.setattr(manual_hub.hub._scheduler, "_renewed_at_s", now_s - 3600)
    lease = f"room:{{{hosted.code}}}:leases"
    async with live_state.reaching_redis("test") as redis:
        for key in (lease, "rooms:occupied"):
            await redis.zadd(key, {str(name): 1 for name in await redis.zrange(key, 0, -1)})
        await manual_hub.hub._scheduler.run_due()
        assert await redis.zcard(lease) == 1
        # Only a process that has renewed its own leases expires those of others.
        settings.PRESENCE_LEASE = timedelta(minutes=1)
        manual_hub.hub._scheduler.leases_are_renewed(at_s=monotonic_s())
        await manual_hub.hub._scheduler.run_due()
        assert await redis.zcard(lease) == 0


async def test_when_the_machine_wakes_up_nobody_who_is_still_here_has_left(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    await manual_hub.pass_a_second()
    # Redis has answered for long enough.
    monkeypatch.setattr(manual_hub.hub._scheduler, "_reachable_since_s", float("-inf"))
    monotonic_ms = time_module.monotonic_ms
    hour_ms = 3_600_000.0
    monkeypatch.setattr(time_module, "monotonic_ms", lambda: monotonic_ms() + hour_ms)
    # Whichever comes first.
    await manual_hub.hub._scheduler.run_due()
    assert await presence.is_present(hosted.code, id_of(hosted.host))
    await manual_hub.pass_a_second()
    assert await presence.is_present(hosted.code, id_of(hosted.host))
    assert (await hosted.snapshot()).status is Status.LIVE


async def test_a_notice_that_cannot_be_read_does_not_end_the_listening(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    heard: list[str] = []
    both = asyncio.Event()

    def hear(notice: bus.Notice) -> None:
        heard.append(notice["topic"])
        if len(heard) > 1:
            both.set()
        raise ValueError("of another version")

    monkeypatch.setattr(manual_hub.hub, "_on_notice", hear)
    monkeypatch.setattr("rooms.live.hub.TICK_S", 0.0)
    listening = asyncio.create_task(manual_hub.hub._listen())
    async with asyncio.timeout(PATIENCE_S):
        while not both.is_set():
            await get_channel_layer().group_send(
                bus.group(hosted.code), {**NOTICE, "code": hosted.code}
            )
    listening.cancel()


async def test_who_opens_a_room_says_so_to_those_who_listen_there(
    manual_hub: ManualHub, elsewhere: RedisPubSubChannelLayer
) -> None:
    hosted = await HostedRoom.build()
    channel = await elsewhere.new_channel()
    await elsewhere.group_add(bus.group(hosted.code), channel)
    await manual_hub.enter(hosted, hosted.host)
    async with asyncio.timeout(PATIENCE_S):
        while (notice := await elsewhere.receive(channel))["topic"] != "here":
            pass
    assert notice["code"] == hosted.code


async def test_whoever_says_that_they_listen_is_told_of_the_next_command(
    manual_hub: ManualHub, elsewhere: RedisPubSubChannelLayer
) -> None:
    hosted, _ana = await without_others(manual_hub)
    listening = asyncio.create_task(manual_hub.hub._listen())
    await elsewhere.group_send(
        bus.group(hosted.code), {**NOTICE, "topic": "here", "code": hosted.code}
    )
    await others_are_expected(hosted)
    listening.cancel()


async def test_a_room_that_was_left_may_have_others(manual_hub: ManualHub) -> None:
    hosted, ana = await without_others(manual_hub)
    await manual_hub.leave(hosted, ana)
    assert not bus.remote_listeners().has_none(hosted.code)


async def test_while_redis_is_away_anyone_may_begin_to_listen(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted, _ana = await without_others(manual_hub)

    async def away() -> None:
        raise live_state.LiveStateUnavailable

    monkeypatch.setattr(manual_hub.hub, "_tick", away)
    ticking = asyncio.create_task(manual_hub.hub._tick_on())
    await others_are_expected(hosted)
    ticking.cancel()


async def without_others(manual_hub: ManualHub) -> tuple[HostedRoom, RecordingQueue]:
    """Return a room that no other process has, as is known here, and the recording of its host."""
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    await manual_hub.hub._tick()
    assert bus.remote_listeners().has_none(hosted.code)
    return hosted, ana


async def others_are_expected(hosted: HostedRoom) -> None:
    async def expected() -> bool:
        return not bus.remote_listeners().has_none(hosted.code)

    await eventually(expected)


NOTICE = {
    "type": "room.notice",
    "origin": "another process",
    "topic": "chat",
    "revision": 0,
    "text": "",
}


async def a_film_being_made(owner: Principal) -> Video:
    """A film that no browser plays, with 20 s of it made."""
    video = await Video.objects.acreate(
        owner_id=owner.user_id,
        title="A film",
        status=Video.Status.PROCESSING,
        duration_s=7200,
        size_bytes=1,
        mime_type="video/x-matroska",
    )
    await Source.objects.acreate(video=video, storage="local", key=f"{video.pk}/original", etag="")
    await Rendition.objects.acreate(
        video=video,
        version=1,
        name=part_name("v360.mp4", 1),
        kind=Rendition.Kind.PART,
        mime_type="video/mp4",
        storage="local",
        key=f"{video.pk}/part",
        size_bytes=1,
        until_s=20.0,
        is_published=True,
    )
    return video


async def test_a_room_follows_how_far_its_film_is_made(manual_hub: ManualHub) -> None:
    hosted = await HostedRoom.build()
    ana = await manual_hub.enter(hosted, hosted.host)
    video = await a_film_being_made(hosted.host)
    source = registry.describe(SourceKey("library", MediaType.MOVIE, str(video.pk)))
    await playback.set_source(hosted.code, source, Context(id_of(hosted.host)))
    assert (ana.heard[-1]["type"], ana.heard[-1]["made_until"]) == ("PLAYBACK_STATE", 20)

    await Rendition.objects.filter(video=video).aupdate(until_s=50.0)
    await manual_hub.pass_a_second()

    async def reaches(seconds: float | None) -> bool:
        states = [m for m in ana.heard if m["type"] == "PLAYBACK_STATE"]
        return bool(states[-1]["made_until"] == seconds)

    await eventually(lambda: reaches(50))
    await Video.objects.filter(pk=video.pk).aupdate(status=Video.Status.COMPLETED)
    await manual_hub.hub.rooms[hosted.code].auto_advance._refresh_made()
    assert await reaches(None)


@pytest.mark.parametrize("playing", [False, True])
async def test_a_room_that_was_empty_while_its_film_was_made_does_not_wait_for_more_of_it(
    manual_hub: ManualHub, playing: bool
) -> None:
    hosted = await HostedRoom.build()
    video = await a_film_being_made(hosted.host)
    source = registry.describe(SourceKey("library", MediaType.MOVIE, str(video.pk)))
    await playback.set_source(hosted.code, source, Context(id_of(hosted.host)))
    stands = (await hosted.state()).model_copy(update={"position": 20.0, "playing": playing})
    await hosted.put(stands.model_copy(update={"revision": stands.revision + 1}))
    await Video.objects.filter(pk=video.pk).aupdate(status=Video.Status.COMPLETED)

    await manual_hub.enter(hosted, hosted.host)

    async def is_made() -> bool:
        return (await hosted.state()).made_until is None

    # Before anybody looks at the room for the first time, which is once a second.
    await eventually(is_made)
    await command(hosted, "PLAY")
    state = await hosted.state()
    assert (state.playing, state.position) == (True, 20.0)
    # As long as any film is given to load.
    assert state.at <= (await room_clock()).now_ms() + next_item.START_LEAD_MS


async def test_of_whom_nobody_has_asked_nobody_says_that_they_are_gone(
    manual_hub: ManualHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    await manual_hub.enter(hosted, hosted.host)
    room = manual_hub.hub.rooms[hosted.code]
    read = room.presence_feed.read

    async def meanwhile(*, always: Collection[str]) -> bool:
        # Dua is not among the first hundred, and a start begins to wait for them.
        answer = await read(always=always)
        hold = Hold(("dua",), 60)
        await live_states.apply(hosted.code, Play(), Context(id_of(hosted.host), hold=hold))
        return answer

    monkeypatch.setattr(room.presence_feed, "read", meanwhile)
    await room.refresh_presence()
    assert room.state.held is not None
    assert room.readiness._ready == set()
    monkeypatch.undo()
    # They have left, and that is found out without waiting for anything else to happen.

    async def plays() -> bool:
        return (await hosted.state()).playing

    await eventually(plays)
