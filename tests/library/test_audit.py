"""What crashes leave is cleared up, and the audit finds what does not fit."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from library import audit as audit_module
from library import removals, sweep
from library.models import Blob, BlobPart, Removal, Source, Upload, Video
from library.receive import pipeline
from library.storage import registry
from library.storage.database import ABANDONED
from media.probe import Facts
from tests.accounts import people
from tests.library.receive.test_tus import TUS, begin, send
from tests.library.rows import an_upload
from tests.library.site import TINY_MP4, UNKNOWN, Person, Site, form
from tests.support import warm
from tests.support.servers import MANAGE, Servers
from tests.support.waiting import wait_until

pytestmark = pytest.mark.programs

SHORT = {
    "STREAMIT_RATE_LIMITS": "off",
    "STREAMIT_UPLOAD_LEASE": "2s",
    "STREAMIT_UPLOAD_EXPIRY": "2s",
}
ROUNDS = 5
FILM = TINY_MP4.ljust(400_000, b"\0")


def audit(servers: Servers, *options: str) -> tuple[int, list[str]]:
    """Run the command; return its exit code and lines."""
    done = warm.run([MANAGE, "admin", "audit", *options], servers.environment({}))
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def own(servers: Servers) -> Site:
    """A site whose storage no other test touches, and which does not sweep meanwhile."""
    return Site(servers, servers.start(env={"STREAMIT_UPLOAD_LEASE": "1h"}))


def test_the_audit_lists_both_kinds_of_what_does_not_fit(own: Site) -> None:
    kept, lost = own.alice.upload(), own.alice.upload()
    under_way = begin(own.alice, 1000)
    send(own.alice, under_way, 0, TINY_MP4[:100])
    own.stored(lost).unlink()
    for path in (own.stored(UNKNOWN), own.servers.data / "uploads" / UNKNOWN):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"whose?")
    others = [
        own.servers.data / place / name
        for place in ("uploads", "videos", "scratch")
        for name in ("holiday.mp4", "photos/1.jpg")
    ]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("somebody's own")
    left = own.servers.data / "scratch" / "7-0123abcd"
    left.mkdir(parents=True)
    (left / "v360.mp4").write_bytes(b"half a film")
    found = [f"local {UNKNOWN}/original", f"uploads/{UNKNOWN}"]
    scratch = f"scratch/{left.name}"
    gone = f"bytes are missing: local {lost}/original"
    assert audit(own.servers) == (
        1,
        [*(f"belongs to no video: {it}" for it in found), f"belongs to no job: {scratch}", gone],
    )
    removed = [f"removed: {it}" for it in (*found, scratch)]
    assert audit(own.servers, "--remove") == (1, [*removed, gone])
    assert not left.exists()
    assert all(path.read_text() == "somebody's own" for path in others)
    own.alice.ask("DELETE", f"/videos/{lost}")
    assert audit(own.servers) == (0, ["storage and database agree"])
    assert own.stored(kept).exists()
    assert own.alice.ask("HEAD", under_way, TUS).headers["upload-offset"] == "100"


@pytest.mark.django_db(transaction=True)
async def test_an_upload_that_ends_during_the_audit_keeps_its_bytes(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    # Others would be looked into first, and the upload would end then.
    settings.VIDEO_STORAGE_OPTIONS = {"local": settings.VIDEO_STORAGE_OPTIONS["local"]}
    upload = await an_upload(resumable=False)
    stat, kind = await pipeline.store(upload, pipeline.once(TINY_MP4))
    key = pipeline.original_key(upload)

    def ending(look: Callable[..., Awaitable[set[str]]]) -> Callable[..., Awaitable[set[str]]]:
        async def look_and_end(*args: str) -> set[str]:
            found = await look(*args)
            if await Upload.objects.filter(pk=upload.pk).aexists():
                # The moment after the first of the two looks into the database.
                await pipeline.finish(
                    upload, title="A film", key=key, stat=stat, kind=kind, facts=Facts()
                )
            return found

        return look_and_end

    for look in ("_keys", "_uploads"):
        monkeypatch.setattr(audit_module, look, ending(getattr(audit_module, look)))
    found = await audit_module.audit(remove=True)
    assert found.orphans == []
    local = registry.provider("local")
    assert (await local.stat(key)).size_bytes == len(TINY_MP4)
    # Other tests of this process audit the same folder, and the row goes by itself.
    await local.delete(key)


@pytest.mark.django_db(transaction=True)
async def test_a_video_that_two_remove_at_once_is_gone_and_neither_fails() -> None:
    user = await people.guest()
    video = await Video.objects.acreate(
        owner=user, title="A film", status=Video.Status.COMPLETED, size_bytes=1
    )
    await Source.objects.acreate(video=video, storage="local", key=f"{video.pk}/original")
    await asyncio.gather(removals.remove(video), removals.remove(video))
    # One who found it before it went, and comes to it after.
    await removals.remove(video)
    assert not await Video.objects.filter(pk=video.pk).aexists()
    assert not await Removal.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_what_a_crash_left_in_the_database_goes_while_the_server_runs() -> None:
    crashed = await Blob.objects.acreate(key=None, changed_at=timezone.now() - 2 * ABANDONED)
    at_work = await Blob.objects.acreate(key=None, changed_at=timezone.now())
    for blob in (crashed, at_work):
        await BlobPart.objects.acreate(blob=blob, number=0, data=b"part")
    # The start of the server that followed was too soon to tell the two apart.
    await sweep.sweep()
    assert [part.blob_id async for part in BlobPart.objects.all()] == [at_work.pk]


@dataclass
class Worker:
    """Someone who uploads and deletes without a pause, whatever happens to the server."""

    person: Person
    seed: int
    made: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    # Deletions that were asked for and not answered may have been done or not.
    unsure: set[str] = field(default_factory=set)
    done: int = 0

    def work(self, stop: threading.Event) -> None:
        chance = random.Random(self.seed)
        while not stop.is_set():
            # The server may be gone at any moment; then there is no answer, or half of one.
            with contextlib.suppress(OSError, ValueError, IndexError, AssertionError):
                chance.choice((self.send_form, self.send_form, self.resume, self.delete))()
                self.done += 1

    def send_form(self) -> None:
        answer = self.person.send_form(form(("file", FILM)))
        if answer.status == 201:
            self.made.add(answer.json["id"])

    def resume(self) -> None:
        path = begin(self.person, len(FILM))
        send(self.person, path, 0, FILM[:200_000])
        answer = send(self.person, path, 200_000, FILM[200_000:])
        if "streamit-video" in answer.headers:
            self.made.add(answer.headers["streamit-video"])

    def delete(self) -> None:
        if not self.made:
            return
        video = self.made.pop()
        self.unsure.add(video)
        if self.person.ask("DELETE", f"/videos/{video}").status == 200:
            self.unsure.remove(video)
            self.deleted.add(video)


@contextlib.contextmanager
def at_work(workers: list[Worker]) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=worker.work, args=(stop,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.faults
@pytest.mark.timeout(240)
def test_kills_at_random_moments_leave_nothing_that_does_not_fit(own: Site) -> None:
    chance = random.Random(4)
    workers = [Worker(own.new_guest(), seed) for seed in range(3)]
    for _ in range(ROUNDS):
        own.server = own.servers.start(env=SHORT)
        for worker in workers:
            worker.done = 0
        with at_work(workers):
            wait_until(lambda: sum(worker.done for worker in workers) > 2, "nothing happens")
            # The moment is what is tried; nothing is waited for.
            threading.Event().wait(chance.uniform(0, 0.3))
            own.server.kill()
    own.server = own.servers.start(env=SHORT)
    wait_until(lambda: not own.query("SELECT id FROM library_upload"), "uploads stay")
    wait_until(lambda: not own.query("SELECT video_id FROM library_removal"), "deletions stay")
    assert audit(own.servers) == (0, ["storage and database agree"])
    assert not [path for path in own.files() if ".drafts" in path.parts]
    rows = own.rows()
    for worker in workers:
        assert {UUID(video).hex for video in worker.made} <= rows
        assert not {UUID(video).hex for video in worker.deleted} & rows
    assert any(worker.made or worker.deleted or worker.unsure for worker in workers)
