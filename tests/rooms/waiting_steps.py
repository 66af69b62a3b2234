"""The steps of the room's model in which people wait for each other: a start, and a stall."""

from typing import TYPE_CHECKING, Any

from playback.waiting import MOST_BACK_S
from tests.rooms.model import Ending, Stall, WaitForEachOther, state_of
from tests.rooms.party_steps import change_room
from tests.rooms.people import Message, RoomSocket

if TYPE_CHECKING:
    from tests.rooms.test_model import Play

# Whose stalls have cost a whole time-out, for them the room does not stop again.
STALLS_COST_AT_MOST_S = 6.0


async def wait_for_each_other(play: "Play", step: WaitForEachOther) -> None:
    """However a wait ends, the film then plays from where it was to, for everyone."""
    sender = play.room_socket(step.socket)
    if not play.model.may_control(sender.guest.id):
        return
    began = await start_together(play, sender, "start", step.position)
    if began["waiting"]:
        assert (began["playing"], began["position"]) == (False, step.position)
        assert set(began["waiting"]["for"]) <= play.present()
        await end_the_wait(play, step, sender, began)
    else:
        # Whoever is here and has not been late before is waited for.
        assert sender.guest.id in (await play.truth())["excused"]
    await all_play(play, after=began["revision"], position=step.position)
    await wait_no_more(play)


async def stall(play: "Play", step: Stall) -> None:
    """The room waits where the stalled player is, whichever server it is at, and goes on there."""
    sender = play.room_socket(step.socket)
    if not play.model.may_control(sender.guest.id):
        return
    staller = first_sockets(play, sender)[step.staller % len(play.present())]
    if await has_stalled_before(play, staller.guest.id):
        return
    began = await start_together(play, sender, "always", step.position)
    if began["waiting"]:
        await all_ready(play, began)
    plays_at = await all_play(play, after=began["revision"], position=step.position)
    # From then on it has had the picture.
    await report(staller, ready=True, revision=began["revision"])
    at = {"position": float(step.position), "revision": began["revision"]}
    await report(staller, ready=False, buffering=True, **at)
    for room_socket in play.room_sockets:
        told = await room_socket.hears(lambda m: waits_anew(m, plays_at))
        assert (told["playing"], told["waiting"]["for"]) == (False, [staller.guest.id])
        # Who is much further behind does not take the room back.
        back_s = told["position"] - step.position
        assert back_s == 0 or back_s > MOST_BACK_S
    match step.ending:
        case Ending.OVERRIDE:
            assert (await play.order(sender, "PLAY"))["playing"] is True
            assert staller.guest.id in (await play.truth())["excused"]
        case Ending.READY:
            await report(staller, ready=True, revision=told["revision"])
        case Ending.LEAVING:
            assert (await staller.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
    await all_play(play, after=told["revision"], position=told["position"])
    await wait_no_more(play)


async def has_stalled_before(play: "Play", person: str) -> bool:
    """Tell whether the room does not wait for them, or soon will no longer."""
    truth = await play.truth()
    costs_s: dict[str, float] = dict(truth["stall_costs_s"])
    return person in truth["excused"] or costs_s.get(person, 0.0) > STALLS_COST_AT_MOST_S


async def start_together(play: "Play", sender: RoomSocket, rule: str, position: int) -> Message:
    """Have the room wait by ``rule``, and start the film while no player is ready."""
    await change_room(play, wait=rule)
    for room_socket in play.room_sockets:
        await knows_the_rule(room_socket, rule)
        await report(room_socket, ready=False)
    # A second device, which says nothing of its picture, takes nobody's waiting away.
    firsts = first_sockets(play, sender)
    for room_socket in play.room_sockets:
        if room_socket not in firsts:
            await report(room_socket)
    await sender.say("PAUSE")
    return await play.order(sender, "PLAY", position=position)


async def knows_the_rule(room_socket: RoomSocket, rule: str) -> None:
    """Wait until a socket, and so its server, knows how the room waits."""
    await room_socket.until(lambda: waits(room_socket) == rule)


def first_sockets(play: "Play", first: RoomSocket) -> list[RoomSocket]:
    """Return one socket of each person who is here, ``first`` among them."""
    found: dict[str, RoomSocket] = {}
    for room_socket in (first, *play.room_sockets):
        found.setdefault(room_socket.guest.id, room_socket)
    return list(found.values())


async def end_the_wait(
    play: "Play", step: WaitForEachOther, sender: RoomSocket, began: Message
) -> None:
    match step.ending:
        case Ending.OVERRIDE:
            assert (await play.order(sender, "PLAY"))["playing"] is True
        case Ending.READY:
            await all_ready(play, began)
        case Ending.LEAVING:
            for room_socket in list(play.room_sockets):
                if room_socket.guest.id == sender.guest.id:
                    await report(room_socket, ready=True, revision=began["revision"])
                elif room_socket.guest.id == play.model.host:
                    assert (await room_socket.ask("WAIT_FOR_ME", on=False))["type"] == "ACK"
                else:
                    await play.leave(room_socket, cut=True)


async def all_ready(play: "Play", began: Message) -> None:
    for room_socket in play.room_sockets:
        await report(room_socket, ready=True, revision=began["revision"])


async def all_play(play: "Play", *, after: int, position: float) -> int:
    """Wait until everyone has been told that the film plays from there; return the revision."""
    told = [await room_socket.hears(lambda m: plays(m, after)) for room_socket in play.room_sockets]
    assert {(state["position"], state["waiting"]) for state in told} == {(position, None)}
    return max(int(state["revision"]) for state in told)


async def wait_no_more(play: "Play") -> None:
    """Nobody is waited for from here on."""
    await change_room(play, wait="off")
    for room_socket in play.room_sockets:
        await knows_the_rule(room_socket, "off")
        await report(room_socket)
        await room_socket.ask("WAIT_FOR_ME", on=True)
    play.model.state = state_of(await play.truth())
    assert (play.model.state["playing"], play.model.state["waiting"]) == (True, None)


def plays(message: Message, after: int) -> bool:
    is_state = message["type"] == "PLAYBACK_STATE"
    return bool(is_state and message["playing"] and message["revision"] >= after)


def waits_anew(message: Message, after: int) -> bool:
    is_state = message["type"] == "PLAYBACK_STATE"
    return bool(is_state and message["waiting"] and message["revision"] > after)


def waits(room_socket: RoomSocket) -> str:
    """Return the room's rule of waiting as a socket knows it."""
    rooms = [room_socket.welcome["room"], *(m["room"] for m in room_socket.of("ROOM_CHANGED"))]
    return str(rooms[-1]["wait"])


async def report(room_socket: RoomSocket, **facts: Any) -> None:
    status = {"position": 0.0, "buffering": False, "drift_ms": 0.0, **facts}
    assert (await room_socket.ask("STATUS", **status))["type"] == "ACK"
