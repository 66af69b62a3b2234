"""A server stands still for a while and goes on: what it holds from before is too late."""

import asyncio
import time
from pathlib import Path

from tests.faults.rig import FILM, Party, Rig, come_back
from tests.rooms.people import People
from tests.support.servers import ROOT, Server, Servers
from tests.support.waiting import eventually

# Longer than core.pulse.STOOD_STILL_S.
STILL_S = 4.0


async def _until(moment_s: float) -> None:
    async def has_come() -> bool:
        return time.monotonic() > moment_s

    await eventually(has_come)


async def test_a_server_that_stood_still_does_nothing_for_those_who_have_gone_or_were_put_out(
    rig: Rig, people: People
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    settings = {"control": "everyone"}
    reply = await party.ana.guest.http.patch(f"/rooms/{party.code}", json=settings)
    assert reply.status_code == 200, reply.text
    await party.command("PLAY", position=100)
    ana, ben = party.ana, party.ben
    frozen_s = time.monotonic()
    rig.first.freeze()
    try:
        for old in (ana, ben):
            await old.say("PAUSE")
            await old.say("SEEK", position=7)
            await old.say("CHAT", text=f"Late words of {old.guest.name}", id="late")
            await old.say("QUEUE_CLEAR")
        await ana.say("MUTE", member=party.cem.guest.id, id="late-mute")
        asked = [
            asyncio.create_task(ana.guest.refusal(method, f"/rooms/{party.code}{path}", **body))
            for method, path, body in (
                ("POST", f"/members/{party.cem.guest.id}/ban", {}),
                ("PUT", "/source", {"json": {"source": None}}),
                ("PATCH", "", {"json": {"name": "Too late"}}),
                ("DELETE", "", {}),
            )
        ]
        # As a page does that hears nothing; Ben's page has not noticed yet.
        ana.socket.transport.close()
        party.ana = await come_back(people, ana, rig.second)
        await party.ana.guest.act(party.code, "kick", ben.guest)
        told = await party.ana.ask("SEEK", position=500)
        await _until(frozen_s + STILL_S)
    finally:
        rig.first.thaw()
    assert await asyncio.gather(*asked) == [(503, "unavailable")] * len(asked)
    assert await ben.close_code() in (1012, 4409)
    after = await party.ana.ask("SYNC")
    assert (after["revision"], after["playing"]) == (told["revision"], True)
    late = await people.arrive(rig.first, "Dora")
    welcome = (await late.enter(party.code)).welcome
    assert welcome["chat"] == []
    assert not any(member["muted"] for member in welcome["members"])
    assert welcome["state"]["revision"] == told["revision"]


async def test_whoever_was_muted_while_their_server_stood_still_for_a_moment_says_nothing(
    rig: Rig, people: People
) -> None:
    party = await Party.gather(people, rig.first, rig.second)
    ana = people.move(party.ana.guest, rig.second)
    rig.first.freeze()
    try:
        await party.ben.say("CHAT", text="I was muted before", id="late")
        await ana.act(party.code, "mute", party.ben.guest)
    finally:
        rig.first.thaw()
    answer = await party.ben.hears(lambda m: "late" in (m.get("id"), m.get("client_id")))
    assert (answer["type"], answer.get("code")) == ("ERROR", "muted")


async def _is_stopped(server: Server) -> None:
    """Wait until a server has been stopped (proc(5), stat)."""
    stat = Path(f"/proc/{server.process.pid}/stat")

    async def stopped() -> bool:
        return stat.read_text().rpartition(") ")[2].startswith("T")

    await eventually(stopped)


async def test_a_ban_that_a_server_had_not_stored_when_it_stood_still_does_not_come_back(
    servers: Servers, people: People
) -> None:
    program = ROOT / "tests" / "faults" / "frozen_at_write_server.py"
    frozen, other = servers.launch(program=program), servers.launch()
    servers.wait(frozen)
    servers.wait(other)
    ana, ben = await people.arrive(other, "Ana"), await people.arrive(other, "Ben")
    code = await ana.create_room(url=FILM)
    await ben.join(code)
    late = asyncio.create_task(people.move(ana, frozen).act(code, "ban", ben, expect=503))
    await _is_stopped(frozen)
    frozen_s = time.monotonic()
    # As somebody does who hears nothing, and later thinks better of it.
    await ana.act(code, "ban", ben)
    await ana.act(code, "unban", ben)
    await _until(frozen_s + STILL_S)
    frozen.thaw()
    assert (await late)["code"] == "unavailable"
    await ben.join(code)
