"""What it costs to convert a film, compared with calling ffmpeg directly for the same results."""

import argparse
import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx2

from bench.rig import films, report, system
from bench.rig.films import Cost
from bench.rig.report import Figures
from bench.rig.system import System

MIB = 1024**2
STARTS = 8
REMUXES = 3
# The widths and maximum bit rates of the sizes made of a film with 1080 lines.
SIZES = {360: (640, 800), 720: (1280, 3000), 1080: (1920, 6000)}


@dataclass(frozen=True, slots=True)
class Made:
    """The cost of one job, until its end and until the film could be watched."""

    whole: Cost
    playable: Cost
    worker_rss_bytes: int
    source_bytes: int


def main() -> None:
    parser = report.options("process", __doc__, limit_s=3000)
    parser.add_argument("--seconds", type=float, default=120, help="length of the film")
    parser.add_argument("--remux-minutes", type=float, default=20, help="of the remuxed one")
    report.run("process", parser, measure, pinned=False)


async def measure(options: argparse.Namespace) -> Figures:
    """Convert each film with ffmpeg directly and by a worker; return both and the ratios."""
    with tempfile.TemporaryDirectory(prefix="streamit-bench-") as name:
        folder = Path(name)
        film = films.make(
            folder / "film.mp4",
            options.seconds,
            *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "8M", "-pix_fmt", "yuv420p"),
            *("-g", "60", "-movflags", "+faststart"),
        )
        all_by_hand = films.run(*_ladder(film, options.seconds, list(SIZES)), folder=folder)
        first_by_hand = films.run(*_ladder(film, None, [360]), folder=folder)
        async with _serving("always") as (running, rest):
            ladder = await _make(running, rest, film, "master%")
        long = _looped(film, options.seconds, options.remux_minutes)
        async with _serving("off") as (running, rest):
            remux_mib, remux = await _remux(running, rest, long)
            idle = await _starts(running, rest, _small(folder))
    return {
        "film_s": options.seconds,
        "ladder": _beside(ladder.whole, all_by_hand),
        "playable": _beside(ladder.playable, first_by_hand),
        "remuxed_mib": remux_mib,
        "remux": remux,
        "idle_worker": idle,
        "worker_mib": round(ladder.worker_rss_bytes / MIB),
        "ffmpeg_mib": round(ladder.whole.most_rss_bytes / MIB),
        "ffmpeg_by_hand_mib": round(all_by_hand.most_rss_bytes / MIB),
    }


def _ladder(film: Path, storyboard_s: float | None, heights: Sequence[int]) -> list[str]:
    """Return one command that makes these sizes, the audio, and the storyboard."""
    arguments = ["-i", str(film)]
    for height in heights:
        width, kbit_s = SIZES[height]
        arguments += [
            *("-map", "0:v", "-vf", f"scale={width}:{height}:flags=lanczos,format=yuv420p"),
            *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "23"),
            *("-maxrate", f"{kbit_s}k", "-bufsize", f"{2 * kbit_s}k", "-flags", "+cgop"),
            *("-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0", "-an"),
            *_hls(f"v{height}"),
        ]
    arguments += ["-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-ac", "2", *_hls("a0")]
    if storyboard_s is not None:
        pictures = f"fps={100 / storyboard_s},scale=160:90,tile=10x10"
        arguments += ["-map", "0:v", "-an", "-vf", pictures, "-q:v", "5", "s%03d.jpg"]
    return arguments


def _hls(name: str) -> list[str]:
    return [
        *("-f", "hls", "-hls_playlist_type", "vod", "-hls_time", "4"),
        *("-hls_segment_type", "fmp4", "-hls_flags", "single_file"),
        *("-hls_segment_filename", f"{name}.mp4", f"{name}.m3u8"),
    ]


def _looped(film: Path, film_s: float, minutes: float) -> Path:
    """Return the film repeated many times, in a container that browsers do not play."""
    long = film.with_name("long.mkv")
    again = max(0, round(minutes * 60 / film_s) - 1)
    films.run(
        *("-stream_loop", str(again), "-i", str(film), "-c", "copy", str(long)), folder=film.parent
    )
    return long


def _small(folder: Path) -> Path:
    picture, sound = "testsrc2=size=320x180:rate=30", "sine=440:r=48000"
    films.run(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", "3"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "ac3", "small.mkv"),
        folder=folder,
    )
    return folder / "small.mkv"


@contextlib.asynccontextmanager
async def _serving(ladder: str) -> AsyncIterator[tuple[System, httpx2.AsyncClient]]:
    with system.running({"STREAMIT_LADDER": ladder}) as running:
        (owner,) = running.people(1)
        async with running.rest(owner) as rest:
            yield running, rest


async def _make(running: System, rest: httpx2.AsyncClient, film: Path, shown: str) -> Made:
    """Let a worker convert ``film``, which can be watched once a rendition ``shown`` exists."""
    with films.worker(running) as worker:
        await worker.idle()
        before_s = worker.cpu_s()
        video = await films.upload(rest, film)
        claimed_s = await _happened(running, video, "claimed")
        ffmpeg_bytes = 0

        def cost(now_s: float) -> Cost:
            return Cost(now_s - claimed_s, worker.cpu_s() - before_s, ffmpeg_bytes)

        def is_shown() -> bool:
            nonlocal ffmpeg_bytes
            now_bytes = sum(films.most_rss_bytes(each) for each in worker.encoders())
            ffmpeg_bytes = max(ffmpeg_bytes, now_bytes)
            return bool(running.servers.query(_SHOWN, UUID(video).hex, shown))

        def is_over() -> bool:
            return is_shown() and _seen(running, video, "finish") is not None

        # Poll rarely, because polling takes processor time from the work. The time of the end comes
        # from the database.
        playable = cost(await films.until(is_shown, 0.05))
        await films.until(is_over, 0.5)
        whole = cost(await _happened(running, video, "finish"))
        return Made(whole, playable, worker.most_rss_bytes(), await asyncio.to_thread(_size, film))


async def _remux(running: System, rest: httpx2.AsyncClient, film: Path) -> tuple[int, Figures]:
    """Remux a film directly and by a worker alternately, because disk speed varies; use medians."""
    copy = ("-i", str(film), "-c", "copy", "-movflags", "+faststart", "copy.mp4")
    by_hand, ours = [], []
    for _ in range(REMUXES):
        by_hand.append(await asyncio.to_thread(films.run, *copy, folder=film.parent))
        film.with_name("copy.mp4").unlink()
        made = await _make(running, rest, film, "film.mp4")
        ours.append(made.playable)
    return round(made.source_bytes / MIB), _beside(_median(ours), _median(by_hand))


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(each.wall_s for each in costs),
        statistics.median(each.cpu_s for each in costs),
        max(each.most_rss_bytes for each in costs),
    )


def _size(path: Path) -> int:
    return path.stat().st_size


async def _starts(running: System, rest: httpx2.AsyncClient, film: Path) -> Figures:
    """Return how long films waited for an idle worker."""
    claimed_ms, at_work_ms = [], []
    with films.worker(running) as worker:
        await worker.idle()
        for _ in range(STARTS):
            uploading = asyncio.ensure_future(films.upload(rest, film))
            begun_s = await films.until(lambda: worker.encoder() is not None, 0.001)
            video = await uploading
            queued_s = await _happened(running, video, "queued")
            claimed_ms.append((await _happened(running, video, "claimed") - queued_s) * 1000)
            at_work_ms.append((begun_s - queued_s) * 1000)
            await _happened(running, video, "finish")
    return {
        "claimed_after_ms": round(statistics.median(claimed_ms), 1),
        "ffmpeg_after_ms": round(statistics.median(at_work_ms), 1),
    }


_SHOWN = "SELECT 1 FROM library_rendition WHERE video_id = ? AND is_published AND name LIKE ?"
_EVENT = (
    "SELECT at FROM processing_jobevent JOIN processing_job ON job_id = processing_job.id"
    " WHERE video_id = ? AND kind = ?"
)

_FAILURE = (
    "SELECT data FROM processing_jobevent JOIN processing_job ON job_id = processing_job.id"
    " WHERE video_id = ? AND kind IN ('put_off', 'give_up')"
)


async def _happened(running: System, video: str, kind: str) -> float:
    """Wait for an event of a job and return its time (wall clock). Raises RuntimeError."""
    await films.until(lambda: _seen(running, video, kind) is not None)
    at_s = _seen(running, video, kind)
    assert at_s is not None
    return at_s


def _seen(running: System, video: str, kind: str) -> float | None:
    for (data,) in running.servers.query(_FAILURE, UUID(video).hex):
        raise RuntimeError(f"the worker failed: {data}")
    found = running.servers.query(_EVENT, UUID(video).hex, kind)
    return datetime.fromisoformat(found[0][0]).replace(tzinfo=UTC).timestamp() if found else None


def _beside(ours: Cost, by_hand: Cost) -> Figures:
    return {
        "ours_s": round(ours.wall_s, 2),
        "by_hand_s": round(by_hand.wall_s, 2),
        "ours_cpu_s": round(ours.cpu_s, 2),
        "by_hand_cpu_s": round(by_hand.cpu_s, 2),
        "wall_to_by_hand": round(ours.wall_s / by_hand.wall_s, 2),
        "cpu_to_by_hand": round(ours.cpu_s / by_hand.cpu_s, 2),
    }


if __name__ == "__main__":
    main()
