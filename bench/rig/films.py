"""Runs a worker next to a real server, and measures what it costs to convert films."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import imageio_ffmpeg

from bench.rig import cores
from bench.rig.system import System
from tests.support.warm import Process

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 1500.0
# A worker has started once it has used this much processor time, and is idle once it has used none
# for this long.
_STARTED_S = 0.2
IDLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker process and its ffmpeg processes."""

    process: Process

    def encoder(self, words: str = "") -> int | None:
        """Return the pid of one of its ffmpeg processes whose command contains ``words``."""
        return next(iter(self.encoders(words)), None)

    def encoders(self, words: str = "") -> list[int]:
        """Return the pids of all of them: the storyboard is made in parallel with larger sizes."""
        pid, found = self.process.pid, []
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{child}/cmdline").read_bytes()
                if command.startswith(FFMPEG.encode()) and words.encode() in command:
                    found.append(int(child))
        return found

    def cpu_s(self) -> float:
        """Return the processor time of the worker and its finished children."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(each) for each in fields[11:15]) / TICKS

    async def idle(self) -> None:
        """Wait until it has started and has nothing to do."""
        used_s = 0.0
        while (now_s := self.cpu_s()) < _STARTED_S or now_s > used_s:
            used_s = now_s
            await asyncio.sleep(IDLE_S)

    def most_rss_bytes(self) -> int:
        """Return the peak memory of the worker itself."""
        return most_rss_bytes(self.process.pid)

    def freeze(self) -> None:
        """Stop the worker and its ffmpeg."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue them."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in (self.process.pid, *self.encoders()):
            # A process may have ended meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@contextlib.contextmanager
def worker(running: System, *arguments: str) -> Iterator[Worker]:
    """Run a worker next to the server, on all cores."""
    with cores.on(*cores.ALL):
        process = running.servers.start_worker(*arguments, env=running.environment)
    try:
        yield Worker(process)
    finally:
        process.kill()
        process.wait()


async def upload(rest: httpx2.AsyncClient, path: Path) -> str:
    """Upload a film; return its id."""
    files = {"file": (path.name, await asyncio.to_thread(path.read_bytes))}
    reply = await rest.post("/videos", files=files, timeout=PATIENCE_S)
    return str(reply.raise_for_status().json()["id"])


def make(path: Path, seconds: float, *outputs: str) -> Path:
    """Encode a 1920x1080 film with grain and a tone, which is as hard as a real one."""
    picture = "testsrc2=size=1920x1080:rate=30,noise=alls=8:allf=t"
    sound = "sine=440:r=48000"
    run(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", str(seconds)),
        *(*outputs, "-c:a", "aac", "-ac", "2", str(path)),
        folder=path.parent,
    )
    return path


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost."""

    wall_s: float
    cpu_s: float
    most_rss_bytes: int


def run(*arguments: str, folder: Path) -> Cost:
    """Run ffmpeg directly, with the same low priority as in a worker; return what it cost."""
    command = [FFMPEG, "-nostdin", "-v", "error", "-y", *arguments]
    began_s = time.perf_counter()
    with (
        cores.on(*cores.ALL),
        subprocess.Popen(command, cwd=folder, preexec_fn=lambda: os.nice(10)) as process,
    ):
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"ffmpeg ended with {process.returncode}")
    wall_s = time.perf_counter() - began_s
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def most_rss_bytes(pid: int) -> int:
    """Return the peak memory of a process; 0 if it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


async def until(condition: Callable[[], bool], every_s: float = 0.02) -> float:
    """Wait until the condition is true; return that time (wall clock)."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(every_s)
    return time.time()
