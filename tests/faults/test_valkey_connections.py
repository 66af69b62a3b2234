"""Small breaks between the servers and Valkey that nobody in a room should notice."""

import time

from tests.faults.rig import Party, Rig, ask_redis, hears_of_people, hears_revision
from tests.rooms.people import People
from tests.support.waiting import eventually

# Half of what passes between a server's looks at what it has missed.
AT_ONCE_S = 0.5


async def test_a_notice_lost_between_the_servers_is_made_up_for(rig: Rig, people: People) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    assert await ask_redis(rig.valkey.url, "CLIENT", "KILL", "TYPE", "pubsub") > 0
    told = await party.ana.ask("PLAY", position=5)
    await party.ben.ask("CHAT", text="Here we go")
    await party.ben.leave()
    await hears_revision(party.cem, told["revision"])
    await party.cem.hears(lambda m: m.get("text") == "Here we go")
    await hears_of_people(party.cem, {party.ana.guest.id, party.cem.guest.id})


async def test_notices_are_heard_at_once_when_the_connection_is_back(
    rig: Rig, people: People
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    await ask_redis(rig.valkey.url, "CLIENT", "KILL", "TYPE", "pubsub")

    async def heard_at_once() -> bool:
        told = await party.ana.ask("SEEK", position=5)
        asked_s = time.monotonic()
        await hears_revision(party.cem, told["revision"])
        return time.monotonic() - asked_s < AT_ONCE_S

    for _ in range(3):
        # Once may be the second's look at what was missed: the next is then a whole second away.
        await eventually(heard_at_once)


async def test_forgotten_scripts_are_loaded_again(rig: Rig, people: People) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    for number, word in enumerate(["PLAY", "PAUSE", "PLAY"]):
        await ask_redis(rig.valkey.url, "SCRIPT", "FLUSH")
        await party.command(word, position=number)
        await ask_redis(rig.valkey.url, "SCRIPT", "FLUSH")
        assert (await party.cem.ask("CHAT", text=f"say {number}"))["type"] == "CHAT"
    await ask_redis(rig.valkey.url, "SCRIPT", "FLUSH")
    dua = await people.arrive(rig.second, "Dua")
    late = await dua.enter(party.code)
    await party.is_complete(late)
    await ask_redis(rig.valkey.url, "SCRIPT", "FLUSH")
    await late.leave()
    await party.is_complete()
    await party.agree()
    assert not [m for room_socket in party.everyone for m in room_socket.of("ERROR")]


async def test_every_server_tells_the_time_of_valkey(rig: Rig, people: People) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    for room_socket in (party.ana, party.cem):
        before_ms = await rig.valkey.now_ms()
        pong = await room_socket.ask("PING", t0=1)
        after_ms = await rig.valkey.now_ms()
        assert before_ms - 50 <= pong["t1"] <= pong["t2"] <= after_ms + 50
