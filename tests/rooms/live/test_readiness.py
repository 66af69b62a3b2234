"""How what players report makes a room wait, on real stores."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import pytest_asyncio

from playback.clock import room_clock
from playback.commands import Play, Seek, Wait
from playback.state import LiveState
from playback.waiting import Hold
from presence.roster import Person
from rooms import protocol
from rooms import state as live_states
from rooms.live import readiness as module
from rooms.live.readiness import Readiness, hold_of
from server.wire import Frame
from tests.faults.rig import eventually
from tests.rooms.made import HostedRoom, id_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


class Watch:
    """A room with ``people``, in which one process takes what players report."""

    def __init__(self, hosted: HostedRoom) -> None:
        self.hosted = hosted
        self.people = ["ana", "ben"]
        self.readiness = Readiness(hosted.code, lead_ms=lambda: 0.0, hold=self.hold)

    def hold(self) -> Hold:
        return hold_of(self.snapshot, map(_awaited, self.people), len(self.people))

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
            await live_states.apply(self.hosted.code, command, by=host, hold=hold)
        ).outcome.state

    def report(self, person: str, **facts: Any) -> None:
        told = {"position": 0.0, "buffering": False, "drift_ms": 0.0, "ready": True, **facts}
        status = protocol.Status(revision=self.state.revision, **told)
        self.readiness.report(person, status, self.snapshot)

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


def _awaited(id_: str) -> Person:
    return Person(id_, id_, awaited=True)


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
