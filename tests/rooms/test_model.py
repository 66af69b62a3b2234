"""A model of the room, and people who do anything in any order at two servers at once.

``ROOM_MODEL_EXAMPLES=500`` runs that many, new ones each time.
"""

import asyncio
import itertools
import json
import os
import time
from typing import Any

import pytest
import redis.asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from playback.state import REMEMBERED_ANSWERS, LiveState
from tests.rooms import auto_advance_steps, party_steps, waiting_steps
from tests.rooms.conftest import Pair
from tests.rooms.model import (
    NAMES,
    NOTICES_KEPT,
    Appoint,
    Command,
    Done,
    Enter,
    FilmEnds,
    HandOverRace,
    HostVanishes,
    Leave,
    Look,
    Model,
    NextRace,
    PlayersFail,
    Queueing,
    QueueStart,
    Race,
    React,
    Repeat,
    SetControl,
    SkipVotes,
    Stall,
    Step,
    View,
    WaitForEachOther,
    items_of,
    notices_of,
    queue_starts,
    state_of,
    steps,
)
from tests.rooms.people import Guest, Message, RoomSocket
from tests.support.waiting import eventually

# How a room begins, and what happens to it.
Evening = tuple[QueueStart, list[Step]]

EXAMPLES = int(os.environ.get("ROOM_MODEL_EXAMPLES", "0"))
FILM = "https://youtu.be/dQw4w9WgXcQ"
SETTLED_WITHIN_S = 8.0
# While the host is away, somebody else may become host in the middle of one of these.
NEEDS_A_HOST = (
    Repeat
    | Appoint
    | Race
    | HandOverRace
    | Queueing
    | NextRace
    | React
    | SetControl
    | WaitForEachOther
    | Stall
    | FilmEnds
    | SkipVotes
    | PlayersFail
)


class Play:
    """One room and its people, doing step after step and checking each."""

    def __init__(self, pair: Pair, live: redis.asyncio.Redis, cast: list[list[Guest]]) -> None:
        self.cast = cast
        self.live = live
        self.servers = (pair.first, pair.second)
        self.room_sockets: list[RoomSocket] = []
        self.tokens: dict[str, str] = {}
        self.late: set[tuple[str, str]] = set()
        self.ids = (f"m{number}" for number in itertools.count())

    async def open(self, start: QueueStart) -> None:
        host = self.cast[0][0]
        self.code = await host.create_room(url=FILM)
        for guests in self.cast:
            await guests[0].join(self.code)
        await self.enter(Enter(0, 0, False))
        self.model = Model(host.id, state_of(self.room_sockets[0].welcome["state"]))
        await party_steps.fill_queue(self, start)

    async def run(self, step: Step) -> None:
        await self.catch_up()
        unsure = self.is_host_away()
        if unsure and isinstance(step, NEEDS_A_HOST):
            # Else half of what may happen would happen to rooms where it means nothing.
            await self.enter(Enter(self.number(self.model.host), len(self.room_sockets) % 2, True))
            await self.catch_up()
            unsure = False
        match step:
            case Enter():
                await self.enter(step)
            case Leave() if self.room_sockets:
                room_socket = self.room_sockets[step.socket % len(self.room_sockets)]
                await self.leave(room_socket, cut=step.cut)
            case HostVanishes():
                await self.host_vanishes(step)
            case Command() if self.room_sockets:
                await self.command(step, unsure=unsure)
            case Repeat() if self.room_sockets and self.model.done:
                await self.repeat(step)
            case Appoint() if self.room_sockets:
                await self.appoint(step)
            case Race() if self.room_sockets:
                await self.race(step)
            case Queueing() if self.room_sockets:
                await self.ask_of_queue(step)
            case NextRace() if self.room_sockets:
                await self.next_race(step)
            case React() if self.room_sockets:
                await party_steps.react(self, step)
            case SetControl():
                await party_steps.set_control(self, step)
            case WaitForEachOther() if self.room_sockets:
                await waiting_steps.wait_for_each_other(self, step)
            case Stall() if self.room_sockets:
                await waiting_steps.stall(self, step)
            case FilmEnds() if self.room_sockets:
                await auto_advance_steps.film_ends(self, step)
            case SkipVotes() if self.room_sockets:
                await auto_advance_steps.skip_votes(self, step)
            case PlayersFail() if self.room_sockets:
                await auto_advance_steps.players_fail(self, step)
            case HandOverRace():
                await self.hand_over_race(step)
            case Look():
                await self.look()

    # --- who is there

    def is_host_away(self) -> bool:
        return self.model.host not in self.present()

    def present(self) -> set[str]:
        return {room_socket.guest.id for room_socket in self.room_sockets}

    async def enter(self, step: Enter) -> None:
        guest = self.cast[step.person % len(NAMES)][step.server]
        token = self.tokens.pop(guest.id, None) if step.resume else None
        if token is None:
            token = (await guest.join(self.code))["ticket"]
        self.room_sockets.append(await guest.open(self.code, token))
        self.tokens[guest.id] = self.room_sockets[-1].welcome["resume"]

    async def leave(self, room_socket: RoomSocket, *, cut: bool) -> None:
        self.room_sockets.remove(room_socket)
        if cut:
            room_socket.socket.transport.abort()
        await room_socket.leave()

    async def host_vanishes(self, step: HostVanishes) -> None:
        gone = [s for s in self.room_sockets if s.guest.id == self.model.host]
        for room_socket in gone:
            await self.leave(room_socket, cut=True)
        if gone and step.back:
            await self.enter(Enter(self.number(gone[0].guest.id), len(gone) % 2, True))

    async def truth(self) -> Message:
        """Return the live state as Valkey has it."""
        text = await self.live.hget(f"room:{{{self.code}}}:live", "state")
        assert text, "there is no live state"
        return LiveState.model_validate_json(text).model_dump(mode="json")

    async def catch_up(self) -> None:
        """Let the server have made someone host if the host was away."""
        truth = await self.truth()
        if truth["host"] != self.model.host:
            assert truth["revision"] == self.model.state["revision"] + 1
            assert truth["host"] in {guests[0].id for guests in self.cast}
            assert state_of(truth) == self.model.state | {"revision": truth["revision"]}
            self.adopt(truth)
        assert state_of(truth) == self.model.state
        assert set(truth["cohosts"]) == self.model.cohosts

    def adopt(self, truth: Message) -> None:
        self.model.host, self.model.cohosts = truth["host"], set(truth["cohosts"])
        self.model.state = state_of(truth)

    # --- commands

    def room_socket(self, number: int, *, of: str | None = None) -> RoomSocket:
        there = [s for s in self.room_sockets if of in (None, s.guest.id)]
        return there[number % len(there)]

    async def command(self, step: Command, *, unsure: bool) -> None:
        room_socket, sender = self.room_socket(step.socket), self.room_socket(step.socket).guest.id
        heard = len(room_socket.heard)
        type_, fields = step.order
        id_ = {"id": next(self.ids)} if step.with_id else {}
        await room_socket.say(type_, **fields, **id_)
        await room_socket.in_step()
        if unsure and sender not in self.model.cohosts:
            # The host's grace may have ended just now, in favour of whoever asked.
            self.adopt(await self.truth())
            return
        revision = self.model.state["revision"]
        # What was commanded before may be told only now.
        told = [
            m
            for m in room_socket.heard[heard:]
            if m.get("revision", 0) > revision or m["type"] == "ERROR"
        ]
        if not self.model.may_control(sender):
            assert not told, "a stranger was answered"
            return
        if not step.with_id and self.model.is_idle(step.order):
            return
        answer = next(m for m in told if m["by"] == sender)
        assert answer.get("id") == id_.get("id")
        assert answer["revision"] == revision + 1 or unsure
        self.model.check(step.order, state_of(answer))
        if step.with_id:
            self.model.done.append(Done(sender, step.order, answer))

    async def order(self, room_socket: RoomSocket, type_: str, **fields: Any) -> Message:
        """Have a command carried out whose sender may give it; return its answer."""
        answer = await room_socket.ask(type_, **fields, id=next(self.ids))
        self.model.done.append(Done(room_socket.guest.id, (type_, fields), answer))
        return answer

    async def repeat(self, step: Repeat) -> None:
        """An id that was used before has no second effect and gets the first answer."""
        remembered = self.model.done[-REMEMBERED_ANSWERS:]
        done = remembered[step.earlier % len(remembered)]
        if done.by not in self.present() or not self.model.may_control(done.by):
            return
        room_socket = self.room_socket(step.socket, of=done.by)
        self.late.add((done.by, done.answer["id"]))
        type_, fields = done.order
        assert await room_socket.ask(type_, **fields, id=done.answer["id"]) == done.answer
        assert state_of(await self.truth()) == self.model.state

    async def appoint(self, step: Appoint) -> None:
        room_socket = self.room_socket(step.socket)
        person = self.cast[step.person % len(NAMES)][0].id
        type_, on = {"UNCOHOST": ("COHOST", {"on": False})}.get(step.what, (step.what, {}))
        reply = await room_socket.ask(type_, member=person, **on)
        if room_socket.guest.id != self.model.host:
            assert (reply["type"], reply["code"]) == ("ERROR", "forbidden")
            return
        assert reply["type"] == "ACK", reply
        truth, model = await self.truth(), self.model
        if step.what == "TRANSFER":
            model.host = person
            model.cohosts -= {person}
        elif person != model.host:
            model.cohosts = model.cohosts - {person} | (
                {person} if step.what == "COHOST" else set()
            )
        assert (truth["host"], set(truth["cohosts"])) == (model.host, model.cohosts)
        assert truth["revision"] - model.state["revision"] in (0, 1)
        model.state = model.state | {"revision": truth["revision"]}

    # --- the queue

    async def ask_of_queue(self, step: Queueing) -> None:
        room_socket, queue = self.room_socket(step.socket), self.model.queue
        may, before = self.model.may_control(room_socket.guest.id), list(queue)
        if step.what == "NEXT":
            await self.go_on(room_socket, may=may)
        elif step.what == "LATE NEXT":
            await party_steps.go_on_late(self, room_socket, step)
        elif step.what == "ADD":
            may = await party_steps.add(self, room_socket, step)
        elif step.what in ("ORDER", "VOTE"):
            may = await party_steps.order_queue(self, room_socket, step)
        elif queue:
            item = queue[step.item % len(queue)]
            target = queue[step.before % len(queue)]
            if step.what == "REMOVE":
                may = may or self.model.added_by[item[0]] == room_socket.guest.id
                reply = await room_socket.ask("QUEUE_REMOVE", item=item[0])
            else:
                may = may and not self.model.by_votes
                reply = await room_socket.ask("QUEUE_MOVE", item=item[0], before=target[0])
            assert (reply["type"] == "ACK") == may, reply
            if may and (step.what == "REMOVE" or item != target):
                queue.remove(item)
                if step.what == "MOVE":
                    queue.insert(queue.index(target), item)
        assert may or before == queue
        await self.queue_settles()

    async def go_on(self, room_socket: RoomSocket, *, may: bool) -> None:
        if not may:
            heard = len(room_socket.heard)
            await room_socket.say("NEXT", id=next(self.ids))
            await room_socket.in_step()
            assert not [m for m in room_socket.heard[heard:] if m["type"] in ("ACK", "ERROR")]
            return
        revision = self.model.state["revision"]
        answer = await self.order(room_socket, "NEXT")
        if not self.model.queue:
            # It is remembered that this came to nothing.
            self.model.state = self.model.state | {"revision": revision + 1}
            assert state_of(answer) == self.model.state
            return
        self.take_next(answer)

    def take_next(self, state: Message) -> None:
        """The room has gone on: ``state`` is what the first item makes of it."""
        _id, work = self.model.queue.pop(0)
        assert state["revision"] == self.model.state["revision"] + 1
        assert (state["playing"], state["position"], state["rate"]) == (True, 0, 1)
        assert state["source"]["external_id"] == work
        self.model.state = state_of(state)

    async def next_race(self, step: NextRace) -> None:
        """However many go on from one film at the same time, the room goes on by one."""
        people = sorted({self.model.host, *self.model.cohosts & self.present()})
        room_sockets = await self.racers(people, (step.first, step.second))
        revision = self.model.state["revision"]
        # Without an id: what it does not change then makes no new state.
        await asyncio.gather(*(s.say("NEXT", revision=revision) for s in room_sockets))
        await asyncio.gather(*(s.in_step() for s in room_sockets))
        truth = await self.truth()
        if self.model.queue:
            self.take_next(truth)
        assert state_of(truth) == self.model.state
        await self.queue_settles()

    async def queue_settles(self) -> None:
        """Wait for the server that went on to take the item out, which it does after telling."""

        async def is_settled() -> bool:
            return await self.queue_truth() == self.model.queue

        await eventually(is_settled, within_s=SETTLED_WITHIN_S, every_s=0.02)

    async def queue_truth(self) -> list[tuple[str, str]]:
        """Return the queue as Valkey has it."""
        text = await self.live.hget(f"room:{{{self.code}}}:queue", "queue")
        assert text, "there is no queue"
        entries = json.loads(text)["entries"]
        return [(entry["id"], entry["source"]["external_id"]) for entry in entries]

    # --- races

    async def racers(self, people: list[str], picks: tuple[int, int]) -> list[RoomSocket]:
        """Return a socket at each server of one of ``people``, connected if need be."""
        found = []
        for server, pick in enumerate(picks):
            person = people[pick % len(people)]
            url = self.cast[0][server].url
            there = [s for s in self.room_sockets if (s.guest.id, s.guest.url) == (person, url)]
            if not there:
                await self.enter(Enter(self.number(person), server, False))
            found.append(there[0] if there else self.room_sockets[-1])
        return found

    async def race(self, step: Race) -> None:
        """Each order is carried out, and the last one stays."""
        people = sorted({self.model.host, *self.model.cohosts & self.present()})
        room_sockets = await self.racers(people, (step.first, step.second))
        runs = [
            (room_socket, order, next(self.ids))
            for room_socket, volley in zip(room_sockets, step.orders, strict=True)
            for order in volley
        ]
        await asyncio.gather(
            *(
                room_socket.say(type_, **fields, id=id_)
                for room_socket, (type_, fields), id_ in runs
            )
        )
        await asyncio.gather(*(room_socket.in_step() for room_socket in room_sockets))
        done = []
        for room_socket, order, id_ in runs:
            answer = next((m for m in room_socket.heard if m.get("id") == id_), None)
            assert answer, f"{order} of {room_socket.guest.name} was not answered"
            # Another's later state may have been told before.
            self.late.add((room_socket.guest.id, id_))
            done.append(Done(room_socket.guest.id, order, answer))
        for each in sorted(done, key=lambda each: int(each.answer["revision"])):
            assert each.answer["revision"] == self.model.state["revision"] + 1
            self.model.check(each.order, state_of(each.answer))
            self.model.done.append(each)
        assert state_of(await self.truth()) == self.model.state

    async def hand_over_race(self, step: HandOverRace) -> None:
        """One gets the room, and the other does not."""
        others = [guests[0].id for guests in self.cast if guests[0].id != self.model.host]
        heirs = (others[step.first % len(others)], others[step.second % len(others)])
        room_sockets = await self.racers([self.model.host], (0, 0))
        replies = await asyncio.gather(
            *(s.ask("TRANSFER", member=heir) for s, heir in zip(room_sockets, heirs, strict=True))
        )
        truth = await self.truth()
        won = [heir for heir, m in zip(heirs, replies, strict=True) if m["type"] == "ACK"]
        assert won == [truth["host"]]
        assert {m.get("code") for m in replies} == {None, "forbidden"}
        assert truth["revision"] == self.model.state["revision"] + 1
        self.adopt(truth)

    def number(self, person: str) -> int:
        return [guests[0].id for guests in self.cast].index(person)

    # --- everything

    async def look(self) -> None:
        """Wait until every socket has been told the truth, and everyone who asks gets it."""
        deadline_s = time.monotonic() + SETTLED_WITHIN_S
        while wrong := await self.untrue():
            assert time.monotonic() < deadline_s, wrong
            await asyncio.sleep(0.02)

    async def untrue(self) -> list[str]:
        """Return what somebody has been told, or is told, that is not so."""
        await asyncio.gather(*(room_socket.in_step() for room_socket in self.room_sockets))
        await self.catch_up()
        host, present = self.model.host, self.present()
        wrong = []
        for room_socket in self.room_sockets:
            view = View(room_socket, self.late)
            told = (
                view.state,
                view.roles,
                view.count,
                view.host,
                view.host_away,
                view.queue,
                view.skip_votes,
                view.skipped,
                view.control,
            )
            true = (
                self.model.state,
                {id_: self.role(id_) for id_ in present},
                len(present),
                host,
                host not in present,
                self.model.queue,
                0,
                self.model.skipped[-NOTICES_KEPT:],
                self.model.control,
            )
            name = f"{room_socket.guest.name} at {room_socket.guest.url}"
            wrong += [
                f"{name} was told {t}, not {w}" for t, w in zip(told, true, strict=True) if t != w
            ]
        return wrong or await self.untrue_answers()

    async def untrue_answers(self) -> list[str]:
        wrong = []
        for room_socket in self.room_sockets:
            synced = state_of(await room_socket.ask("SYNC"))
            http = room_socket.guest.http
            read = state_of((await http.get(f"/rooms/{self.code}/playback")).json()["state"])
            room = (await http.get(f"/rooms/{self.code}")).json()
            queue = (await http.get(f"/rooms/{self.code}/queue")).json()
            queued, skipped = items_of(queue), notices_of(queue)
            status = "GRACE" if self.is_host_away() else "LIVE"
            model = self.model
            true = (
                *(model.state, model.state, model.host, status, model.queue),
                model.skipped[-NOTICES_KEPT:],
            )
            told = (synced, read, room["host"]["id"], room["status"], queued, skipped)
            wrong += [f"answered {t}, not {w}" for t, w in zip(told, true, strict=True) if t != w]
        return wrong

    def role(self, person: str) -> str:
        if person == self.model.host:
            return "host"
        return "cohost" if person in self.model.cohosts else "viewer"

    async def close(self) -> None:
        for room_socket in self.room_sockets:
            await room_socket.leave()


@pytest.fixture(scope="module")
def strangers(pair: Pair) -> list[tuple[str, str, str]]:
    """Four people who are signed in: id, name, token."""

    async def arrive() -> list[tuple[str, str, str]]:
        guests = [await Guest.arrive(pair.first.url, name) for name in NAMES]
        tokens = [g.http.headers["Authorization"].removeprefix("Bearer ") for g in guests]
        for guest in guests:
            await guest.http.aclose()
        return [(g.id, g.name, token) for g, token in zip(guests, tokens, strict=True)]

    return asyncio.run(arrive())


async def run(
    pair: Pair, strangers: list[tuple[str, str, str]], start: QueueStart, script: list[Step]
) -> None:
    cast = [
        [Guest.with_token(server.url, name, id_, token) for server in (pair.first, pair.second)]
        for id_, name, token in strangers
    ]
    live = redis.asyncio.Redis.from_url(pair.redis_url, decode_responses=True)
    play = Play(pair, live, cast)
    try:
        await play.open(start)
        for number, step in enumerate([*script, Look()]):
            try:
                await play.run(step)
            except Exception as error:
                error.add_note(f"in room {play.code}, after {start} at step {number}: {step}")
                raise
    finally:
        await play.close()
        await live.aclose()
        for guest in itertools.chain(*cast):
            await guest.http.aclose()


async def run_all(
    pair: Pair, strangers: list[tuple[str, str, str]], evenings: list[Evening]
) -> None:
    await asyncio.gather(*(run(pair, strangers, start, script) for start, script in evenings))


evenings = st.tuples(queue_starts, st.lists(steps, min_size=8, max_size=20))


@settings(
    max_examples=EXAMPLES or 5,
    derandomize=not EXAMPLES,
    print_blob=True,
    # Shrinking takes minutes; the blob that is printed says which script it was.
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(evenings=st.lists(evenings, min_size=1 if EXAMPLES else 3, max_size=3))
def test_whatever_happens_everyone_is_told_the_same_truth(
    pair: Pair, strangers: list[tuple[str, str, str]], evenings: list[Evening]
) -> None:
    """The same people are in several rooms at once: what is waited for is waited for together."""
    asyncio.run(run_all(pair, strangers, evenings))
