"""``./streamit backup``, which can run while people watch, upload and delete.

The database is copied first, in one consistent state, then the files that its rows refer to. The
bytes under a key never change. A film uploaded meanwhile is missing from both copies, so they
agree. A film deleted meanwhile may have a row without files; the manifest lists it, and a restore
leaves the row out.
"""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.backups import databases
from config.backups.files import Copier, files_under, local_storages
from config.backups.folder import CannotBackUp, Folder, Manifest
from config.database import place
from core.sizes import readable
from library.keys import keys_at
from library.models import Removal
from library.storage import registry

Say = Callable[[str], None]
Key = tuple[str, str]


def back_up(root: Path, *, link_dest: Path | None, say: Say) -> None:
    """Make a backup in ``root``, or resume one that was interrupted.

    ``link_dest`` is the folder of an earlier backup. Raises CannotBackUp.
    """
    folder = Folder(root)
    if folder.root.is_relative_to(settings.DATA_DIR):
        raise CannotBackUp(
            f"{folder.root}: is inside the data folder, and would be lost together with it"
        )
    earlier = Folder(link_dest) if link_dest else None
    if earlier and not earlier.read().finished_at:
        raise CannotBackUp(f"{earlier.root}: this backup was not finished")
    # Fail before creating the folder if there is no database.
    connection.ensure_connection()
    with folder.alone():
        if earlier and earlier.root.stat().st_dev != folder.root.stat().st_dev:
            raise CannotBackUp(
                f"--link-dest: {earlier.root} is not on the same disk as {folder.root}, so files"
                " cannot be linked"
            )
        manifest = _begin(folder, say)
        found = databases.dump(folder.database)
        manifest.migrations, manifest.tables = found.migrations, found.tables
        manifest.database_sha256 = databases.sums(folder.database)
        # Name the database: a command that lacks the server's settings would copy another one.
        say(f"Database: {readable(_size(folder.database))} of {place()}")
        copier = _copy_files(folder, found.keys, earlier, say)
        manifest.files, manifest.size_bytes = copier.files, copier.size_bytes
        lost = _lost(folder, found.keys)
        manifest.deleted_meanwhile = sorted(lost - _still_named(lost))
        _keep_secret_key(folder, say)
        manifest.finished_at = timezone.now()
        folder.write(manifest)
    _report(found.keys, lost, manifest, copier, say)


def _begin(folder: Folder, say: Say) -> Manifest:
    if not folder.is_empty():
        if not folder.is_backup():
            raise CannotBackUp(
                f"{folder.root}: has other files in it; choose a new or empty folder"
            )
        manifest = folder.read()
        if manifest.finished_at:
            raise CannotBackUp(f"{folder.root}: has a finished backup in it; choose a new folder")
        if manifest.database != connection.vendor:
            raise CannotBackUp(f"{folder.root}: this backup was started with another database")
        say("Resuming an interrupted backup")
    manifest = Manifest(database=connection.vendor, began_at=timezone.now())
    folder.write(manifest)
    return manifest


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _copy_files(folder: Folder, keys: set[Key], earlier: Folder | None, say: Say) -> Copier:
    """Copy the files of ``keys``; remove others that an earlier attempt copied."""
    copier = Copier(say)
    for storage, root in local_storages().items():
        target = folder.files_of(storage)
        copier.link_dest = earlier.files_of(storage) if earlier else None
        wanted = {Path(key) for name, key in keys if name == storage}
        say(f"Files: {len(wanted)} at {storage}")
        for old in list(files_under(target)):
            if old not in wanted:
                (target / old).unlink()
        for key in sorted(wanted):
            # ``_lost`` finds files that were deleted meanwhile.
            with contextlib.suppress(FileNotFoundError):
                copier.copy(root, target, key)
    return copier


def _lost(folder: Folder, keys: set[Key]) -> set[Key]:
    """Return the files that the copied database refers to but that were not copied."""
    local = local_storages()
    return {
        (name, key)
        for name, key in keys
        if name in local and not (folder.files_of(name) / key).exists()
    }


def _still_named(lost: set[Key]) -> set[Key]:
    """Return those that rows still refer to: their files are gone although nobody deleted them."""
    # Read before the rows, because deleting a video writes its Removal first and ends with its row.
    leaving = {str(pk) for pk in Removal.objects.values_list("pk", flat=True)}
    named = {(name, key) for name in local_storages() for key in keys_at(name)} if lost else set()
    return {(name, key) for name, key in lost & named if Path(key).parts[0] not in leaving}


def _keep_secret_key(folder: Folder, say: Say) -> None:
    source = settings.DATA_DIR / "secret_key"
    if settings.ENV.secret_key:
        say("Not copied: STREAMIT_SECRET_KEY, because it is a setting; save it yourself")
    elif source.is_symlink():
        # As with films: root, who may call us, reads more than who owns the data folder.
        say(f"Not copied: {source}, because it is a symbolic link; save what it leads to yourself")
    elif source.is_file():
        shutil.copyfile(source, folder.secret_key)


def _report(keys: set[Key], lost: set[Key], manifest: Manifest, copier: Copier, say: Say) -> None:
    say(
        f"Files: {copier.files}, {readable(copier.size_bytes)}"
        f" (copied now: {copier.copied}, {readable(copier.copied_bytes)})"
    )
    for name in sorted({name for name, _ in keys} - local_storages().keys() - {"database"}):
        count = sum(each == name for each, _ in keys)
        is_link = name in registry.PROVIDERS and registry.provider_class(name).kind == "link"
        what = "links to videos elsewhere" if is_link else "files"
        say(f"Not copied: {count} {what} at {name}; only their rows are in the backup")
    if manifest.deleted_meanwhile:
        say(
            f"Deleted meanwhile: {len(manifest.deleted_meanwhile)} files; a restore leaves them out"
        )
    for name, key in sorted(lost - set(manifest.deleted_meanwhile)):
        say(f"Missing before the backup: {name} {key}")
    say("Finished")
