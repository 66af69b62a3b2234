"""Worker processes that are killed or stand still, with real films on a real server."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.config.entrance import call
from tests.library.site import Site
from tests.support.growing_film import Gate
from tests.support.numbered import content_of, film
from tests.support.patience import PATIENCE_S
from tests.support.servers import Servers
from tests.support.waiting import wait_until
from tests.support.warm import Process

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

SHORT_LEASE = {"STREAMIT_JOB_LEASE": "3s"}
SHORT = film("mkv", 3)


def encodes(pid: int) -> bool:
    try:
        return b"libx264" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def encoders_of(pid: int) -> set[int]:
    """Return the process ids of every ffmpeg with which a worker encodes a film."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children if encodes(int(child))}


def kinds(site: Site, video: str) -> list[str]:
    events = site.alice.ask("GET", f"/videos/{video}/events").json["events"]
    return [each["kind"] for each in events]


def is_made(site: Site, video: str) -> bool:
    return kinds(site, video)[-1] == "finish"


def metrics(site: Site) -> list[str]:
    status, _, body = call(site.server.port, "GET", "/metrics")
    assert status == 200
    return body.splitlines()


def nothing_is_left(site: Site) -> None:
    rows = {key for (key,) in site.query("SELECT key FROM library_rendition")}
    folder = site.servers.data / "videos"
    stored = {str(path.relative_to(folder)) for path in site.files()}
    assert {key for key in stored if re.search(r"/v\d+-", key)} == rows
    scratch = site.servers.data / "scratch"
    wait_until(lambda: not list(scratch.iterdir()), "the scratch folder is not empty")


@pytest.fixture
def site(servers: Servers) -> Site:
    return Site(servers, servers.start(env={"STREAMIT_RATE_LIMITS": "off"}))


def start_gated_worker(site: Site, gate: Gate) -> Process:
    """Start a worker that does not get to the end of a film."""
    return site.servers.start_worker(env={**SHORT_LEASE, "STREAMIT_FFMPEG": str(gate.program)})


@pytest.mark.long
def test_the_film_of_a_killed_worker_is_made_by_another(site: Site, gate: Gate) -> None:
    video = site.alice.upload(content_of(SHORT))
    killed = start_gated_worker(site, gate)
    wait_until(lambda: bool(encoders_of(killed.pid)), "nothing is encoded")
    encoding = encoders_of(killed.pid)
    killed.kill()
    killed.wait()
    wait_until(lambda: not any(map(encodes, encoding)), "ffmpeg outlives its worker")

    site.servers.start_worker(env=SHORT_LEASE)
    wait_until(lambda: is_made(site, video), "the film is not made", within_s=90, every_s=0.1)
    assert kinds(site, video) == ["queued", "claimed", "claimed", "finish"]
    nothing_is_left(site)
    # Neither worker can be asked; the server tells of both.
    told = metrics(site)
    assert 'streamit_job_attempts_total{outcome="lost"} 1.0' in told
    assert 'streamit_job_attempts_total{outcome="completed"} 1.0' in told
    assert 'streamit_job_failures_total{reason="worker_lost"} 1.0' in told
    assert 'streamit_job_playable_seconds_count{plan="transcode"} 1.0' in told
    assert 'streamit_job_seconds_count{plan="transcode"} 1.0' in told


@pytest.mark.long
def test_a_worker_that_stood_still_changes_nothing_when_it_comes_back(
    site: Site, gate: Gate
) -> None:
    video = site.alice.upload(content_of(SHORT))
    frozen = start_gated_worker(site, gate)
    wait_until(lambda: bool(encoders_of(frozen.pid)), "nothing is encoded")
    os.kill(frozen.pid, signal.SIGSTOP)
    other = site.servers.start_worker(env=SHORT_LEASE)
    wait_until(lambda: is_made(site, video), "the film is not made", within_s=90, every_s=0.1)
    other.terminate()
    assert other.wait(PATIENCE_S) == 0

    os.kill(frozen.pid, signal.SIGCONT)
    frozen.terminate()
    assert frozen.wait(PATIENCE_S) == 0

    assert kinds(site, video) == ["queued", "claimed", "claimed", "finish"]
    nothing_is_left(site)
