"""Compares storages and database: bytes without a video, and videos without bytes."""

from dataclasses import dataclass, field

from django.conf import settings

from core.database import in_database
from library import sweep
from library.keys import is_of_a_video, keys_at
from library.models import Rendition, Upload
from library.receive.part_file import PartFile
from library.storage import registry
from library.storage.base import Missing, StorageError


@dataclass(slots=True)
class Findings:
    """What does not match, each as the name of a storage with a key."""

    # Bytes without a row, and the bytes of unfinished uploads.
    orphans: list[tuple[str, str]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    # Rows without bytes.
    missing: list[tuple[str, str]] = field(default_factory=list)
    # Storages that did not answer and were not checked.
    silent: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.orphans or self.parts or self.missing or self.silent)


async def audit(*, remove: bool) -> Findings:
    """Compare every storage with the database; may run while servers work.

    ``remove`` cleans up after crashes and deletes the orphans that were found. Rows without bytes
    stay, and their owners see it: an unmounted disk must not cost them everything.
    """
    found = Findings()
    for name in registry.PROVIDERS.keys() & settings.VIDEO_STORAGE_OPTIONS:
        if registry.provider_class(name).kind == "store":
            try:
                await _look_into(name, found)
            except StorageError:
                found.silent.append(name)
    parts = await PartFile.names()
    found.parts = sorted(set(parts) - await _uploads())
    if remove:
        await _remove(found)
        await sweep.sweep()
    return found


async def _look_into(name: str, found: Findings) -> None:
    storage = registry.provider(name)
    # Before the rows, which are written before the bytes: so new bytes never look like orphans.
    stored = {key async for key in storage.list() if is_of_a_video(key)}
    # Uploads first: one that ends in between is then found as an upload and as a video.
    coming = await _uploads()
    known, coming_files = await _keys(name), await _unpublished(name)
    found.orphans += [
        (name, key) for key in sorted(stored - known) if key.partition("/")[0] not in coming
    ]
    for key in sorted(known - stored - coming_files):
        try:
            # Written after the list was made?
            await storage.stat(key)
        except Missing:
            # Or deleted after that?
            if key in await _keys(name):
                found.missing.append((name, key))


async def _remove(found: Findings) -> None:
    for name, key in found.orphans:
        try:
            await registry.provider(name).delete(key)
        except Missing:
            continue
        except StorageError:
            found.silent.append(name)
    for part in found.parts:
        await PartFile(PartFile.folder() / part).remove()


@in_database
def _keys(storage: str) -> set[str]:
    return keys_at(storage)


@in_database
def _unpublished(storage: str) -> set[str]:
    """Return the keys of renditions that are being made; their bytes may still come."""
    coming = Rendition.objects.filter(storage=storage, is_published=False)
    return set(coming.values_list("key", flat=True))


@in_database
def _uploads() -> set[str]:
    return {str(key) for key in Upload.objects.values_list("pk", flat=True)}
