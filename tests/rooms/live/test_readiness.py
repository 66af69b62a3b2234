"""How what players report makes a room wait, on real stores."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import pytest_asyncio

from playback.clock import room_clock
from playback.commands import Play, Seek, Wait
from playback.rules import Context
from playback.state import LiveState
from playback.waiting import Hold
from rooms import protocol, services
from rooms import state as live_states
from rooms.live import readiness as module
from rooms.live.readiness import Readiness, hold_of, stored_hold
from server.wire import Frame
from tests.rooms.evenings import Evening, away
from tests.rooms.made import HostedRoom, id_of
from tests.rooms.visits import Place
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


class Watch:
    """A room with ``people``, in which one process takes what players report."""

    def __init__(self, hosted: HostedRoom) -> None:
        self.hosted = hosted
        self.people = ["ana", "ben"]
        self.readiness = Readiness(hosted.code, lead_ms=lambda: 0.0, hold=self.hold)

    def hold(self) -> Hold:
        return hold_of(self.snapshot, dict.fromkeys(self.people, True), len(self.people))

    async def begin(self) -> None:
        self.snapshot = (await self.hosted.snapshot()).model_copy(update={"wait": Wait.ALWAYS})
        self.clock = await room_clock()
        self.hear(await live_states.watch(self.hosted.code, self._hear))

    def _hear(self, old: LiveState, new: LiveState, frame: Frame) -> None:
        self.hear(new)

    def hear(self, state: LiveState) -> None:
        self.state = state
        self.readiness.follow(state, self.clock)

    async def do(self, command: Play | Seek, *, hold: Hold | None = None) -> LiveState:
        host = id_of(self.hosted.host)
        return (
            await live_states.apply(self.hosted.code, command, Context(host, hold=hold))
        ).outcome.state

    def report(self, person: str, **facts: Any) -> None:
        told = {"position": 0.0, "buffering": False, "drift_ms": 0.0, "ready": True, **facts}
        status = protocol.Status(revision=self.state.revision, **told)
        self.readiness.report(person, status, self.snapshot, may_stall=True)

    async def waits_for(self, people: Iterable[str]) -> None:
        async def does() -> bool:
            return self.state.held is not None and set(self.state.held.pending) == set(people)

        await eventually(does)

    async def plays(self) -> None:
        async def does() -> bool:
            return self.state.playing

        await eventually(does)

    def end(self) -> None:
        live_states.unwatch(self.hosted.code, self._hear)
        self.readiness.dispose()


@pytest_asyncio.fixture
async def watch(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    monkeypatch.setattr(module, "STALLED_AFTER_S", 0.0)
    watch = Watch(await HostedRoom.build())
    await watch.begin()
    yield watch
    watch.end()


async def test_who_was_ready_for_the_last_wait_is_not_ready_for_the_next(watch: Watch) -> None:
    first = await watch.do(Play(), hold=watch.hold())
    second = await watch.do(Seek(position=60), hold=watch.hold())
    # Ben says so just before this process hears of the next wait.
    watch.hear(first)
    watch.report("ben")
    watch.hear(second)
    watch.report("ana")
    await watch.waits_for(["ben"])


async def test_a_player_that_stalls_again_and_again_does_not_stop_the_film_for_ever(
    watch: Watch,
) -> None:
    watch.snapshot = watch.snapshot.model_copy(update={"wait_timeout_s": 3})
    await watch.do(Play())
    # Ready at once, each costs a second.
    for _ in range(3):
        watch.report("ben", buffering=True, ready=False)
        await watch.waits_for(["ben"])
        watch.report("ben")
        await watch.plays()
    watch.report("ben", buffering=True, ready=False)
    watch.report("ana", buffering=True, ready=False)
    await watch.waits_for(["ana"])


async def test_of_a_crowd_a_twentieth_at_most_stop_the_film(watch: Watch) -> None:
    watch.people = [f"m{number}" for number in range(60)]
    await watch.do(Play())
    watch.report("m50", buffering=True, ready=False)
    watch.report("m1", buffering=True, ready=False)
    await watch.waits_for(["m1"])


async def test_who_comes_in_stops_nobody_before_they_have_had_the_picture(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STALLED_AFTER_S", 0.0)
    await services.change_room(place.hosted.code, place.hosted.host, {"wait": "always"})
    evening = await Evening.of(place, "ben")
    await evening.room.refresh_snapshot()
    await evening.say("ana", "PLAY", position=45)
    await evening.pass_time(seconds=5)

    async def is_watched(**facts: Any) -> bool:
        revision = (await place.hosted.state()).revision
        await evening.say("ben", "STATUS", position=50.0, drift_ms=0.0, revision=revision, **facts)
        return bool(evening.room.readiness._stalls)

    loading, shown = {"buffering": True, "ready": False}, {"buffering": False, "ready": True}
    for _ in range(2):
        assert not await is_watched(**loading)
    assert not await is_watched(**shown)
    assert await is_watched(**loading)
    ben = id_of(evening.people["ben"])

    async def is_waited_for() -> bool:
        held = (await place.hosted.state()).held
        return held is not None and held.pending == (ben,)

    await eventually(is_waited_for)
    await is_watched(**shown)

    async def plays() -> bool:
        return (await place.hosted.state()).playing

    await eventually(plays)
    # A new connection may be a new page, which loads anew.
    await evening.go("ben")
    await evening.come("ben")
    assert not await is_watched(**loading)


async def test_who_became_ready_while_redis_was_away_is_not_waited_for_when_it_is_back(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch.do(Play(), hold=watch.hold())
    with monkeypatch.context() as patched:
        patched.setattr(live_states, "apply", away)
        watch.report("ana")
        watch.report("ben")
        telling = watch.readiness._telling._task
        assert telling is not None
        await telling
    assert (await watch.hosted.state()).held is not None
    watch.readiness.catch_up(watch.clock.now_ms())
    await watch.plays()


async def test_who_left_before_they_had_played_well_for_long_enough_begins_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = await Evening.of(place, "ben")
    await evening.say("ana", "PLAY", position=45)
    ben = id_of(evening.people["ben"])
    late = (await place.hosted.state()).model_copy(update={"excused": (ben,)})
    await place.hosted.put(late.model_copy(update={"revision": late.revision + 1}))
    await evening.room.refresh_state()

    async def plays_well() -> None:
        await evening.say("ben", "STATUS", position=50.0, buffering=False, drift_ms=0.0)

    await plays_well()
    await evening.go("ben")
    await evening.come("ben")
    # As if the time had passed while Ben was away.
    monkeypatch.setattr(module, "WELL_FOR_S", 1e-9)
    await plays_well()
    assert not evening.room.readiness._tasks
    await plays_well()
    await eventually(lambda: is_excused_no_more(place))


async def is_excused_no_more(place: Place) -> bool:
    return not (await place.hosted.state()).excused


async def test_a_wait_under_way_ends_when_its_host_wants_no_more_of_it(place: Place) -> None:
    code, host = place.hosted.code, place.hosted.host
    await services.change_room(code, host, {"wait": "start", "wait_timeout_s": 60})
    hold = Hold((id_of(host),), 60)
    await live_states.apply(code, Play(position=5), Context(id_of(host), hold=hold))
    waits = (await place.hosted.state()).held
    await services.change_room(code, host, {"wait_timeout_s": 3})
    shorter = (await place.hosted.state()).held
    assert waits is not None
    assert shorter is not None
    assert shorter.until < waits.until - 50_000
    await services.change_room(code, host, {"wait": "off"})
    state = await place.hosted.state()
    assert (state.playing, state.position, state.held) == (True, 5, None)


READY = {"position": 0.0, "buffering": False, "drift_ms": 0.0}


@pytest.mark.parametrize("page_comes_first", [True, False])
async def test_a_second_device_does_not_take_the_waiting_from_the_first(
    place: Place, page_comes_first: bool
) -> None:
    await services.change_room(place.hosted.code, place.hosted.host, {"wait": "start"})
    host, ben = place.hosted.host, await place.hosted.let_in("Ben")
    ana = await place.visit(host)
    sockets = [await place.visit(ben, connection=name) for name in ("c1", "c2")]
    page, device = sockets if page_comes_first else sockets[::-1]
    room = ana.sender.room
    await page.say("STATUS", **READY, ready=False, id="p1")
    await device.say("STATUS", **READY, id="d1")
    # As it is known at other servers too.
    await place.hub._store_reports()
    await room.refresh_presence()
    held = await ana.say("PLAY", id="a1")
    assert held["waiting"]["for"] == [id_of(ben)]
    stored = await stored_hold(place.hosted.code)
    assert stored is not None
    assert stored.members == (id_of(ben),)
    # The device wants no waiting, the page still does.
    await device.say("WAIT_FOR_ME", on=False, id="d2")
    await ana.say("SEEK", position=9, id="a2")
    await room.refresh_presence()
    assert (await place.hosted.state()).held is not None
    await page.say("WAIT_FOR_ME", on=False, id="p2")
    assert (await place.hosted.state()).playing
    await ana.say("SEEK", position=30, id="a3")
    assert (await place.hosted.state()).playing


async def test_a_second_device_that_plays_on_hides_no_stall_of_the_first(watch: Watch) -> None:
    await watch.do(Play())
    watch.report("ben", buffering=True, ready=False)
    watch.report("ben", ready=None)
    await watch.waits_for(["ben"])
