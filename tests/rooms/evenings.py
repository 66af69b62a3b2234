"""A room with a queue whose sockets are in this process: who is there, who goes, what plays."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.principal import Principal
from core.live import LiveStateUnavailable
from playback.state import LiveState
from presence import store as presence
from rooms import queue_state
from rooms.live.room import LiveRoom
from tests.rooms.made import a_person, pass_time
from tests.rooms.visits import Message, Place, Visit
from tests.support.waiting import eventually

FILMS = ("dQw4w9WgXcQ", "aqz-KE-bpKQ", "jNQXAC9IVRw", "M7lc1UVf-VE")
STATUS = {"position": 1.0, "buffering": False, "drift_ms": 0.0}


async def away(*_args: object, **_options: object) -> None:
    """Be a call to Redis while it is away."""
    raise LiveStateUnavailable


@dataclass
class Evening:
    """Ana hosts; everyone else is a viewer. What they say may be told a moment later."""

    place: Place
    visits: dict[str, Visit] = field(default_factory=dict)
    people: dict[str, Principal] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    async def of(cls, place: Place, *viewers: str) -> "Evening":
        evening = cls(place, people={"ana": place.hosted.host})
        for name in ("ana", *viewers):
            await evening.come(name)
        return evening

    @property
    def code(self) -> str:
        return self.place.hosted.code

    @property
    def room(self) -> LiveRoom:
        return self.place.hub.rooms[self.code]

    async def come(self, name: str) -> None:
        """Come in, or come again."""
        if name not in self.people:
            self.people[name] = await a_person(name)
        self.visits[name] = await self.place.visit(self.people[name])
        await self.room.refresh_presence()

    async def go(self, name: str) -> None:
        visit = self.visits.pop(name)
        await self.place.hub.disconnect(visit.sender.room, visit.sender.connection)
        await presence.release(visit.sender.connection.lease)
        if self.visits:
            await self.room.refresh_presence()

    async def say(self, name: str, type_: str, **fields: object) -> Message:
        return await self.visits[name].say(type_, id=f"{type_} {next(self.numbers)}", **fields)

    async def all_say(self, *names: str, type_: str, **fields: object) -> None:
        for name in names:
            assert (await self.say(name, type_, **fields))["type"] == "ACK"

    async def add(self, *numbers: int) -> None:
        for number in numbers:
            work = {"provider": "youtube", "media_type": "movie", "external_id": FILMS[number]}
            fields = {"source": work}
            answer = await self.visits["ana"].say("QUEUE_ADD", id=f"add {number}", **fields)
            assert answer["type"] == "ACK"

    async def put_on(self, number: int) -> LiveState:
        """Have the queue put a film on, of which nothing else waits."""
        await self.add(number)
        await self.say("ana", "NEXT")
        return await self.plays(number)

    async def plays(self, number: int) -> LiveState:
        """Wait until a film plays."""

        async def does() -> bool:
            state = await self.place.hosted.state()
            return state.source is not None and state.source.external_id == FILMS[number]

        await eventually(does, every_s=0.01)
        return await self.place.hosted.state()

    async def now_plays(self) -> str | None:
        """Return what plays when all that was asked for so far has been done."""
        await self.room.refresh_presence()
        await self.done()
        state = await self.place.hosted.state()
        return state.source.external_id if state.source else None

    async def done(self) -> None:
        """Wait until this process has done what it was asked for."""
        auto_advance = self.room.auto_advance
        for work in (self.room.player_activity.updating, auto_advance._doubts, auto_advance._next):
            while work._task is not None and not work._task.done():
                await asyncio.wait([work._task])

    async def pass_time(self, *, seconds: float) -> None:
        """Let time pass, and have this process look at the room as it does once a second."""
        await pass_time(seconds=seconds)
        self.room.catch_up()

    async def skip_votes(self) -> int:
        return (await queue_state.current(self.code)).skip_votes
