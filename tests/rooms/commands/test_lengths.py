"""Whose word on the length of a film counts, on real stores."""

import pytest

from accounts.principal import Principal
from playback.clock import room_clock
from playback.commands import Play
from playback.rules import Context
from playback.state import LiveState
from rooms import queue as rules
from rooms import state as live_states
from rooms.commands import playback, queue
from tests.rooms.made import HostedRoom, a_person, id_of, pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


class Show:
    """A film that plays from its beginning, and who is there."""

    def __init__(self, hosted: HostedRoom) -> None:
        self.hosted = hosted

    @classmethod
    async def of(cls, *viewers: Principal) -> "Show":
        """Begin with the host there."""
        show = cls(await HostedRoom.build())
        for person in (show.hosted.host, *viewers):
            await show.hosted.enter(person)
        await live_states.apply(show.hosted.code, Play(), Context(id_of(show.hosted.host)))
        return show

    async def tell(self, length_s: float, *viewers: Principal) -> None:
        of = (await self.hosted.state()).source_revision
        for viewer in viewers:
            await queue.note_length(self.hosted.code, length_s, of=of, by=id_of(viewer))

    async def now(self) -> LiveState:
        return (await self.hosted.state()).effective((await room_clock()).now_ms())


async def test_viewers_end_no_film_of_a_controller_who_is_there() -> None:
    ben, cem = await a_person("Ben"), await a_person("Cem")
    show = await Show.of(ben)
    await show.tell(0.5, ben)
    await show.tell(12, ben)
    assert (await show.now()).duration is None
    await pass_time(seconds=rules.PLAYERS_DUE_AFTER_S + 1)
    # One of two is not most of those present.
    await show.tell(60, ben)
    assert (await show.now()).duration is None
    await show.hosted.enter(cem)
    for length_s in (0.5, rules.PLAYERS_DUE_AFTER_S - 1):
        await show.tell(length_s, ben, cem)
    now = await show.now()
    assert (now.duration, now.playing) == (None, True)


async def test_when_a_controllers_player_tells_nothing_most_of_those_present_are_believed() -> None:
    ben, cem = await a_person("Ben"), await a_person("Cem")
    show = await Show.of(ben, cem)
    await show.tell(60, ben, cem)
    assert (await show.now()).duration is None
    await pass_time(seconds=rules.PLAYERS_DUE_AFTER_S + 1)
    await show.tell(60, ben)
    assert (await show.now()).duration == 60
    await pass_time(seconds=60)
    assert (await show.now()).playing is False
    # The host's player wakes up after all.
    await playback.learn_duration(show.hosted.code, 90, Context(id_of(show.hosted.host)), seen=None)
    now = await show.now()
    assert (now.duration, now.playing) == (90, True)
    assert 60 <= now.position_at((await room_clock()).now_ms()) < 65
