"""The party's steps of the room's model: reactions, who controls, the queue, and waiting."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import event

from tests.rooms.model import (
    SOURCES,
    Ending,
    Queueing,
    QueueStart,
    React,
    SetControl,
    WaitForEachOther,
    state_of,
)
from tests.rooms.people import Message, RoomSocket

if TYPE_CHECKING:
    from tests.rooms.test_model import Play


async def react(play: "Play", step: React) -> None:
    """Everyone sees it once, whichever server they are at, and the room stays as it is."""
    sender = play.room_socket(step.socket)
    before = [(room_socket, pressed(room_socket)) for room_socket in play.room_sockets]
    assert (await sender.ask("REACT", emoji=step.emoji))["type"] == "ACK"
    for room_socket, seen in before:
        await hears_another(room_socket, seen)
        assert pressed(room_socket) - seen == Counter({step.emoji: 1})
    assert state_of(await play.truth()) == play.model.state


async def hears_another(room_socket: RoomSocket, seen: Counter[str]) -> None:
    await room_socket.until(lambda: pressed(room_socket) != seen)


async def knows_the_rule(room_socket: RoomSocket, rule: str) -> None:
    """Wait until a socket, and so its server, knows how the room waits."""
    await room_socket.until(lambda: waits(room_socket) == rule)


def pressed(room_socket: RoomSocket) -> Counter[str]:
    """Return all that a socket has been told of reactions."""
    total: Counter[str] = Counter()
    for message in room_socket.of("REACTIONS"):
        total.update(message["counts"])
    return total


async def set_control(play: "Play", step: SetControl) -> None:
    """The host may do it though they are away; another state tells, if it is news."""
    await change_room(play, control=step.control)
    truth, model = await play.truth(), play.model
    assert truth["control"] == step.control
    is_news = step.control != model.control
    assert truth["revision"] == model.state["revision"] + is_news
    model.control = step.control
    model.state = model.state | {"revision": truth["revision"]}


async def fill_queue(play: "Play", start: QueueStart) -> None:
    """The host says how the queue works; two items are there to stand before, one voted for."""
    host = play.room_sockets[0]
    order, adding = ("votes" if start.by_votes else "manual"), start.adding
    assert (await host.ask("QUEUE_SET", order=order, adding=adding))["type"] == "ACK"
    play.model.by_votes, play.model.adding = start.by_votes, adding
    for item in range(len(SOURCES)):
        await add(play, host, Queueing(0, "ADD", item, 0))
    await order_queue(play, host, start.vote)
    await add(play, host, start.add)


async def add(play: "Play", room_socket: RoomSocket, step: Queueing) -> bool:
    """A controller's item stands before another, unless votes order the queue; tell if it is in."""
    source, model, person = SOURCES[step.item % len(SOURCES)], play.model, room_socket.guest.id
    queue, may_place = model.queue, model.may_control(person)
    target = queue[step.before % len(queue)][0] if queue and step.before else None
    fields = {"before": target} if target else {}
    may = may_place or model.adding == "everyone"
    reply = await room_socket.ask("QUEUE_ADD", source=source, **fields)
    assert (reply["type"] == "ACK") == may, reply
    if not may:
        return False
    known = {id_ for id_, _ in queue}
    [added] = [item for item in await play.queue_truth() if item[0] not in known]
    ids = [id_ for id_, _ in queue]
    is_placed = target is not None and may_place and not model.by_votes
    place = ids.index(target) if target is not None and is_placed else len(queue)
    if target is not None:
        by = "a controller" if may_place else "a member"
        event(f"{by} adds before another, ordered {'by votes' if model.by_votes else 'by hand'}")
    queue.insert(place, (added[0], str(source["external_id"])))
    model.added_by[added[0]] = person
    model.sort_queue()
    return True


async def order_queue(play: "Play", room_socket: RoomSocket, step: Queueing) -> bool:
    """Everyone votes, and the host says whether that orders the queue; tell if it was theirs."""
    model, on, person = play.model, bool(step.before % 2), room_socket.guest.id
    if step.what == "ORDER":
        order = "votes" if on else "manual"
        reply = await room_socket.ask("QUEUE_SET", order=order)
        may = person == model.host
        if may:
            model.by_votes = on
    else:
        if not model.queue:
            return True
        item = model.queue[step.item % len(model.queue)][0]
        reply = await room_socket.ask("QUEUE_VOTE", item=item, on=on)
        may = True
        model.votes = model.votes | {(person, item)} if on else model.votes - {(person, item)}
    assert (reply["type"] == "ACK") == may, reply
    model.sort_queue()
    return may


async def go_on_late(play: "Play", room_socket: RoomSocket, step: Queueing) -> None:
    """Who goes on from a film that is past does nothing, and is refused nothing."""
    chosen_at = (await play.truth())["source_revision"]
    if not chosen_at:
        return
    items = [id_ for id_, _ in play.model.queue]
    item = [{}, {"item": "gone"}, {"item": items[0]} if items else {}][step.item % 3]
    heard = len(room_socket.heard)
    await room_socket.say("NEXT", revision=chosen_at - 1, **item)
    await room_socket.in_step()
    assert not [m for m in room_socket.heard[heard:] if m["type"] == "ERROR"]
    assert state_of(await play.truth()) == play.model.state


def second_sockets(play: "Play", first: RoomSocket) -> list[RoomSocket]:
    """Return the sockets of people who have another one before it, at either server."""
    ordered = [first, *(s for s in play.room_sockets if s is not first)]
    people = [room_socket.guest.id for room_socket in ordered]
    return [s for n, s in enumerate(ordered) if people[n] in people[:n]]


async def wait_for_each_other(play: "Play", step: WaitForEachOther) -> None:
    """However a wait ends, the film then plays from where it was to, for everyone."""
    sender = play.room_socket(step.socket)
    if not play.model.may_control(sender.guest.id):
        return
    await change_room(play, wait="start")
    for room_socket in play.room_sockets:
        await knows_the_rule(room_socket, "start")
        await report(room_socket, ready=False)
    # A second device, which says nothing of its picture, takes nobody's waiting away.
    for room_socket in second_sockets(play, sender):
        await report(room_socket)
    await sender.say("PAUSE")
    began = await sender.ask("PLAY", position=step.position)
    if began["waiting"]:
        assert (began["playing"], began["position"]) == (False, step.position)
        assert set(began["waiting"]["for"]) <= play.present()
        await end_the_wait(play, step, sender, began)
    else:
        # Whoever is here and has not been late before is waited for.
        assert sender.guest.id in (await play.truth())["excused"]
    for room_socket in play.room_sockets:
        told = await room_socket.hears(lambda m: plays(m, began["revision"]))
        assert (told["position"], told["waiting"]) == (step.position, None)
    # Nobody is waited for from here on.
    await change_room(play, wait="off")
    for room_socket in play.room_sockets:
        await knows_the_rule(room_socket, "off")
        await report(room_socket)
        await room_socket.ask("WAIT_FOR_ME", on=True)
    play.model.state = state_of(await play.truth())
    assert (play.model.state["playing"], play.model.state["waiting"]) == (True, None)


async def end_the_wait(
    play: "Play", step: WaitForEachOther, sender: RoomSocket, began: Message
) -> None:
    match step.ending:
        case Ending.OVERRIDE:
            assert (await sender.ask("PLAY"))["playing"] is True
        case Ending.READY:
            for room_socket in play.room_sockets:
                await report(room_socket, ready=True, revision=began["revision"])
        case Ending.LEAVING:
            for room_socket in list(play.room_sockets):
                if room_socket.guest.id == sender.guest.id:
                    await report(room_socket, ready=True, revision=began["revision"])
                elif room_socket.guest.id == play.model.host:
                    assert (await room_socket.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
                else:
                    await play.leave(room_socket, cut=True)


def plays(message: Message, after: int) -> bool:
    is_state = message["type"] == "PLAYBACK_STATE"
    return bool(is_state and message["playing"] and message["revision"] >= after)


def waits(room_socket: RoomSocket) -> str:
    """Return the room's rule of waiting as a socket knows it."""
    rooms = [room_socket.welcome["room"], *(m["room"] for m in room_socket.of("ROOM_CHANGED"))]
    return str(rooms[-1]["wait"])


async def report(room_socket: RoomSocket, **facts: Any) -> None:
    status = {"position": 0.0, "buffering": False, "drift_ms": 0.0, **facts}
    assert (await room_socket.ask("STATUS", **status))["type"] == "ACK"


async def change_room(play: "Play", **facts: Any) -> None:
    host = play.cast[play.number(play.model.host)][0]
    reply = await host.http.patch(f"/rooms/{play.code}", json=facts)
    assert reply.status_code == 200, reply.text
