"""The steps of the room's model in which the queue goes on by itself: once, at two servers."""

import asyncio
from typing import TYPE_CHECKING, Any

from tests.rooms.model import (
    FAILURES,
    SOURCES,
    Enter,
    FilmEnds,
    PlayersFail,
    Queueing,
    SkipVotes,
    as_over,
    state_of,
)
from tests.rooms.party_steps import add
from tests.rooms.people import Message, RoomSocket
from tests.rooms.waiting_steps import first_sockets, report
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from tests.rooms.test_model import Play

LENGTH_S = 60.0


async def film_ends(play: "Play", step: FilmEnds) -> None:
    """At the end of a film it is over wherever it is told, and the next one is put on once."""
    controller = play.room_socket(step.socket)
    if not play.model.may_control(controller.guest.id):
        controller = play.room_socket(0, of=play.model.host)
    await set_queue(controller, autoplay=step.autoplay)
    chosen = await play.order(controller, "SOURCE", source=SOURCES[step.work % len(SOURCES)])
    await report(controller, duration=LENGTH_S, revision=chosen["revision"])
    played = await play.order(controller, "PLAY", position=LENGTH_S - 0.1)
    assert (played["duration"], played["playing"]) == (LENGTH_S, True)
    play.model.state = state_of(played)
    if not (step.autoplay and play.model.queue):
        for room_socket in play.room_sockets:
            await is_told_the_end(play, room_socket)
        if not step.autoplay and not play.model.queue:
            await add(play, controller, Queueing(0, "ADD", step.work, 0))
    if not play.model.queue:
        await add_what_is_put_on(play, controller, step.work)
    elif not step.autoplay:
        await set_queue(controller, autoplay=True)
    await goes_on(play)
    await set_queue(controller, autoplay=True)


async def is_told_the_end(play: "Play", room_socket: RoomSocket) -> None:
    """Wait until the film is over for whoever asks, over the socket and over REST."""
    over = as_over(play.model.state)

    async def is_over() -> bool:
        return not (await room_socket.ask("SYNC"))["playing"]

    await eventually(is_over, every_s=0.02)
    read = await room_socket.guest.read(f"/rooms/{play.code}/playback")
    for told in (await room_socket.ask("SYNC"), read["state"]):
        assert state_of(told) == over | {"at": told["at"]}
        assert told["at"] >= play.model.state["at"]


async def skip_votes(play: "Play", step: SkipVotes) -> None:
    """More than half of those present skip what plays, once, if the host lets them."""
    await as_many_as_can_halve(play)
    host = play.room_socket(0, of=play.model.host)
    voters, chosen = first_sockets(play, host), await play.truth()
    refused = await voters[-1].ask("SKIP_VOTE")
    assert (refused["type"], refused["code"]) == ("ERROR", "forbidden")
    await set_queue(host, skipping=True)
    too_few = voters[: len(voters) // 2]
    for voter in too_few:
        assert (await voter.ask("SKIP_VOTE"))["type"] == "ACK"
    await all_count(play, len(too_few))
    if too_few:
        await too_few[0].ask("SKIP_VOTE", on=False)
        await all_count(play, len(too_few) - 1)
    assert state_of(await play.truth()) == play.model.state

    # Votes that come after the room has gone on are of a film that is past.
    of = {"revision": chosen["source_revision"]}
    answers = await asyncio.gather(*(voter.ask("SKIP_VOTE", **of) for voter in voters))
    assert {answer["type"] for answer in answers} == {"ACK"}
    if not play.model.queue:
        await all_count(play, len(voters))
        assert state_of(await play.truth()) == play.model.state
        await add_what_is_put_on(play, host, step.work)
    await goes_on(play)
    await all_count(play, 0)
    await set_queue(host, skipping=False)


async def players_fail(play: "Play", step: PlayersFail) -> None:
    """More than half of those present cannot play it: the room goes on, and says why."""
    await as_many_as_can_halve(play)
    host = play.room_socket(0, of=play.model.host)
    if not play.model.queue:
        await add(play, host, Queueing(0, "ADD", step.work, 0))
    _id, work = play.model.queue[0]
    await play.go_on(host, may=True)
    await play.queue_settles()
    players, put_on = first_sockets(play, host), await play.truth()
    failure = {"revision": put_on["source_revision"], "why": step.why}
    too_few = players[: len(players) // 2]
    for player in too_few:
        assert (await player.ask("FAILED", **failure))["type"] == "ACK"
    assert state_of(await play.truth()) == play.model.state
    answers = await asyncio.gather(*(p.ask("FAILED", **failure) for p in players[len(too_few) :]))
    assert {answer["type"] for answer in answers} == {"ACK"}
    if not play.model.queue:
        # As long as nothing else waits, the room stays with it.
        assert state_of(await play.truth()) == play.model.state
        await add_what_is_put_on(play, host, step.work)
    await goes_on(play)
    play.model.skipped.append((work, FAILURES[step.why]))


async def as_many_as_can_halve(play: "Play") -> None:
    """Have an even number of people be there, for every server: half of them are too few."""
    present = play.present()
    absent = [n for n, guests in enumerate(play.cast) if guests[0].id not in present]
    if len(present) % 2:
        await play.enter(Enter(absent[0], len(play.room_sockets) % 2, False))
    await play.look()


async def goes_on(play: "Play") -> None:
    """Wait until everyone has been told of the next film; the room has gone on by one."""
    before = play.model.state["revision"]
    for room_socket in play.room_sockets:
        await room_socket.hears(lambda m: is_state_after(m, before))
    play.take_next(await play.truth())
    await play.queue_settles()


def is_state_after(message: Message, revision: int) -> bool:
    return bool(message["type"] == "PLAYBACK_STATE" and message["revision"] > revision)


async def add_what_is_put_on(play: "Play", controller: RoomSocket, work: int) -> None:
    """Add to the empty queue what the room goes on to at once."""
    assert not play.model.queue
    source = SOURCES[work % len(SOURCES)]
    assert (await controller.ask("QUEUE_ADD", source=source))["type"] == "ACK"
    play.model.queue.append(("put on at once", str(source["external_id"])))


async def set_queue(room_socket: RoomSocket, **changes: Any) -> None:
    assert (await room_socket.ask("QUEUE_SET", **changes))["type"] == "ACK"


async def all_count(play: "Play", votes: int) -> None:
    """Wait until everyone has been told of so many who want to skip what plays."""
    for room_socket in play.room_sockets:
        await hears_of_votes(room_socket, votes)


async def hears_of_votes(room_socket: RoomSocket, votes: int) -> None:
    await room_socket.until(lambda: counted(room_socket) == votes)


def counted(room_socket: RoomSocket) -> int:
    queues = [room_socket.welcome["queue"], *room_socket.of("QUEUE")]
    return int(queues[-1]["skip_votes"])
