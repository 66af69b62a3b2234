"""Cleans up after uploads and deletions that were interrupted or abandoned."""

from datetime import timedelta

import structlog
from django.conf import settings

from core.database import DATABASE_AWAY, in_database
from core.periodic import Periodic
from library import removals
from library.models import Upload
from library.receive import pipeline, upload_rows
from library.receive.part_file import PartFile
from library.storage import registry
from library.storage.base import StorageError

log = structlog.get_logger(__name__)


async def start() -> None:
    """Sweep now, and then regularly; several servers may do so at the same time."""
    try:
        await sweep()
    except DATABASE_AWAY:
        # For example on a full disk: the server must start anyway.
        log.warning("the first sweep failed", exc_info=True)
    await _sweeping.start()


async def stop() -> None:
    """Stop sweeping."""
    await _sweeping.stop()


async def sweep() -> int:
    """Remove abandoned uploads and finish removals; return how many there were."""
    # Every time: a storage may know only long after a crash what it has left.
    await registry.sweep()
    swept = 0
    while upload := await upload_rows.take_abandoned():
        await pipeline.discard(upload)
        swept += 1
    # Read before the rows: a file is made after its row, so a file without a row is abandoned.
    names = await PartFile.names()
    for name in await _without_row(names):
        await PartFile(PartFile.folder() / name).remove()
        swept += 1
    while removal := await removals.take_abandoned():
        try:
            await removals.resume(removal)
            swept += 1
        except StorageError:
            log.warning("a deletion could not be finished", video=str(removal.pk), exc_info=True)
    return swept


def _every_s() -> float:
    lease: timedelta = settings.UPLOAD_LEASE
    return lease.total_seconds()


_sweeping = Periodic(sweep, every_s=_every_s, first_s=_every_s, failed="a sweep failed")


@in_database
def _without_row(names: list[str]) -> list[str]:
    """Return those names of files in the upload folder that belong to no upload."""
    known = {str(key) for key in Upload.objects.values_list("pk", flat=True)} if names else set()
    return [name for name in names if name not in known]
