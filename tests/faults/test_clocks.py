"""Clocks that are wrong or jump: rooms go on as if nothing had happened."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults.rig import FILM, Party, Valkey, ask_redis, hears_revision
from tests.rooms.people import People, RoomSocket
from tests.support import packages
from tests.support.servers import ROOT, Server, Servers, copy_template
from tests.support.waiting import eventually

HOUR_S = 3600
# What a request may take on a busy machine; far less than the jumps.
SLACK_MS = 10_000


class Watch:
    """A wall clock that a test sets for the processes that are given its ``env``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    @property
    def env(self) -> Mapping[str, str]:
        return {
            "LD_PRELOAD": str(packages.find("libfaketime")),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            # Its mending of timed waits, meant for an older glibc, stops Python's threads.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            # As on a real machine, where only the wall clock is ever set.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """Let the clock be so many seconds ahead of ours."""
        self._file.write_text(f"{seconds:+d}")


class Hall:
    """Two servers and a Valkey, each with a watch of its own."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.watches = {name: Watch(data / f"{name}.watch") for name in ("valkey", "one", "two")}
        with monkeypatch.context() as patch:
            for name, value in self.watches["valkey"].env.items():
                patch.setenv(name, value)
            self.valkey = Valkey(data / "valkey")
        self.servers = Servers(data, self.valkey.url)
        limits = {
            "STREAMIT_RATE_LIMITS": "off",
            # Less than the jumps, and more than this takes on any machine.
            "STREAMIT_GRACE": "30m",
        }
        self.first, self.second = (
            self.servers.launch(
                env={**self.watches[name].env, **limits},
                program=ROOT / "tests" / "faults" / "fast_clock_server.py",
            )
            for name in ("one", "two")
        )

    async def measure(self) -> None:
        """Wait until each server has looked at the clock of Valkey anew, and more than once."""
        before = await self._asked()

        async def asked_often() -> bool:
            # 8 samples each time, of two servers.
            return await self._asked() >= before + 64

        await eventually(asked_often, within_s=30, every_s=0.2)

    async def _asked(self) -> int:
        stats = await ask_redis(self.valkey.url, "INFO", "commandstats")
        return int(stats["cmdstat_time"]["calls"])


@pytest.fixture
def hall(
    migrated_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hall]:
    hall = Hall(copy_template(migrated_template, tmp_path / "hall"), monkeypatch)
    try:
        for server in (hall.first, hall.second):
            hall.servers.wait(server)
        yield hall
    finally:
        hall.servers.stop_all()
        hall.valkey.end()


async def ahead_ms(room_socket: RoomSocket) -> float:
    """Return room time, as they are told it, minus the true time."""
    told = await room_socket.ask("PING", t0=0.0)
    return float(told["t1"]) - time.time() * 1000


async def waits_for_its_host(people: People, server: Server) -> RoomSocket:
    """Return the one who sits in a room whose host is gone; its deadline runs."""
    eda, fay = await people.arrive(server, "Eda"), await people.arrive(server, "Fay")
    code = await eda.create_room(url=FILM)
    host, viewer = await eda.enter(code), await fay.enter(code)
    await host.leave()
    await viewer.hears("HOST_DISCONNECTED")
    return viewer


@pytest.mark.long
async def test_rooms_do_not_move_when_a_clock_jumps_an_hour(hall: Hall, people: People) -> None:
    party = await Party.gather(people, hall.first, hall.second)
    waiting = await waits_for_its_host(people, hall.second)
    before = await party.command("PLAY", position=100)
    # One after the other: Valkey forward and back, the servers to both sides of it.
    for jump in ({"valkey": HOUR_S}, {"valkey": -HOUR_S}, {"one": HOUR_S, "two": -HOUR_S}):
        for name, seconds in jump.items():
            hall.watches[name].set(seconds)
        await hall.measure()
        for room_socket in (*party.everyone, waiting):
            assert abs(await ahead_ms(room_socket)) < SLACK_MS
        told = [await room_socket.ask("SYNC") for room_socket in party.everyone]
        assert {(m["revision"], m["position"], m["at"]) for m in told} == {
            (before["revision"], before["position"], before["at"])
        }
    party.nobody_was_missed()
    assert not waiting.of("HOST_CHANGED")
    moved = await party.ana.ask("SEEK", position=7)
    assert abs(moved["at"] - time.time() * 1000) < SLACK_MS
    for room_socket in party.everyone:
        await hears_revision(room_socket, moved["revision"])
