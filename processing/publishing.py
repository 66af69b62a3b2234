"""Publishing files from the scratch folder: all files of a step at once, or none.

The row of a file is stored before its bytes, so that files left by a crash can be found.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core.announcements import Event
from core.database import in_database
from core.retention import AT_ONCE
from library.models import Rendition, Video
from library.storage import registry
from library.storage.base import (
    Missing,
    Permanent,
    Refused,
    Stat,
    Storage,
    StorageError,
    StorageUnavailable,
)
from processing import queue, scratch, tallies
from processing.database_wait import patiently
from processing.errors import LeaseLost, failure_of
from processing.models import Job
from processing.states import OPEN

log = structlog.get_logger(__name__)

_READ_BYTES = 1 << 20
# How long and how often to retry a storage that is away: hours of work depend on it, but the worker
# does nothing else meanwhile.
PATIENCE_S = 10 * 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made, or a part of it; ``facts`` are fields of its Rendition."""

    path: Path
    kind: Rendition.Kind
    mime_type: str
    facts: dict[str, Any] = field(default_factory=dict)
    # For a part: its name, and its range of bytes in the file.
    part: str | None = None
    span: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        return self.part or self.path.name

    @property
    def size_bytes(self) -> int:
        start, stop = self.span or (0, self.path.stat().st_size)
        return stop - start

    async def put_into(self, storage: Storage, key: str) -> Stat:
        """Store the bytes; raise StorageError."""
        if self.span is None:
            return await storage.put_file(key, self.path, mime_type=self.mime_type)
        async with contextlib.aclosing(self._chunks(*self.span)) as chunks:
            return await storage.put(key, chunks, self.size_bytes, mime_type=self.mime_type)

    async def _chunks(self, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        with self.path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(min(stop - file.tell(), _READ_BYTES)):
                yield chunk


async def publish(
    job: Job,
    files: Sequence[Made],
    *,
    plays: bool = True,
    is_patient: bool = True,
    **video_facts: Any,
) -> None:
    """Store ``files`` and publish them; ``video_facts`` become fields of the video.

    ``plays`` tells that the video can be watched from now on. With ``is_patient``, a storage that
    is away is retried for longer. Raises LeaseLost, and Away if the storage fails; then nothing is
    published.
    """
    storage = storage_of(job.video)
    rows = await _announce(job, files, storage)
    until_s = asyncio.get_running_loop().time() + (PATIENCE_S if is_patient else 0)
    try:
        for row, made in zip(rows, files, strict=True):
            await _store(job, storage, row, made, until_s)
        await _show(job, rows, plays, video_facts)
    except StorageError as error:
        raise failure_of(error) from error
    except LeaseLost:
        # Another worker may have removed our rows before these bytes existed.
        await _remove(rows)
        raise
    except asyncio.CancelledError:
        # Also if that is why we are stopped.
        await _remove(await _not_shown_if_lost(job, rows))
        raise


async def _store(job: Job, storage: Storage, row: Rendition, made: Made, until_s: float) -> None:
    """Store the bytes of ``row``; retry a storage that is away until ``until_s``; else raise."""
    is_late = False
    loop, pause_s = asyncio.get_running_loop(), _FIRST_PAUSE_S
    while True:
        try:
            await _put(storage, row, made)
        except StorageUnavailable as error:
            if loop.time() + pause_s > until_s:
                raise
            log.warning("what was made is not stored", key=row.key, why=error.message)
            if not is_late:
                is_late = True
                await queue.explain(job, failure_of(error))
        else:
            if is_late:
                await queue.explain(job, None)
            return
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)


async def _put(storage: Storage, row: Rendition, made: Made) -> None:
    try:
        stat = await made.put_into(storage, row.key)
    except Refused as refused:
        # It may exist already, if the answer to an earlier try was lost.
        try:
            stat = await storage.stat(row.key)
        except Missing:
            raise refused from None
    if stat.size_bytes != row.size_bytes:
        await storage.delete(row.key)
        raise Permanent("The storage kept only a part of what was made.")


async def discard_earlier(job: Job) -> None:
    """Remove what earlier attempts at the video have left; raise LeaseLost."""
    await _take_back(job)
    await _remove(await _unpublished(job, ""))


async def discard_own(job: Job) -> None:
    """Remove what this attempt has left, but not files of the next attempt."""
    prefix = _prefix(job)
    with contextlib.suppress(LeaseLost):
        await _take_back(job)
    await _remove(await _unpublished(job, prefix))


async def discard_parts(job: Job) -> None:
    """Remove the parts of finished files; raise LeaseLost.

    Readers get the finished files since those were published.
    """
    await _take_back(job)
    await _remove(await _unpublished(job, _prefix(job)))


def left_over() -> QuerySet[Rendition]:
    """Return what attempts have left of videos without an open job."""
    at_work = Job.objects.filter(status__in=OPEN).values("video_id")
    rows = Rendition.objects.filter(is_published=False).exclude(video_id__in=at_work)
    return rows.order_by("pk")


def replaced() -> QuerySet[Rendition]:
    """Return what a newer version has replaced, and no player reads any more."""
    not_read_since = timezone.now() - settings.MEDIA_TOKEN_TTL
    in_use = Job.objects.filter(Q(status__in=OPEN) | Q(finished_at__gt=not_read_since))
    earlier = Rendition.objects.filter(is_published=True, version__lt=F("video__version"))
    return earlier.exclude(video_id__in=in_use.values("video_id")).order_by("pk")


async def discard_replaced() -> int:
    """Remove what ``replaced`` finds; return how many. Storages may still refuse some."""
    return await discard_left_over() if await _unpublish_replaced() else 0


@in_database
def _unpublish_replaced() -> int:
    return replaced().update(is_published=False)


async def discard_left_over() -> int:
    """Remove what ``left_over`` finds; return how many. Storages may still refuse some."""
    removed, seen = 0, 0
    while rows := await _left_over_after(seen):
        removed += await _remove(rows)
        seen = rows[-1].pk
    return removed


@in_database
def _left_over_after(pk: int) -> list[Rendition]:
    return list(left_over().filter(pk__gt=pk)[:AT_ONCE])


@patiently
def published(job: Job) -> dict[str, Rendition]:
    """Return what ``job`` has published so far, in this and earlier attempts, by name."""
    rows = Rendition.objects.filter(video_id=job.video_id, version=job.version, is_published=True)
    return {row.name: row for row in rows.order_by("pk")}


async def fetch(row: Rendition, folder: Path) -> Path:
    """Copy a published rendition to a local file; raise Away.

    Two steps that run at the same time may want the same file.
    """
    path = folder / row.name
    if path.exists():
        return path
    storage = registry.provider(row.storage)
    near = storage.path_of(row.key)
    if near is not None:
        return near
    try:
        scratch.check_space(folder, row.size_bytes)
        coming = folder / f"{row.name}-{uuid4().hex}"
        await storage.fetch(row.key, row.size_bytes, coming)
        coming.replace(path)
    except (StorageError, OSError) as error:
        raise failure_of(error) from error
    return path


def storage_of(video: Video) -> Storage:
    """Return the storage of renditions: that of the original, or the first that serves pieces well.

    Dropbox and Drive throttle clients that request every few seconds of a film.
    """
    own = registry.provider(video.source.storage)
    if own.kind == "store" and own.serves_pieces:
        return own
    stores = [registry.provider(each.name) for each in registry.choices() if each.kind == "store"]
    return next((each for each in stores if each.serves_pieces), own)


@patiently
def _announce(job: Job, files: Sequence[Made], storage: Storage) -> list[Rendition]:
    names = [made.name for made in files]
    with transaction.atomic():
        queue.lock(job)
        # It may have been done already, if only the answer was lost.
        of_attempt = Rendition.objects.filter(video_id=job.video_id, key__startswith=_prefix(job))
        of_attempt.filter(name__in=names, is_published=False).delete()
        return [
            Rendition.objects.create(
                video_id=job.video_id,
                version=job.version,
                name=made.name,
                kind=made.kind,
                mime_type=made.mime_type,
                storage=storage.name,
                key=f"{_prefix(job)}{made.name}",
                size_bytes=made.size_bytes,
                **made.facts,
            )
            for made in files
        ]


@patiently
def _show(job: Job, rows: Sequence[Rendition], plays: bool, facts: dict[str, Any]) -> None:
    with transaction.atomic():
        queue.lock(job)
        shown = Rendition.objects.filter(pk__in=[row.pk for row in rows])
        if shown.update(is_published=True) != len(rows):
            raise LeaseLost
        if not plays:
            return
        queue.note_progress(job)
        videos = Video.objects.filter(pk=job.video_id)
        videos.update(version=job.version, **facts)
        is_first = videos.exclude(status=Video.Status.COMPLETED).update(
            status=Video.Status.COMPLETED, completed_at=timezone.now()
        )
        if is_first:
            queue.announce(Event.VIDEO_PLAYABLE, job.video)
            tallies.playable(job)


@in_database
def _not_shown_if_lost(job: Job, rows: Sequence[Rendition]) -> list[Rendition]:
    """Return those of ``rows`` that are not published, if ``job`` is no longer ours."""
    if job.held().exists():
        return []
    of_ours = Rendition.objects.filter(pk__in=[row.pk for row in rows], is_published=True)
    shown = set(of_ours.values_list("pk", flat=True))
    return [row for row in rows if row.pk not in shown]


@patiently
def _take_back(job: Job) -> None:
    """Unpublish all parts. If they were never finished, the next attempt makes a new version.

    Its files may differ a little, and players must not mix the two.
    """
    with transaction.atomic():
        queue.lock(job)
        of_video = Rendition.objects.filter(video_id=job.video_id, is_published=True)
        parts = of_video.filter(kind=Rendition.Kind.PART)
        shown = of_video.filter(version=job.version).exclude(kind=Rendition.Kind.PART)
        if parts.update(is_published=False) and not shown.exists():
            job.version += 1
            job.held().update(version=job.version)


@patiently
def _unpublished(job: Job, prefix: str) -> list[Rendition]:
    found = Rendition.objects.filter(video_id=job.video_id, is_published=False)
    return list(found.filter(key__startswith=prefix))


def _prefix(job: Job) -> str:
    """Return the prefix of all keys of this attempt."""
    return f"{job.video_id}/v{job.version}-{job.holder.hex[:8]}/"


async def _remove(rows: Sequence[Rendition]) -> int:
    """Remove bytes and then rows; return how many. What a storage refuses stays for later."""
    removed = 0
    for row in rows:
        try:
            with contextlib.suppress(Missing):
                await registry.provider(row.storage).delete(row.key)
        except StorageError:
            log.warning("bytes of an attempt stay", video=str(row.video_id), key=row.key)
            await _set_aside(row)
            continue
        await _forget(row)
        removed += 1
    return removed


@patiently
def _set_aside(row: Rendition) -> None:
    """Rename a row, so that the next attempt can make a file of the same name."""
    Rendition.objects.filter(pk=row.pk, is_published=False).update(name=f"left-{row.pk}")


@patiently
def _forget(row: Rendition) -> None:
    Rendition.objects.filter(pk=row.pk, is_published=False).delete()
