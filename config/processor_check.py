"""The whole round trip with the processing service that is set up, and its evidence.

Films are uploaded here as people do it; the servers and workers that run do the rest. What is
shown are the events of the jobs, as the database has them, and answers of the server itself.
"""

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts import deletion, services
from accounts.models import User
from accounts.principal import Principal
from core import signing
from core.database import in_database
from library.models import Rendition, Source, Video
from library.receive import pipeline, upload_rows
from library.storage import registry
from library.storage.addresses import Rules, origin_of, parse
from library.storage.base import StorageError
from library.storage.web import Answer, Patience, Web
from media.ffmpeg import Ffmpeg
from processing import retries
from processing.errors import DENIED
from processing.models import Job, JobEvent
from processing.options import HttpOptions
from processing.states import Status

LOOK_S = 0.2
# How long it may take until a worker begins.
CLAIM_S = 60.0
# Colours that browsers do not have, so that it must be encoded anew.
_FILM = (
    *("-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"),
    *("-f", "lavfi", "-i", "sine=440:r=48000", "-t", "3", "-c:v", "libx264"),
    *("-pix_fmt", "yuv444p", "-c:a", "aac", "-movflags", "+faststart", "film.mp4"),
)
_OVER = {Status.COMPLETED, Status.FAILED}


class CheckFailed(Exception):
    """Something is not as it should be; the words say what."""


@dataclass(slots=True)
class Check:
    """``say`` prints a line; each film may take ``patience_s``."""

    say: Callable[[str], None]
    options: HttpOptions
    patience_s: float
    _shown: int = 0
    _web: Web = field(init=False)

    def __post_init__(self) -> None:
        # Our own address, as the service has it.
        own = origin_of(parse(settings.PUBLIC_URL, Rules()))
        self._web = Web(Rules(trusted_origin=own), Patience())

    async def run(self) -> None:
        """Play everything, and leave nothing behind; raise CheckFailed."""
        self.say(f"Service: {self.options.url}")
        self.say(f"Calls back: {self._callback_url}")
        owner = await in_database(services.create_guest)(display_name="Processor check")
        try:
            with tempfile.TemporaryDirectory() as folder:
                good = await _film(Path(folder))
            await self._success(owner, good)
            job = await self._failure(owner, good)
            await self._retry(job, good)
            await self._replay(job)
            await self._late(job)
            await self._bad_signature(job)
        finally:
            await deletion.delete(owner.pk)
        self.say("All is well. The films of this check are removed again.")

    @property
    def _callback_url(self) -> str:
        return f"{settings.PUBLIC_URL}/api/v1/processing/callback/http"

    async def _success(self, owner: User, good: bytes) -> None:
        self.say("1. Success: a film that browsers do not play")
        job = await self._over(await _upload(owner, good, good))
        if job.status != Status.COMPLETED:
            raise CheckFailed(f"The film was not made: {job.reason}")
        made = await Rendition.objects.filter(video_id=job.video_id, is_published=True).aget(
            kind=Rendition.Kind.MP4
        )
        self._tell(f"made {made.name}, {made.width}x{made.height}, {made.size_bytes} bytes")

    async def _failure(self, owner: User, good: bytes) -> Job:
        self.say("2. Failure: the same film with nothing but zeros behind its head")
        job = await self._over(
            await _upload(owner, _damaged(good), good), {*_OVER, Status.RETRYING}
        )
        told = job.events.filter(kind="callback_taken", data__state="failed")
        if not await told.aexists():
            raise CheckFailed("The service did not say that it failed.")
        self._tell(f"{job.status}: {job.reason_code}: {job.reason}")
        return job

    async def _retry(self, job: Job, good: bytes) -> None:
        self.say("3. Retry: the same job, with the film mended")
        await _replace_original(job, good)
        if job.status == Status.FAILED:
            await retries.retry(job.pk, by="staff")
        done = await self._over(await Video.objects.aget(pk=job.video_id))
        if done.status != Status.COMPLETED:
            raise CheckFailed(f"The film was not made: {done.reason}")

    async def _replay(self, job: Job) -> None:
        self.say("4. Replay: the last callback once more")
        last = await job.events.filter(kind="callback_taken").order_by("-pk").afirst()
        assert last is not None  # noqa: S101 - it was completed by one
        answer = await self._call_back(job, event_id=last.data["event_id"])
        await self._expect(job, answer, 200, "skipped", "callback_skipped")

    async def _late(self, job: Job) -> None:
        self.say("5. Late: a callback of an attempt that is over")
        answer = await self._call_back(job)
        await self._expect(job, answer, 200, "late", "callback_late")

    async def _bad_signature(self, job: Job) -> None:
        self.say("6. Bad signature: a callback by another key")
        answer = await self._call_back(job, key=signing.new_secret())
        await self._expect(job, answer, 401, "bad_signature", "callback_refused")

    async def _call_back(self, job: Job, *, event_id: str = "", key: str = "") -> Answer:
        """Call our own server as the service would, with a fence that nobody has."""
        told = {"id": "check", "job": job.pk, "fence": str(uuid.uuid4()), "state": "working"}
        body = json.dumps(told).encode()
        message_id = event_id or f"check_{uuid.uuid4().hex}"
        keys = [key or self.options.keys[0]]
        fields = signing.headers(message_id, int(time.time()), body, keys=keys)
        began_s = time.monotonic()
        headers = {**fields, "Content-Type": "application/json"}
        try:
            answer = await self._web.send("POST", self._callback_url, headers, body, most=4096)
        except StorageError as error:
            # Its own words are about films.
            words = f"This server cannot be reached at {settings.PUBLIC_URL} from here."
            raise CheckFailed(words) from error
        took_ms = round((time.monotonic() - began_s) * 1000)
        self._tell(f"POST {message_id}: {answer.status} in {took_ms} ms: {answer.text}")
        return answer

    async def _expect(self, job: Job, answer: Answer, status: int, word: str, kind: str) -> None:
        events = await self._show(job)
        if answer.status != status or word not in answer.text:
            raise CheckFailed(f"The answer should have been {status} with {word}.")
        if kind not in events:
            raise CheckFailed(f"There is no event {kind}.")

    async def _over(self, video: Video, ends: set[Status] = _OVER) -> Job:
        """Show events as they come until the newest job of ``video`` is over; return it."""
        began_s = time.monotonic()
        while True:
            job = await Job.objects.filter(video_id=video.pk).order_by("-pk").afirst()
            if job is None:
                raise CheckFailed("The film has no job.")
            await self._show(job)
            if job.status in ends:
                return job
            passed_s = time.monotonic() - began_s
            if job.status == Status.QUEUED and passed_s > CLAIM_S:
                raise CheckFailed("No worker took the job. Do a server and a worker run?")
            if job.reason_code == DENIED:
                raise CheckFailed(f"The service does not let us in. {job.reason}")
            if passed_s > self.patience_s:
                words = f"It took longer than {self.patience_s:.0f} s. {await self._hint(job)}"
                raise CheckFailed(words.strip())
            await asyncio.sleep(LOOK_S)

    async def _hint(self, job: Job) -> str:
        """Return why ``job`` may take so long; "" if nothing is known."""
        is_elsewhere = await job.events.filter(kind="handed_over").aexists()
        if is_elsewhere and not await job.events.filter(kind="callback_taken").aexists():
            return (
                "The service has taken the job, but no callback has come. It must be able to "
                f"reach {self._callback_url}."
            )
        return job.reason

    async def _show(self, job: Job) -> list[str]:
        """Show the events of ``job`` that are new; return their kinds."""
        rows = JobEvent.objects.filter(job=job, pk__gt=self._shown).order_by("pk")
        events = [event async for event in rows]
        for event in events:
            about = " ".join(f"{name}={value}" for name, value in event.data.items())
            change = f"{event.from_status} -> {event.to_status}"
            self.say(f"   {_time(event.at)} event {event.pk} {event.kind} [{change}] {about}")
            self._shown = event.pk
        return [event.kind for event in events]

    def _tell(self, line: str) -> None:
        self.say(f"   {line}")


async def _film(folder: Path) -> bytes:
    await Ffmpeg.found(settings.FFMPEG).run(_FILM, folder=folder)
    return (folder / "film.mp4").read_bytes()


def _damaged(film: bytes) -> bytes:
    """Return a film whose head promises what is not there."""
    start = film.index(b"mdat") + 4
    return film[:start] + bytes(len(film) - start)


async def _upload(owner: User, content: bytes, promised: bytes) -> Video:
    """Keep ``content`` as a video of which the probe was shown ``promised``."""
    row = await upload_rows.begin(
        owner=Principal(owner.pk, owner.display_name, owner.is_guest, via="session"),
        title="Processor check",
        storage=registry.default_name(),
        size_bytes=len(content),
        # Whether guests may upload is another question.
        at_least=0,
        resumable=False,
    )

    async def read(start: int, stop: int) -> bytes:
        return promised[start:stop]

    async with pipeline.at_work(row):
        stat, kind = await pipeline.store(row, pipeline.once(content))
        facts = await pipeline.probe_file(row, read, len(content), kind, is_near=True)
        key = pipeline.original_key(row)
        return await pipeline.finish(
            row, title=row.title, key=key, stat=stat, kind=kind, facts=facts
        )


async def _replace_original(job: Job, good: bytes) -> None:
    """Put the bytes that were promised in the place of those that came."""
    source = await Source.objects.aget(video_id=job.video_id)
    storage = registry.provider(source.storage)
    key = f"{job.video_id}/mended"
    stat = await storage.put(key, pipeline.once(good), len(good))
    await Source.objects.filter(pk=source.pk).aupdate(key=key, etag=stat.etag)
    await storage.delete(source.key)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
