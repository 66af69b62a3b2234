"""What a crowd notices when the disk fills up, and how soon all is well after space is freed.

Everything runs as under ``streamit up``, on a file system of its own. Needs root to mount that.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

import httpx2

from bench.rig import crowd, people, report, supervised
from bench.rig.crowd import Viewer
from bench.rig.people import Somebody
from bench.rig.report import Figures
from bench.rig.system import PATIENCE_S
from tests.support.small_disk import SmallDisk, small_disk

SIZE_BYTES = 64 * 1024**2


class Host(Viewer):
    """Gives a command as soon as the last one was answered, and records the answers."""

    def __init__(self) -> None:
        # When each was given, how long the answer took, and whether it was accepted.
        self.answers: list[tuple[float, float, bool]] = []
        self._answered = asyncio.Event()
        self._obeyed = False

    def heard(self, payload: bytes) -> None:
        """Note the answer, which echoes the id of the command."""
        if b'"id":"c"' in payload:
            self._obeyed = b'"type":"PLAYBACK_STATE"' in payload
            self._answered.set()

    async def command(self, position: float) -> None:
        """Seek, and wait for the answer."""
        self._answered.clear()
        given_s = time.perf_counter()
        self.say(json.dumps({"type": "SEEK", "position": position, "id": "c"}))
        await asyncio.wait_for(self._answered.wait(), PATIENCE_S)
        self.answers.append((given_s, time.perf_counter() - given_s, self._obeyed))

    async def run(self, seconds: float) -> Figures:
        """Give commands for this long; return figures about the answers."""
        self.answers.clear()
        until_s = time.perf_counter() + seconds
        number = 0
        while time.perf_counter() < until_s:
            number += 1
            await self.command(float(number))
            await asyncio.sleep(0.02)
        refused = [given_s for given_s, _, obeyed in self.answers if not obeyed]
        return {
            "commands": len(self.answers),
            "refused": len(refused),
            # From the first that was refused to the last.
            "refused_for_ms": round((refused[-1] - refused[0]) * 1000) if refused else 0,
            **report.latencies_ms([took_s for _, took_s, _ in self.answers]),
        }


async def measure(options: argparse.Namespace) -> Figures:
    """Let a host give commands before, while and after the disk is full."""
    with (
        tempfile.TemporaryDirectory(prefix="streamit-bench-") as folder,
        small_disk(Path(folder, "disk"), SIZE_BYTES) as disk,
        supervised.running(disk.root / "data") as under_test,
    ):
        everyone = people.make(options.viewers + 1, under_test.environment)
        host, viewers = Host(), [Viewer() for _ in range(options.viewers)]
        async with httpx2.AsyncClient(base_url=f"{under_test.url}/api/v1") as rest:
            code = await crowd.create_room(rest, everyone[0])
            addresses = await crowd.tickets(rest, code, everyone)
            await crowd.connect_all(addresses, [host, *viewers])
            async with crowd.leaving([host, *viewers]):
                before = await host.run(options.seconds)
                disk.fill()
                full = await host.run(options.seconds)
                disk.free()
                well_after_s = await _well(rest, everyone[0], disk)
                after = await host.run(options.seconds)
                lost = sum(viewer.gone for viewer in [host, *viewers])
    figures = {"before": before, "full": full, "after": after}
    return {**figures, "well_after_s": well_after_s, "sockets_lost": lost}


async def _well(rest: httpx2.AsyncClient, somebody: Somebody, disk: SmallDisk) -> float:
    """Wait until rooms can be created and the server is healthy; return how long that took."""
    began_s = time.perf_counter()
    files = disk.root / "data" / "valkey" / "appendonlydir"
    while True:
        health = (await rest.get(f"{str(rest.base_url).removesuffix('/api/v1/')}/healthz")).json()
        if health["status"] == "ok" and files.exists():
            await crowd.create_room(rest, somebody)
            return round(time.perf_counter() - began_s, 2)
        await asyncio.sleep(0.05)


def main() -> None:
    parser = report.options("full", __doc__)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    report.run("full", parser, measure)


if __name__ == "__main__":
    main()
