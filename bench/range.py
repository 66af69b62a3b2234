"""What it costs to stream a file, compared with Starlette's FileResponse and nginx."""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.rig import baseline, cores, rendition, report, storages, system, viewers
from bench.rig.account import Account
from bench.rig.report import Figures, latencies_ms
from tests.library.site import TINY_MP4
from tests.support import nginx

MIB = 1024**2
FILM_BYTES = 256 * MIB
SEEKS = 200
STALLED = 400
# Four seconds of a film's largest size.
PIECE_BYTES = 2 * MIB
PIECES_NAME = "v1080.mp4"
# Share of a core. Our timers alone take 2 % on a slow core.
IDLE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Subject:
    """A server that serves the film at ``target``."""

    port: int
    target: str
    account: Callable[[], Account]
    # The address of the film as one size of an HLS stream, if it differs from ``target``.
    pieces_target: str = ""


def main() -> None:
    parser = report.options("range", __doc__, limit_s=900)
    parser.add_argument("--viewers", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--gib", type=float, default=1.0, help="sent for each throughput")
    parser.add_argument(
        "--storage", nargs="*", choices=storages.STORAGES, default=list(storages.STORAGES)
    )
    report.run("range", parser, measure)


async def measure(options: argparse.Namespace) -> Figures:
    """Measure the servers one after the other; return the figures and ratios."""
    figures: Figures = {}
    async with streamit() as (subject, film):
        figures["streamit"] = _measure(subject, options)
        with starlette(film) as subject:
            figures["starlette"] = _measure(subject, options)
        with plain_nginx(film) as subject:
            figures["nginx"] = _measure(subject, options)
    async with behind_nginx() as subject:
        figures["behind_nginx"] = _measure(subject, options)
    theirs = figures["starlette"]["mib_per_cpu_s"]
    for name, key in (("streamit", "of_starlette"), ("behind_nginx", "of_starlette_behind_nginx")):
        ours = figures[name]["mib_per_cpu_s"]
        figures[key] = {count: round(ours[count] / theirs[count], 2) for count in ours}
    for name, key in (("streamit", "hls_to_nginx"), ("behind_nginx", "hls_to_nginx_behind_nginx")):
        ours = figures[name]["hls_mib_per_cpu_s"]
        plain = figures["nginx"]["hls_mib_per_cpu_s"]
        figures[key] = {count: round(ours[count] / plain[count], 2) for count in ours}
    ours, whole = (figures["streamit"][key] for key in ("hls_mib_per_cpu_s", "mib_per_cpu_s"))
    figures["hls_to_progressive"] = {count: round(ours[count] / whole[count], 2) for count in ours}
    figures["kib_per_viewer_of_storage"] = {
        name: _memory_of(name, STALLED) for name in options.storage
    }
    return figures


def _measure(subject: Subject, options: argparse.Namespace) -> Figures:
    """Measure memory first, because the allocator keeps memory that later work has used."""
    counts: list[int] = options.viewers
    kib_per_viewer = _memory(subject, counts)
    mib_per_cpu_s, at_once = {}, {}
    for count in counts:
        bytes_each = min(FILM_BYTES, int(options.gib * 1024 * MIB) // count)
        before = subject.account()
        rounds = max(1, round(options.gib * 1024 * MIB / bytes_each / count))
        firsts = [
            first
            for _ in range(rounds)
            for first in viewers.pull(subject.port, subject.target, count, bytes_each)
        ]
        used = subject.account() - before
        mib_per_cpu_s[count] = round(rounds * count * bytes_each / MIB / used.cpu_s)
        at_once[count] = latencies_ms(firsts)
    return {
        "kib_per_viewer": kib_per_viewer,
        "mib_per_cpu_s": mib_per_cpu_s,
        "hls_mib_per_cpu_s": {count: _pieces(subject, count, options.gib) for count in counts},
        "first_byte_of_a_seek": {count: _seeks(subject, count) for count in counts},
        "first_byte_all_at_once": at_once,
    }


def _pieces(subject: Subject, count: int, gib: float) -> int:
    """Return the MiB sent per second of processor time to viewers who request pieces."""
    each = max(1, round(gib * 1024 * MIB / PIECE_BYTES / count))
    rounds = -(-each // (FILM_BYTES // PIECE_BYTES))
    target = subject.pieces_target or subject.target
    before = subject.account()
    for _ in range(rounds):
        viewers.pull_pieces(subject.port, target, count, each // rounds, PIECE_BYTES)
    used = subject.account() - before
    return round(rounds * count * (each // rounds) * PIECE_BYTES / MIB / used.cpu_s)


def _memory(subject: Subject, counts: Sequence[int]) -> dict[int, int]:
    """Return the KiB of memory per viewer who has stopped reading, by number of viewers."""
    for _ in range(20):
        viewers.seek(subject.port, subject.target, 0)
    base = _settled(subject)
    kib_per_viewer = {}
    for count in counts:
        with viewers.stalled(subject.port, subject.target, count):
            kib_per_viewer[count] = round((_settled(subject) - base) / count / 1024)
    return kib_per_viewer


def _memory_of(storage: str, count: int) -> int:
    """Return the KiB per stalled viewer of a film in this storage, served only by the responder."""
    with storages.serving(storage) as (server, target):
        return _memory(Subject(server.port, target, server.account), [count])[count]


def _seeks(subject: Subject, count: int) -> Figures:
    """Time seeks while ``count`` viewers read at the speed of the film."""
    with watching(subject, count):
        places = range(0, FILM_BYTES, FILM_BYTES // SEEKS)
        return latencies_ms([viewers.seek(subject.port, subject.target, first) for first in places])


@contextlib.contextmanager
def watching(subject: Subject, count: int) -> Iterator[None]:
    """Run viewers in another process, on the load's core."""
    command = [sys.executable, "-m", "bench.rig.viewers"]
    with subprocess.Popen(
        [*command, str(subject.port), subject.target, str(count)],
        cwd=report.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise ConnectionError("the viewers did not receive the film")
        yield


def _settled(subject: Subject) -> int:
    """Return the resident memory once the server is idle."""
    before = subject.account()
    while True:
        time.sleep(0.3)
        now = subject.account()
        used = now - before
        if used.cpu_s < IDLE_SHARE * used.wall_s:
            return now.rss_bytes
        before = now


@contextlib.asynccontextmanager
async def behind_nginx() -> AsyncIterator[Subject]:
    """Serve the film by nginx after our checks, as in deploy/nginx.conf; measure both processes."""
    async with _library({"STREAMIT_NGINX_SENDS_FILES": "on"}) as (running, film):
        site = nginx.deployed(running.server.port, running.servers.data)
        with cores.on(cores.SERVER), nginx.running(running.folder / "nginx", site) as front:
            pid = front.process.pid
            yield Subject(
                front.port,
                film.target,
                lambda: running.account() + Account.of(pid),
                film.pieces_target,
            )


@contextlib.asynccontextmanager
async def streamit() -> AsyncIterator[tuple[Subject, Path]]:
    """Serve the film from our library, with a token; yield its file too."""
    async with _library() as (running, film):
        port = running.server.port
        yield Subject(port, film.target, running.account, film.pieces_target), film.path


@dataclass(frozen=True, slots=True)
class Film:
    """A film in the library: its file, its address, and its address as a size of a stream."""

    path: Path
    target: str
    pieces_target: str


@contextlib.asynccontextmanager
async def _library(
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[tuple[system.System, Film]]:
    with system.running(settings) as running:
        (owner,) = running.people(1)
        async with running.rest(owner) as rest:
            reply = await rest.post("/videos", files={"file": ("film.mp4", TINY_MP4)})
            video = reply.raise_for_status().json()["id"]
            reply = await rest.post(f"/videos/{video}/tokens", json={})
            made = reply.raise_for_status().json()
        (stored,) = (running.servers.data / "videos" / video).glob("original*")
        with stored.open("wb") as file:
            for _ in range(FILM_BYTES // MIB):
                file.write(os.urandom(MIB))
        rendition.publish(running.environment, video, PIECES_NAME, f"{video}/{stored.name}")
        film = running.folder / "film.mp4"
        film.hardlink_to(stored)
        pieces = f"/media/{made['token']}/{video}/v1/{PIECES_NAME}"
        yield running, Film(film, made["stream_url"], pieces)


@contextlib.contextmanager
def starlette(film: Path) -> Iterator[Subject]:
    """Serve the film with FileResponse."""
    with baseline.module("starlette_file", os.environ, str(film)) as server:
        yield Subject(server.port, "/film.mp4", server.account)


@contextlib.contextmanager
def plain_nginx(film: Path) -> Iterator[Subject]:
    """Serve the film with one nginx process and sendfile."""
    with contextlib.ExitStack() as stack:
        site = f"sendfile on; server {{ listen 127.0.0.1:PORT; root {film.parent}; }}"
        with cores.on(cores.SERVER):
            server = stack.enter_context(nginx.running(film.parent / "nginx", site))
        yield Subject(server.port, "/film.mp4", lambda: Account.of(server.process.pid))


if __name__ == "__main__":
    main()
