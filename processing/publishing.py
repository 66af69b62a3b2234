"""From files in the scratch folder to what viewers get: all of a step at once, or nothing.

The row of a file is there before its bytes, so that whatever a crash leaves is known by it.
"""

import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.announcements import Event
from core.database import in_database
from core.retention import AT_ONCE
from library.models import Rendition, Video
from library.storage import registry
from library.storage.base import Missing, Stat, Storage, StorageError, StorageFull
from processing import queue, tallies
from processing.errors import Code, Hindered, LeaseLost, hindered_by
from processing.models import Job
from processing.states import OPEN

log = structlog.get_logger(__name__)

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """One file that was made, or a part of it; ``facts`` are fields of its Rendition."""

    path: Path
    kind: Rendition.Kind
    mime_type: str
    facts: dict[str, Any] = field(default_factory=dict)
    # Of a part: its name, and the bytes of the file that it has.
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
    job: Job, files: Sequence[Made], *, plays: bool = True, **video_facts: Any
) -> None:
    """Store ``files`` and show them to viewers; ``video_facts`` become fields of the video.

    ``plays`` says that from now on the video can be watched by what was made.
    Raises LeaseLost, and Hindered when the storage fails; then nothing is shown.
    """
    storage = storage_of(job.video)
    rows = await _announce(job, files, storage)
    try:
        for row, made in zip(rows, files, strict=True):
            stat = await made.put_into(storage, row.key)
            if stat.size_bytes != row.size_bytes:
                raise Hindered("storage_failed", "The storage kept only a part of what was made.")
        await _show(job, rows, plays, video_facts)
    except StorageError as error:
        code: Code = "storage_full" if isinstance(error, StorageFull) else "storage_unavailable"
        raise Hindered(code, error.message) from error
    except LeaseLost:
        # Who has the job now may have removed our rows before these bytes were there.
        await _remove(rows)
        raise


async def discard_earlier(job: Job) -> None:
    """Remove what earlier attempts left of the video; raise LeaseLost unless it is ours."""
    await _take_back(job)
    await _remove(await _unpublished(job.video_id, ""))


async def discard_own(job: Job) -> None:
    """Remove what this attempt left; whoever has the job now may be making the same."""
    prefix = _prefix(job)
    with contextlib.suppress(LeaseLost):
        await _take_back(job)
    await _remove(await _unpublished(job.video_id, prefix))


async def discard_parts(job: Job) -> None:
    """Remove the parts of what is finished; raise LeaseLost.

    Whoever asks for a byte of it has got the finished file since that was shown.
    """
    await _take_back(job)
    await _remove(await _unpublished(job.video_id, _prefix(job)))


def left_over() -> QuerySet[Rendition]:
    """Return what attempts have left of videos at which nobody works any more."""
    at_work = Job.objects.filter(status__in=OPEN).values("video_id")
    rows = Rendition.objects.filter(is_published=False).exclude(video_id__in=at_work)
    return rows.order_by("pk")


async def discard_left_over() -> int:
    """Remove what ``left_over`` finds, and tell how much of it; storages may still refuse."""
    removed, seen = 0, 0
    while rows := await _left_over_after(seen):
        removed += await _remove(rows)
        seen = rows[-1].pk
    return removed


@in_database
def _left_over_after(pk: int) -> list[Rendition]:
    return list(left_over().filter(pk__gt=pk)[:AT_ONCE])


@in_database
def published(job: Job) -> dict[str, Rendition]:
    """Return what ``job`` has made so far, in this attempt and earlier ones, by name."""
    rows = Rendition.objects.filter(video_id=job.video_id, version=job.version, is_published=True)
    return {row.name: row for row in rows.order_by("pk")}


async def fetch(row: Rendition, folder: Path) -> Path:
    """Have something that was made in a file; raise Hindered."""
    path = folder / row.name
    if path.exists():
        return path
    storage = registry.provider(row.storage)
    near = storage.path_of(row.key)
    if near is not None:
        return near
    try:
        await storage.fetch(row.key, row.size_bytes, path)
    except StorageError as error:
        raise Hindered("storage_unavailable", error.message) from error
    except OSError as error:
        raise hindered_by(error) from error
    return path


def storage_of(video: Video) -> Storage:
    """Return where renditions go: beside the original, or to the first that serves pieces well.

    Dropbox and Drive slow down whoever asks for every few seconds of a film.
    """
    own = registry.provider(video.source.storage)
    if own.kind == "store" and own.serves_pieces:
        return own
    stores = [registry.provider(each.name) for each in registry.choices() if each.kind == "store"]
    return next((each for each in stores if each.serves_pieces), own)


@in_database
def _announce(job: Job, files: Sequence[Made], storage: Storage) -> list[Rendition]:
    with transaction.atomic():
        queue.lock(job)
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


@in_database
def _show(job: Job, rows: Sequence[Rendition], plays: bool, facts: dict[str, Any]) -> None:
    with transaction.atomic():
        queue.lock(job)
        shown = Rendition.objects.filter(pk__in=[row.pk for row in rows])
        if shown.update(is_published=True) != len(rows):
            raise LeaseLost
        if not plays:
            return
        videos = Video.objects.filter(pk=job.video_id)
        videos.update(version=job.version, **facts)
        is_first = videos.exclude(status=Video.Status.COMPLETED).update(
            status=Video.Status.COMPLETED, completed_at=timezone.now()
        )
        if is_first:
            queue.announce(Event.VIDEO_PLAYABLE, job.video)
            tallies.playable(job)


@in_database
def _take_back(job: Job) -> None:
    """Show no parts any more. If the whole never came of them the next try is a new version.

    It may be made a little differently, and players must not mix the two.
    """
    with transaction.atomic():
        queue.lock(job)
        of_video = Rendition.objects.filter(video_id=job.video_id, is_published=True)
        parts = of_video.filter(kind=Rendition.Kind.PART)
        shown = of_video.filter(version=job.version).exclude(kind=Rendition.Kind.PART)
        if parts.update(is_published=False) and not shown.exists():
            job.version += 1
            job.held().update(version=job.version)


@in_database
def _unpublished(video_id: UUID, prefix: str) -> list[Rendition]:
    found = Rendition.objects.filter(video_id=video_id, is_published=False)
    return list(found.filter(key__startswith=prefix))


def _prefix(job: Job) -> str:
    """Return how the keys of everything that this attempt makes begin."""
    return f"{job.video_id}/v{job.version}-{job.holder.hex[:8]}/"


async def _remove(rows: Sequence[Rendition]) -> int:
    """Remove bytes and then rows, and tell how many; what a storage refuses stays for later."""
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


@in_database
def _set_aside(row: Rendition) -> None:
    """Have the next attempt free to make a file of the same name."""
    Rendition.objects.filter(pk=row.pk, is_published=False).update(name=f"left-{row.pk}")


@in_database
def _forget(row: Rendition) -> None:
    Rendition.objects.filter(pk=row.pk, is_published=False).delete()
