"""What owners see of the work on their videos, over REST, with a real server and worker."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.library.site import Person, Site, Wire
from tests.support.films import AC3_IN_MKV, make_film
from tests.support.servers import Servers
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(180)


def job_of(owner: Person, video: str) -> dict[str, Any]:
    answer = owner.ask("GET", f"/videos/{video}/processing")
    assert answer.status == 200, answer
    job: dict[str, Any] = answer.json["job"]
    return job


def is_made(owner: Person, video: str) -> bool:
    return bool(job_of(owner, video)["status"] == "completed")


def kinds(owner: Person, video: str) -> list[str]:
    return [each["kind"] for each in owner.ask("GET", f"/videos/{video}/events").json["events"]]


def webhook_of(owner: Person) -> str:
    """Have everything about videos sent to a name that leads nowhere, so that it stays listed."""
    events = ["video.playable", "video.ready", "video.failed"]
    body = json.dumps({"url": "https://hooks.invalid/", "events": events}).encode()
    answer = owner.ask("POST", "/webhooks", {"Content-Type": "application/json"}, body)
    assert answer.status == 201, answer
    return str(answer.json["id"])


def told(owner: Person, webhook: str) -> list[str]:
    found = owner.ask("GET", f"/webhooks/{webhook}/deliveries").json["deliveries"]
    return sorted(each["event"] for each in found)


def test_a_film_is_made_told_of_and_after_a_failure_made_by_hand(
    servers: Servers, tmp_path: Path
) -> None:
    site = Site(servers, servers.start(env={"STREAMIT_RATE_LIMITS": "off"}))
    alice, bob = site.alice, site.bob
    content = make_film(AC3_IN_MKV).read_bytes()
    lost, made = alice.upload(content), alice.upload(content)
    assert job_of(alice, made)["status"] == "queued"
    assert job_of(alice, made)["waits_behind"] == 1
    kept = site.stored(lost).rename(tmp_path / "kept")
    webhook = webhook_of(alice)

    servers.start_worker()

    wait_until(
        lambda: job_of(alice, made)["status"] == "completed", "the film is not made", within_s=90
    )
    playback = alice.ask("GET", f"/videos/{made}/playback").json
    assert (playback["mime_type"], playback["renditions"][0]["kind"]) == ("video/mp4", "mp4")
    with contextlib.closing(Wire(site.server.port)) as wire:
        film = wire.ask("GET", playback["playback_url"], {"Range": "bytes=4-7"})
    assert (film.status, film.body) == (206, b"ftyp")
    assert kinds(alice, made) == ["queued", "claimed", "finish"]

    assert told(alice, webhook) == ["video.failed", "video.playable", "video.ready"]

    failed = job_of(alice, lost)
    assert (failed["status"], failed["reason_code"]) == ("failed", "file_missing")
    assert failed["reason"] == "The file of this video is gone."
    assert alice.ask("GET", f"/videos/{lost}").json["status"] == "failed"
    assert alice.ask("GET", f"/videos/{lost}/playback").error == (409, "not_playable")
    assert alice.ask("POST", f"/videos/{made}/retry").error == (409, "not_failed")
    kept.rename(site.stored(lost))
    assert alice.ask("POST", f"/videos/{lost}/retry").status == 202
    wait_until(
        lambda: job_of(alice, lost)["status"] == "completed",
        "the retry made nothing",
        within_s=90,
    )
    assert kinds(alice, lost) == ["queued", "claimed", "give_up", "again", "claimed", "finish"]

    for method, part in [("GET", "processing"), ("GET", "events"), ("POST", "retry")]:
        assert bob.ask(method, f"/videos/{lost}/{part}").error == (404, "not_found")
        assert site.nobody.ask(method, f"/videos/{lost}/{part}").status == 401
    found = alice.ask("GET", f"/videos/{lost}/events").json["events"]
    words = {"code": "file_missing", "step": "", "words": "The file of this video is gone."}
    # Neither which machine had it, nor what a program on it said.
    assert [each["data"] for each in found] == [{}, {}, words, {"by": "owner"}, {}, {}]
    page = alice.ask("GET", f"/videos/{lost}/events?limit=4").json
    rest = alice.ask("GET", f"/videos/{lost}/events?cursor={page['next_cursor']}").json
    assert (len(page["events"]), len(rest["events"]), rest["next_cursor"]) == (4, 2, None)
