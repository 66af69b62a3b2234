"""An hour's worth of mixed traffic in a few minutes, and what remains of it afterwards.

People join, watch, give commands, chat, report, lose their connection, reconnect and leave; rooms
are created and deleted. When everybody has gone, tasks, sockets, keys, memory and rows must be back
where they were after a first, short part of the same traffic. Only rows of ended rooms remain
(docs/operations/backup.md); they are counted separately.
"""

import argparse
import asyncio
import json
import random
import time
from pathlib import Path

import httpx2
from redis import Redis

from bench.rig import crowd, report, system
from bench.rig.crowd import Viewer
from bench.rig.people import Somebody
from bench.rig.report import Figures

PARTIES_AT_ONCE = 8
GUESTS = 12
WARM_SHARE = 0.2
QUIET_S = 3.0
# Time for rooms that nobody deleted to end by their deadlines.
ENDING_S = 30.0
STAYING_TABLES = ("rooms_room", "rooms_membership")
SOON_OVER = {
    "STREAMIT_PRESENCE_LEASE": "3s",
    "STREAMIT_GRACE": "2s",
    "STREAMIT_IDLE": "2s",
}


class Traffic:
    """Runs parties in several slots, one after the other in each, until the time is over."""

    def __init__(self, under_test: system.System, people: list[Somebody], seed: int) -> None:
        self._system = under_test
        self._people = people
        self._random = random.Random(seed)
        self.parties = self.commands = self.joins = self.reconnects = 0

    async def flow(self, seconds: float) -> None:
        """Keep all slots busy for this long."""
        until_s = time.perf_counter() + seconds
        async with self._system.rest() as rest:
            places = range(PARTIES_AT_ONCE)
            await asyncio.gather(*(self._place(rest, place, until_s) for place in places))

    async def _place(self, rest: httpx2.AsyncClient, place: int, until_s: float) -> None:
        people = self._people[place * GUESTS : (place + 1) * GUESTS]
        while time.perf_counter() < until_s:
            await self._party(rest, people)
            self.parties += 1

    async def _party(self, rest: httpx2.AsyncClient, people: list[Somebody]) -> None:
        host, *_ = people
        code = await crowd.create_room(rest, host)
        viewers = await self._come(rest, code, people)
        for number in range(20):
            self._act(viewers[0], number)
            someone = self._random.randrange(1, len(viewers))
            status = {"type": "STATUS", "position": 1.0, "buffering": number % 2 == 0}
            viewers[someone].say(json.dumps({**status, "drift_ms": 0.0}))
            viewers[-someone].say(json.dumps({"type": "PING", "t0": 1.0}))
            if number % 5 == 4:
                # A connection is lost without a close frame, and the viewer reconnects.
                viewers[someone].transport.disconnect(graceful=False)
                [viewers[someone]] = await self._come(rest, code, [people[someone]])
                self.reconnects += 1
            await asyncio.sleep(self._random.uniform(0.01, 0.1))
        authorization = {"Authorization": f"Bearer {host.token}"}
        if self._random.random() < 0.7:
            (await rest.delete(f"/rooms/{code}", headers=authorization)).raise_for_status()
        for viewer in viewers:
            viewer.transport.disconnect()

    async def _come(
        self, rest: httpx2.AsyncClient, code: str, people: list[Somebody]
    ) -> list[Viewer]:
        viewers = [Viewer() for _ in people]
        await crowd.connect_all(await crowd.tickets(rest, code, people), viewers)
        self.joins += len(people)
        return viewers

    def _act(self, host: Viewer, number: int) -> None:
        self.commands += 1
        if number % 4 == 3:
            host.say(json.dumps({"type": "CHAT", "text": f"{number} {self._random.random()}"}))
        else:
            position = float(self._random.randrange(5000))
            host.say(json.dumps({"type": "SEEK", "position": position, "id": f"c{number}"}))


async def measure(options: argparse.Namespace) -> Figures:
    """Warm up, count everything, run the traffic, and count again."""
    with system.running(SOON_OVER) as under_test:
        traffic = Traffic(under_test, under_test.people(PARTIES_AT_ONCE * GUESTS), options.seed)
        await traffic.flow(options.seconds * WARM_SHARE)
        before = await _stock(under_test)
        used_before = under_test.account()
        await traffic.flow(options.seconds * (1 - WARM_SHARE))
        cpu_s = (under_test.account() - used_before).cpu_s
        after = await _stock(under_test)
        grown_rows = _grown(before.pop("rows"), after.pop("rows"))
        errors = (under_test.server.log.read_text()).count("Traceback")
    return {
        "seconds": options.seconds,
        "parties": traffic.parties,
        "joins": traffic.joins,
        "commands": traffic.commands,
        "reconnects": traffic.reconnects,
        "cpu_s": round(cpu_s, 1),
        "tracebacks": errors,
        "before": before,
        "after": after,
        "leaked_keys": after["live_keys"],
        "leaked_tasks": after["tasks"] - before["tasks"],
        "leaked_rows": {t: n for t, n in grown_rows.items() if t not in STAYING_TABLES},
        "rows_of_rooms_over": {t: n for t, n in grown_rows.items() if t in STAYING_TABLES},
        "leaked_sockets": after["descriptors"] - before["descriptors"],
        "grown_mb": round(after["rss_mb"] - before["rss_mb"], 1),
    }


async def _stock(under_test: system.System) -> Figures:
    """Wait until rooms and leases have ended, then count what remains."""
    client = under_test.redis()
    for _ in range(int(ENDING_S / 0.2)):
        if not _live_keys(client):
            break
        await asyncio.sleep(0.2)
    await asyncio.sleep(QUIET_S)
    pid = under_test.server.process.pid
    return {
        "rss_mb": round(under_test.account().rss_bytes / 2**20, 1),
        "descriptors": _entries(pid, "fd"),
        "threads": _entries(pid, "task"),
        "tasks": await _metric(under_test, "streamit_tasks"),
        "room_sockets": await _metric(under_test, "streamit_sockets"),
        "open_rooms": await _metric(under_test, "streamit_rooms"),
        "live_keys": len(_live_keys(client)),
        "rows": _rows(under_test),
    }


def _entries(pid: int, part: str) -> int:
    return len(list(Path(f"/proc/{pid}/{part}").iterdir()))


def _rows(under_test: system.System) -> dict[str, int]:
    """Count the rows of every table."""
    query = under_test.servers.query
    tables = [name for (name,) in query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: query(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}


def _grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: n - before[table] for table, n in after.items() if n > before[table]}


def _live_keys(client: Redis) -> list[bytes]:
    """Return the keys of rooms except snapshots, which stay for a day by design."""
    keys = [key for key in client.scan_iter("room*") if not key.endswith(b":snapshot")]
    return [key for key in keys if b":done:" not in key]


async def _metric(under_test: system.System, name: str) -> float:
    async with httpx2.AsyncClient(base_url=under_test.server.url) as client:
        text = (await client.get("/metrics")).text
    values = [line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(values[0]) if values else 0.0


def main() -> None:
    parser = report.options("soak", __doc__, limit_s=400)
    parser.add_argument("--seconds", type=float, default=270)
    parser.add_argument("--seed", type=int, default=1)
    report.run("soak", parser, measure)


if __name__ == "__main__":
    main()
