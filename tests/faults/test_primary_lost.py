"""The primary Valkey dies in the middle of a film, and a replica takes its place."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import SHORT_LEASES
from tests.faults.rig import Party, hears_revision, state_of
from tests.rooms.people import Message, People
from tests.support.failover import Watched
from tests.support.servers import Servers, copy_template
from tests.support.waiting import eventually

UNAVAILABLE_AT_MOST_S = 10.0


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    started = Watched(tmp_path / "w", down_after_ms=2000)
    yield started
    started.end()


@pytest.fixture
def watched_servers(watched: Watched, migrated_template: Path, tmp_path: Path) -> Iterator[Servers]:
    data = copy_template(migrated_template, tmp_path / "data")
    servers = Servers(data, watched.url, SHORT_LEASES)
    yield servers
    servers.stop_all()


async def test_a_film_goes_on_at_the_replica_when_the_primary_is_killed(
    watched: Watched, watched_servers: Servers, people: People
) -> None:
    first, second = watched_servers.launch(), watched_servers.launch()
    watched_servers.wait(first)
    watched_servers.wait(second)
    party = await Party.gather(people, first, second)
    cem = party.cem.guest
    assert (await party.ana.ask("COHOST", member=cem.id))["type"] == "ACK"
    await party.ben.ask("CHAT", text="What a film!")
    await party.command("PLAY", position=40)
    # Replication is asynchronous; what is in step now must not be lost.
    assert watched.primary.ask("WAIT", "1", "10000") == 1
    before = await party.command("RATE", rate=1.5)

    dead = watched.primary
    dead.kill()
    killed_s = time.monotonic()
    refusal = await party.ana.ask("SEEK", id="seek", position=90)
    assert (refusal["type"], refusal["code"]) == ("ERROR", "unavailable")

    async def obeyed() -> Message | None:
        told = await party.ana.ask("SEEK", id="seek", position=90)
        return told if told["type"] == "PLAYBACK_STATE" else None

    told = await eventually(obeyed, within_s=90)
    away_s = time.monotonic() - killed_s
    assert away_s < UNAVAILABLE_AT_MOST_S or watched.was_held_up
    assert told is not None
    # A server had told of the last command before the kill, so that is not lost either.
    assert told["revision"] > before["revision"]
    assert (told["playing"], told["rate"], told["position"]) == (True, 1.5, 90)
    for room_socket in party.everyone:
        await hears_revision(room_socket, told["revision"])
    moved = await party.cem.ask("PAUSE")
    assert moved["by"] == cem.id
    late = await (await people.arrive(second, "Dua")).enter(party.code)
    assert "What a film!" in [said["text"] for said in late.welcome["chat"]]
    await party.is_complete(late)
    assert state_of(moved) == await party.agree()
    party.nobody_was_missed()
    assert watched.primary is not dead
