"""How bytes become a video: the same steps for forms, resumable uploads and imports.

The upload has a row before its first byte. Then the first bytes are examined, the bytes are stored
and probed, the poster is stored, and in one transaction the row becomes a video. If a step fails,
everything is removed; what a crash leaves, ``library.sweep`` removes.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

import structlog
from django.conf import settings

from core import row_lease
from core.database import DATABASE_AWAY
from core.errors import Invalid, TooLarge
from core.fair_queue import FairQueue
from core.sizes import readable
from library import new_videos, quotas
from library.models import Poster, Source, Upload, Video
from library.receive import upload_rows
from library.receive.part_file import PartFile
from library.storage import registry
from library.storage.base import Missing, Readable, Stat, Storage, StorageError
from media.kinds import ACCEPTED, HEAD_BYTES, Kind, other_kind, sniff
from media.probe import Facts, Read, probe

log = structlog.get_logger(__name__)

# Probing takes a process, for as long as the storage of the file needs: local files never wait for
# remote ones.
LOOKING_NEAR = FairQueue(at_once=2, of_one=1, longest_wait_s=120.0)
LOOKING_FAR = replace(LOOKING_NEAR, at_once=4)


class NotAVideo(Invalid):
    """The first bytes are not those of a kind of video that is accepted."""

    def __init__(self, head: bytes) -> None:
        why = f"must be a video: {ACCEPTED}"
        if kind := other_kind(head):
            why = f"is {kind}, and must be {ACCEPTED}"
        super().__init__(fields={"file": why if head else "is empty"})


def original_key(upload: Upload) -> str:
    return f"{upload.prefix}original"


def poster_key(upload: Upload) -> str:
    return f"{upload.prefix}poster"


@contextlib.asynccontextmanager
async def at_work(upload: Upload) -> AsyncIterator[None]:
    """Keep ``upload`` from the sweep during the block; an exception removes everything of it."""
    async with kept(upload):
        try:
            yield
        except BaseException:
            await discard(upload)
            raise


def kept(upload: Upload) -> AbstractAsyncContextManager[None]:
    """Keep ``upload`` from the sweep during the block."""
    lease: timedelta = settings.UPLOAD_LEASE
    return row_lease.kept(upload, upload_rows.lease_of(upload), every=lease / 3)


async def store(upload: Upload, chunks: AsyncIterator[bytes]) -> tuple[Stat, Kind]:
    """Store ``chunks`` in the upload's storage; NotAVideo is raised after the first chunks."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    kind = check_kind(head)
    storage = registry.provider(upload.storage)
    async with contextlib.aclosing(_chain(head, chunks)) as all_chunks:
        try:
            stat = await storage.put(
                original_key(upload), all_chunks, upload.size_bytes, mime_type=kind.mime_type
            )
        except TooLarge:
            if upload.size_bytes < upload_rows.largest_bytes(upload.storage):
                raise quotas.QuotaExceeded(
                    f"There is room for {readable(upload.size_bytes)} more, and the file has more."
                ) from None
            raise
    return stat, kind


def check_kind(head: bytes) -> Kind:
    """Return the kind of a file from its first bytes; raise NotAVideo."""
    kind = sniff(head)
    if kind is None:
        raise NotAVideo(head)
    return kind


async def probe_file(
    upload: Upload,
    read: Read,
    size_bytes: int,
    kind: Kind,
    *,
    is_near: bool,
    checks_seeking: bool = True,
) -> Facts:
    """Probe a file when it is its turn; raise Unreadable, TooLong or Busy.

    ``is_near`` tells that ``read`` does not wait for another server.
    """
    who = upload.address_mark or str(upload.owner_id)
    async with (LOOKING_NEAR if is_near else LOOKING_FAR).turn(who):
        facts = await probe(read, size_bytes, kind, checks_seeking=checks_seeking)
    upload_rows.check_duration(facts)
    return facts


def reader(storage: Readable, key: str) -> Read:
    """Return a function that reads stored bytes."""

    async def read(start: int, stop: int) -> bytes:
        async with storage.open(key, start, stop) as chunks:
            return b"".join([chunk async for chunk in chunks])

    return read


async def finish(
    upload: Upload,
    *,
    title: str,
    key: str,
    stat: Stat,
    kind: Kind,
    facts: Facts,
    is_open: bool = False,
) -> Video:
    """Store the poster and turn the upload into a video."""
    poster = await _keep_picture(upload, facts.poster)
    source = Source(storage=upload.storage, key=key, etag=stat.etag, is_open=is_open)
    video = await upload_rows.become_video(
        upload, title=title, source=source, stat=stat, kind=kind, facts=facts, poster=poster
    )
    await new_videos.announce(video)
    return video


async def remove(upload: Upload) -> None:
    """Remove all bytes of ``upload`` and then its row; on StorageError the row stays.

    Does nothing if it has become a video, or if another process has taken it over.
    """
    if await upload_rows.claim_for_removal(upload):
        await clear(upload)
        await PartFile.of(upload.pk).remove()
        await upload_rows.forget(upload)


async def discard(upload: Upload) -> None:
    """Remove ``upload`` now, or leave it to the sweep if that fails."""
    try:
        await remove(upload)
    except (StorageError, *DATABASE_AWAY):
        # The caller raises the reason for discarding it, not this failure.
        log.warning("bytes of an upload stay until the next sweep", upload=str(upload.pk))


async def clear(upload: Upload) -> None:
    """Remove the bytes of ``upload`` from storage; raise StorageError."""
    for name, key in [
        (upload.storage, original_key(upload)),
        (_poster_storage(upload).name, poster_key(upload)),
    ]:
        storage = registry.provider(name)
        if storage.kind == "store":
            with contextlib.suppress(Missing):
                await storage.delete(key)


async def _keep_picture(upload: Upload, jpeg: bytes | None) -> Poster | None:
    if not jpeg:
        return None
    storage, key = _poster_storage(upload), poster_key(upload)
    try:
        await storage.put(key, once(jpeg), len(jpeg), mime_type="image/jpeg")
    except StorageError:
        # The video matters more than its poster.
        log.warning("a poster could not be stored", video=str(upload.pk), exc_info=True)
        return None
    return Poster(storage=storage.name, key=key)


def _poster_storage(upload: Upload) -> Storage:
    """Return the storage for the poster: that of the bytes, or a local one for links."""
    storage = registry.provider(upload.storage)
    return storage if storage.kind == "store" else registry.chosen("")


async def once(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


async def _chain(head: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield head
    async for chunk in rest:
        yield chunk
