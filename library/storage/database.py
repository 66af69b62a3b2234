"""Storage in the database itself, for small libraries where one backup should have everything.

Bytes are written in parts to a draft, a Blob without a key. Publishing it is one UPDATE that sets
the key. No connection is held between two reads or two writes, so slow viewers do not occupy any.
"""

import builtins
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, ParamSpec, TypeVar

from django.db import (
    DatabaseError,
    IntegrityError,
    connections,
    transaction,
)
from django.utils import timezone

from core.database import DATABASE_AWAY, in_database, is_full
from library.storage.base import (
    READ_BYTES,
    Incomplete,
    Missing,
    Permanent,
    Refused,
    Stat,
    Storage,
    StorageError,
    StorageFull,
    StorageUnavailable,
    checked_key,
)
from library.storage.chunks import pieces
from library.storage.disk_space import check_room
from library.storage.models import PART_BYTES, Blob, BlobPart
from library.storage.options import DatabaseOptions
from library.storage.threads import finished

P = ParamSpec("P")
T = TypeVar("T")

# A draft that has not grown for this long is abandoned: uploads time out much sooner.
ABANDONED = timedelta(hours=1)
# Rows that one transaction removes: SQLite has no other writer meanwhile.
REMOVED_AT_ONCE = 32
LISTED_AT_ONCE = 1000


class DatabaseStorage(Storage):
    """Rows of ``library_blobpart``, in the database called ``alias``."""

    name: ClassVar[str] = "database"
    label: ClassVar[str] = "This server's database"
    is_near: ClassVar[bool] = True
    max_bytes: int

    def __init__(self, options: DatabaseOptions, *, alias: str = "default") -> None:
        self.max_bytes = options.max_bytes
        self._alias = alias

    def check_room(self, size_bytes: int) -> None:
        database = connections[self._alias]
        # A database server has its own disk, and reports by itself when that is full.
        if database.vendor == "sqlite":
            check_room(Path(str(database.settings_dict["NAME"])), size_bytes)

    async def stat(self, key: str) -> Stat:
        return _stat_of(await _query(self._find, checked_key(key)))

    async def lost(self, sizes: Mapping[str, int]) -> dict[str, StorageError]:
        found = await _query(self._sizes, [checked_key(key) for key in sizes])
        gone = {key: Missing() for key in sizes.keys() - found.keys()}
        cut = {key: Incomplete() for key, size in found.items() if size < sizes[key]}
        return {**gone, **cut}

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        blob = await _query(self._find, checked_key(key))
        yield _Reader(self._alias, blob.pk, start, stop)

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        blob = await _query(self._begin, checked_key(key))
        try:
            limit_bytes = min(limit_bytes, self.max_bytes)
            parts = pieces(chunks, size_bytes=PART_BYTES, limit_bytes=limit_bytes)
            number = 0
            async with contextlib.aclosing(parts):
                async for data in parts:
                    await _query(self._append, blob, number, data)
                    number += 1
            return _stat_of(await _query(self._publish, blob, key))
        except BaseException:
            await _query(self._discard, blob.pk)
            raise

    async def delete(self, key: str) -> None:
        blob = await _query(self._find, checked_key(key))
        await _query(self._discard, blob.pk)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        last = ""
        while keys := await _query(self._keys_after, last, prefix):
            for key in keys:
                yield key
            last = keys[-1]

    async def sweep(self) -> int:
        abandoned = await _query(self._abandoned)
        for blob_id in abandoned:
            await _query(self._discard, blob_id)
        return len(abandoned)

    def _find(self, key: str) -> Blob:
        blob = Blob.objects.using(self._alias).filter(key=key).first()
        if blob is None:
            raise Missing
        return blob

    def _sizes(self, keys: builtins.list[str]) -> dict[str, int]:
        """Return how many bytes there are under those of ``keys`` that are in use."""
        blobs = Blob.objects.using(self._alias).filter(key__in=keys)
        return {key or "": size for key, size in blobs.values_list("key", "size_bytes")}

    def _begin(self, key: str) -> Blob:
        if Blob.objects.using(self._alias).filter(key=key).exists():
            raise Refused
        return Blob.objects.using(self._alias).create(key=None)

    def _append(self, blob: Blob, number: int, data: bytes) -> None:
        self.check_room(len(data))
        with transaction.atomic(using=self._alias):
            blob.size_bytes += len(data)
            self._update_draft(blob)
            BlobPart.objects.using(self._alias).create(blob=blob, number=number, data=data)

    def _publish(self, blob: Blob, key: str) -> Blob:
        blob.key = key
        try:
            self._update_draft(blob)
        except IntegrityError:
            raise Refused from None
        return blob

    def _update_draft(self, blob: Blob) -> None:
        blob.changed_at = timezone.now()
        facts = {"key": blob.key, "size_bytes": blob.size_bytes, "changed_at": blob.changed_at}
        draft = Blob.objects.using(self._alias).filter(pk=blob.pk, key=None)
        if not draft.update(**facts):
            raise StorageUnavailable("The upload took too long and was given up.")

    def _discard(self, blob_id: int) -> None:
        """Remove a blob, published or not. If this is interrupted, a sweep finishes it."""
        Blob.objects.using(self._alias).filter(pk=blob_id).update(key=None)
        parts = BlobPart.objects.using(self._alias).filter(blob_id=blob_id).order_by("number")
        while some := list(parts.values_list("pk", flat=True)[:REMOVED_AT_ONCE]):
            BlobPart.objects.using(self._alias).filter(pk__in=some).delete()
        Blob.objects.using(self._alias).filter(pk=blob_id).delete()

    def _keys_after(self, last: str, prefix: str) -> builtins.list[str]:
        rows = Blob.objects.using(self._alias).filter(key__gt=last, key__startswith=prefix)
        keys = rows.order_by("key").values_list("key", flat=True)
        return [key or "" for key in keys[:LISTED_AT_ONCE]]

    def _abandoned(self) -> builtins.list[int]:
        drafts = Blob.objects.using(self._alias).filter(key=None)
        before = timezone.now() - ABANDONED
        return list(drafts.filter(changed_at__lt=before).values_list("pk", flat=True))


class _Reader(AsyncIterator[bytes]):
    """Iterates over the bytes of a blob from ``start`` up to ``stop``, a query for each chunk."""

    def __init__(self, alias: str, blob_id: int, start: int, stop: int) -> None:
        self._alias, self._blob_id = alias, blob_id
        self._position, self._stop = start, stop

    async def __anext__(self) -> bytes:
        if self._position >= self._stop:
            raise StopAsyncIteration
        data = await _query(self._read)
        if not data:
            raise StorageUnavailable("The video has gone from the database.")
        self._position += len(data)
        return data

    def _read(self) -> bytes:
        number, offset = divmod(self._position, PART_BYTES)
        size_bytes = min(READ_BYTES, PART_BYTES - offset, self._stop - self._position)
        with connections[self._alias].cursor() as cursor:
            # The database cuts the part, so that only needed bytes are read; substr counts from 1.
            cursor.execute(
                "SELECT substr(data, %s, %s) FROM library_blobpart"
                " WHERE blob_id = %s AND number = %s",
                [offset + 1, size_bytes, self._blob_id, number],
            )
            row = cursor.fetchone()
        return bytes(row[0]) if row else b""


def _stat_of(blob: Blob) -> Stat:
    # A row id is never reused, so it distinguishes versions of a key.
    return Stat(blob.size_bytes, f'"{blob.pk:x}-{blob.size_bytes:x}"', blob.changed_at)


async def _query(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work`` to its end even if cancelled, and give its connection back.

    Database errors become StorageErrors.
    """
    try:
        return await finished(in_database(work)(*args, **kwargs))
    except DATABASE_AWAY as error:
        if is_full(error):
            raise StorageFull from error
        raise StorageUnavailable from error
    except DatabaseError as error:
        raise Permanent from error
