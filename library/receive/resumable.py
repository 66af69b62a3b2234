"""Uploads in several requests, with any interruptions between them.

The bytes are collected in a local file, whose size is the offset. Once all are there, they are
probed and stored like those of any other upload.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from core.database import in_database
from core.errors import Conflict, Invalid, NotFound
from core.per_loop import PerLoop
from library.models import Upload, Video
from library.receive import pipeline, upload_rows
from library.receive.body import RequestBody
from library.receive.checksums import verified
from library.receive.part_file import Locked, PartFile, Writer
from library.receive.tus_fields import Checksum
from library.storage import registry
from library.storage.base import READ_BYTES, Stat
from media.kinds import HEAD_BYTES, Kind
from media.probe import Facts

T = TypeVar("T")
_Tasks = dict[UUID, "asyncio.Task[T]"]


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored file, and what it is."""

    key: str
    stat: Stat
    kind: Kind
    facts: Facts


class _Running:
    """The requests in this process that work on uploads."""

    def __init__(self) -> None:
        # Requests that send bytes. A client whose connection broke comes back before we notice,
        # and must not wait until we do.
        self.receiving: _Tasks[None] = {}
        # What they bring; only one for an upload, because it locks the file.
        self.arriving: dict[UUID, _Arrival] = {}
        # Requests that probe and store a complete file; only ending the upload interrupts them.
        self.storing: _Tasks[_Stored] = {}


_running = PerLoop(_Running)


class UploadNotFound(NotFound):
    message = "There is no such upload. It may have expired."


class WrongOffset(Conflict):
    code = "wrong_offset"
    message = "The upload continues at another byte. HEAD says which."

    def __init__(self, offset: int) -> None:
        super().__init__(f"The upload goes on at byte {offset}.")


@in_database
def find_upload(upload_id: UUID, owner_id: UUID) -> Upload:
    """Return a person's own unfinished upload; raise UploadNotFound."""
    upload = Upload.objects.filter(pk=upload_id, owner_id=owner_id, is_resumable=True).first()
    if upload is None:
        raise UploadNotFound
    return upload


@in_database
def _finished_video(upload_id: UUID, owner_id: UUID) -> Video | None:
    """Return the video of a finished upload, which has the same id."""
    return Video.objects.filter(pk=upload_id, owner_id=owner_id).first()


async def find_unfinished(upload_id: UUID, owner_id: UUID) -> Upload:
    """Return a person's own unfinished upload.

    Raises UploadNotFound, and WrongOffset if it has become a video: nothing is missing.
    """
    try:
        return await find_upload(upload_id, owner_id)
    except UploadNotFound:
        video = await _finished_video(upload_id, owner_id)
        if video is None:
            raise
        raise WrongOffset(video.size_bytes) from None


async def look_up(upload_id: UUID, owner_id: UUID) -> tuple[Upload, int] | Video:
    """Return a person's own upload and its offset, or the video that it has become.

    Raises UploadNotFound.
    """
    unfinished = None
    with contextlib.suppress(UploadNotFound):
        upload = await find_upload(upload_id, owner_id)
        unfinished = upload, await offset_of(upload)
    # Checked last, because it may have become a video just now.
    found = await _finished_video(upload_id, owner_id) or unfinished
    if found is None:
        raise UploadNotFound
    return found


async def offset_of(upload: Upload) -> int:
    """Return the offset at which the upload goes on.

    The last byte never counts as received: sending it again finishes the upload, which a crash
    may have prevented. Bytes of a request that still runs count; if it runs in another process,
    only those that it has written.
    """
    arrival = _running.get().arriving.get(upload.pk)
    if arrival is not None:
        await arrival.flush()
    return min(await PartFile.of(upload.pk).size_bytes(), upload.size_bytes - 1)


async def receive(
    upload: Upload, offset: int, body: RequestBody, checksum: Checksum | None
) -> tuple[int, Video | None]:
    """Append ``body`` at ``offset``; return the new offset, and the video after the last byte.

    Raises WrongOffset, Locked, ChecksumMismatch, and, with the upload removed, Swept, or Invalid if
    it is not an acceptable video. After ClientGone, StorageError and Locked the received bytes
    stay.
    """
    running = _running.get()
    await _interrupt(upload.pk, running.receiving)
    file = PartFile.of(upload.pk)
    async with file.opened() as writer, _taken(upload, file) as upload:
        expected = await offset_of(upload)
        if offset != expected:
            raise WrongOffset(expected)
        try:
            checking = verified(body, checksum) if checksum else contextlib.nullcontext(body)
            async with checking as chunks:
                arrival = running.arriving[upload.pk] = _Arrival(upload, file, writer, offset)
                try:
                    await _interruptibly(upload.pk, running.receiving, arrival.take(chunks))
                finally:
                    del running.arriving[upload.pk]
            size_bytes = await file.size_bytes()
            if size_bytes < upload.size_bytes:
                return size_bytes, None
            return size_bytes, await _finish(upload, file)
        except (Invalid, upload_rows.Swept):
            await pipeline.discard(upload)
            raise


@contextlib.asynccontextmanager
async def _taken(upload: Upload, file: PartFile) -> AsyncIterator[Upload]:
    """Take over the upload whose ``file`` we have opened, so no other request has it open.

    Raises UploadNotFound, and WrongOffset if it has just become a video.
    """
    try:
        # The row was read before we opened the file: someone else may have held it since.
        upload = await find_unfinished(upload.pk, upload.owner_id)
    except (UploadNotFound, WrongOffset):
        # The upload ended just before, and opening has created the file again.
        await file.remove()
        raise
    await upload_rows.take(upload)
    async with pipeline.kept(upload):
        yield upload


class _Arrival:
    """The bytes of one request, on their way into the file."""

    def __init__(self, upload: Upload, file: PartFile, writer: Writer, offset: int) -> None:
        self._file = file
        self._writer = writer
        self._offset = offset
        self._head_bytes = min(HEAD_BYTES, upload.size_bytes)
        self._is_checked = offset >= self._head_bytes
        self._buffer = bytearray()
        self._writing = asyncio.Lock()

    async def take(self, chunks: AsyncIterator[bytes]) -> None:
        """Write all ``chunks``; raise NotAVideo as soon as that is known."""
        await self._writer.cut(self._offset)
        try:
            async for chunk in chunks:
                self._buffer += chunk
                if len(self._buffer) >= READ_BYTES:
                    await self.flush()
                await self._check()
        finally:
            # Bytes that came before the connection broke count.
            try:
                await self.flush()
                await self._check()
            finally:
                self._buffer.clear()

    async def flush(self) -> None:
        """Write what has come so far; other requests may call this too."""
        async with self._writing:
            data = bytes(self._buffer)
            if data:
                await self._writer.write(self._offset, data)
                self._offset += len(data)
                del self._buffer[: len(data)]

    async def _check(self) -> None:
        if not self._is_checked and self._offset >= self._head_bytes:
            pipeline.check_kind(await self._file.read(0, HEAD_BYTES))
            self._is_checked = True


async def _finish(upload: Upload, file: PartFile) -> Video:
    """Turn the complete file into a video, also after an interrupted attempt."""
    stored = await _interruptibly(upload.pk, _running.get().storing, _store(upload, file))
    video = await pipeline.finish(
        upload,
        title=upload.title,
        key=stored.key,
        stat=stored.stat,
        kind=stored.kind,
        facts=stored.facts,
    )
    await file.remove()
    return video


async def _store(upload: Upload, file: PartFile) -> _Stored:
    size_bytes = upload.size_bytes
    kind = pipeline.check_kind(await file.read(0, HEAD_BYTES))
    facts = await pipeline.probe_file(upload, file.read, size_bytes, kind, is_near=True)
    await pipeline.clear(upload)
    storage = registry.provider(upload.storage)
    key = pipeline.original_key(upload)
    stat = await storage.put_file(key, file.path, mime_type=kind.mime_type)
    return _Stored(key, stat, kind, facts)


async def end(upload: Upload) -> None:
    """End an upload and remove everything of it."""
    running = _running.get()
    for tasks in (running.receiving, running.storing):
        await _interrupt(upload.pk, tasks)
    file = PartFile.of(upload.pk)
    async with file.opened(), _taken(upload, file) as upload:
        await pipeline.discard(upload)


async def _interruptibly(upload_id: UUID, tasks: "_Tasks[T]", work: Coroutine[Any, Any, T]) -> T:
    """Do ``work``; raise Locked if another request for the same upload interrupts it."""
    task = tasks[upload_id] = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.cancelled():
            # Usually the client has gone already.
            raise Locked from None
        task.cancel()
        await asyncio.wait({task})
        raise
    finally:
        if tasks.get(upload_id) is task:
            del tasks[upload_id]


async def _interrupt(upload_id: UUID, tasks: "_Tasks[Any]") -> None:
    """Interrupt what other requests do for the same upload, and let them close the file."""
    task = tasks.get(upload_id)
    if task is not None:
        task.cancel()
        await asyncio.wait({task})
        # Its request now closes the file, in a thread.
        await PartFile.of(upload_id).unlocked()
