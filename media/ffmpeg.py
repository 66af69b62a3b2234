"""Finds and runs ffmpeg, reports progress, and stops it if it hangs."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from core.processes import OWN_GROUP, die_with_parent

# ffmpeg reports its position twice a second. If it stays the same for this long, ffmpeg hangs.
STALLED_S = 120.0
KEPT_LINES = 40
KEPT_BYTES = 8 * 1024
# If memory runs out, the kernel kills ffmpeg first, not the database or the rooms.
_OOM_SCORE = 500
_NICE = 10

Progress = Callable[[float], None]


class FfmpegFailed(Exception):
    """ffmpeg failed; ``words`` are its last messages."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class FfmpegKilled(FfmpegFailed):
    """ffmpeg was killed, usually by the kernel because memory ran out."""


class FfmpegStalled(FfmpegFailed):
    """ffmpeg made no progress for STALLED_S."""


async def start(
    command: Sequence[str], folder: Path, *, is_idle: bool
) -> asyncio.subprocess.Process:
    """Start ffmpeg at low priority, without our environment; it ends with us. Raises OSError."""
    tie = die_with_parent()

    def prepare() -> None:
        tie()
        lower_priority(is_idle=is_idle)

    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={},
        cwd=folder,
        process_group=OWN_GROUP,
        preexec_fn=prepare,
    )


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """An ffmpeg program. With ``is_idle`` it gets only processor time that nobody else wants."""

    program: str
    threads: int = 0
    is_idle: bool = False

    @classmethod
    def found(cls, program: str = "", *, is_idle: bool = False) -> "Ffmpeg":
        """Return ``program``, by default the one in the Python package imageio-ffmpeg."""
        return cls(program or imageio_ffmpeg.get_ffmpeg_exe(), is_idle=is_idle)

    async def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        progress: Progress = lambda _seconds: None,
        stalled_s: float = STALLED_S,
    ) -> None:
        """Run ffmpeg with ``arguments``; report how many seconds of the film are done.

        It does not get our environment, and is killed if we die or are cancelled. Raises
        FfmpegFailed, or OSError if it cannot be started.
        """
        # Given twice: before the input for decoding, and before the output for encoding.
        threads = ("-threads", str(self.threads)) if self.threads else ()
        command = (self.program, *threads, *arguments[:-1], *threads, arguments[-1])
        process = await start(command, folder, is_idle=self.is_idle)
        said: deque[str] = deque(maxlen=KEPT_LINES)
        try:
            await asyncio.gather(
                _read_progress(process, progress, stalled_s), _read_messages(process, said)
            )
            code = await process.wait()
        except TimeoutError:
            raise FfmpegStalled(f"no progress for {stalled_s:g} s") from None
        finally:
            if process.returncode is None:
                # With its group: a script that calls ffmpeg would leave it at work.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        words = "\n".join(said)[-KEPT_BYTES:]
        if code == -signal.SIGKILL:
            raise FfmpegKilled("it was killed, usually because memory ran out")
        if code:
            raise FfmpegFailed(words or f"exit code {code}")


async def _read_progress(
    process: asyncio.subprocess.Process, progress: Progress, stalled_s: float
) -> None:
    """Read the output of ``-progress``; raise TimeoutError if the position does not advance."""
    assert process.stdout is not None  # noqa: S101
    loop = asyncio.get_running_loop()
    at_us, moved = -1, loop.time()
    while True:
        async with asyncio.timeout_at(moved + stalled_s):
            line = await process.stdout.readline()
        if not line:
            return
        name, _, value = line.decode("ascii", "replace").strip().partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit() and int(value) > at_us:
            at_us, moved = int(value), loop.time()
            progress(max(0, at_us) / 1e6)
        elif name == "progress" and value == "end":
            moved = loop.time()
        elif loop.time() > moved + stalled_s:
            raise TimeoutError


async def _read_messages(process: asyncio.subprocess.Process, said: deque[str]) -> None:
    assert process.stderr is not None  # noqa: S101
    while chunk := await process.stderr.read(KEPT_BYTES):
        said.extend(line for line in chunk.decode("utf-8", "replace").splitlines() if line)


def lower_priority(*, is_idle: bool) -> None:
    """Lower the priority of this process for processor time and memory."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    if sys.platform == "linux":
        if is_idle:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE))
