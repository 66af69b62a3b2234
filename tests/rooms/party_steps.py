"""The party's steps of the room's model: reactions, who controls, and the queue."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import event

from tests.rooms.model import (
    SOURCES,
    Queueing,
    QueueStart,
    React,
    SetControl,
    state_of,
)
from tests.rooms.people import RoomSocket

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


async def change_room(play: "Play", **facts: Any) -> None:
    host = play.cast[play.number(play.model.host)][0]
    reply = await host.http.patch(f"/rooms/{play.code}", json=facts)
    assert reply.status_code == 200, reply.text
