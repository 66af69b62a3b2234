"""``./streamit backup``: while people watch, upload and delete.

The database is copied first, as it is at one moment; then the files of the videos it has. Their
bytes never change under a key, so the copy of a film that somebody uploads meanwhile is not
missed: its row is not in the copy either. A film that is deleted meanwhile may lack its bytes;
the manifest says so, and a restore leaves its row out, as its owner wished.
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
    """Make a backup in ``root``, or go on with one that was broken off.

    ``link_dest`` is the folder of an earlier one. Raises CannotBackUp.
    """
    folder = Folder(root)
    if folder.root.is_relative_to(settings.DATA_DIR):
        raise CannotBackUp(f"{folder.root}: lies in the data folder, which may be lost with it")
    earlier = Folder(link_dest) if link_dest else None
    if earlier and not earlier.read().finished_at:
        raise CannotBackUp(f"{earlier.root}: this backup was not finished")
    # Before a folder is made: without a database there is nothing to put into it.
    connection.ensure_connection()
    with folder.alone():
        if earlier and earlier.root.stat().st_dev != folder.root.stat().st_dev:
            raise CannotBackUp(
                f"--link-dest: {earlier.root} is on another disk than {folder.root}, and nothing"
                " can be linked to there"
            )
        manifest = _begin(folder, say)
        found = databases.dump(folder.database)
        manifest.migrations, manifest.tables = found.migrations, found.tables
        manifest.database_sha256 = databases.sums(folder.database)
        # One without the settings of the server is a copy of another database.
        say(f"Database: {readable(_size(folder.database))} of {place()}")
        copier = _copy_files(folder, found.keys, earlier, say)
        manifest.files, manifest.size_bytes = copier.files, copier.size_bytes
        lost = _lost(folder, found.keys)
        manifest.deleted_meanwhile = sorted(lost - _still_named(lost))
        _keep_secret_key(folder, say)
        manifest.finished_at = timezone.now()
        folder.write(manifest)
    _tell(found.keys, lost, manifest, copier, say)


def _begin(folder: Folder, say: Say) -> Manifest:
    if not folder.is_empty():
        if not folder.is_backup():
            raise CannotBackUp(f"{folder.root}: holds other things; name a new or empty folder")
        manifest = folder.read()
        if manifest.finished_at:
            raise CannotBackUp(f"{folder.root}: there is a finished backup; name a new folder")
        if manifest.database != connection.vendor:
            raise CannotBackUp(f"{folder.root}: this backup was begun of another database")
        say("Going on with a backup that was broken off")
    manifest = Manifest(database=connection.vendor, began_at=timezone.now())
    folder.write(manifest)
    return manifest


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _copy_files(folder: Folder, keys: set[Key], earlier: Folder | None, say: Say) -> Copier:
    """Copy the files of ``keys``; drop what an earlier attempt copied besides."""
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
            # What is deleted by now is dealt with by ``_lost``.
            with contextlib.suppress(FileNotFoundError):
                copier.copy(root, target, key)
    return copier


def _lost(folder: Folder, keys: set[Key]) -> set[Key]:
    """Return which bytes the copied database names and the copy of the files has not."""
    local = local_storages()
    return {
        (name, key)
        for name, key in keys
        if name in local and not (folder.files_of(name) / key).exists()
    }


def _still_named(lost: set[Key]) -> set[Key]:
    """Return those whose rows are there and stay: nobody has deleted them, and they are gone."""
    # Before the rows: who deletes a video says so first and removes its row last.
    leaving = {str(pk) for pk in Removal.objects.values_list("pk", flat=True)}
    named = {(name, key) for name in local_storages() for key in keys_at(name)} if lost else set()
    return {(name, key) for name, key in lost & named if Path(key).parts[0] not in leaving}


def _keep_secret_key(folder: Folder, say: Say) -> None:
    source = settings.DATA_DIR / "secret_key"
    if settings.ENV.secret_key:
        say("Not copied: STREAMIT_SECRET_KEY, which you set; keep it yourself")
    elif source.is_file():
        shutil.copyfile(source, folder.secret_key)


def _tell(keys: set[Key], lost: set[Key], manifest: Manifest, copier: Copier, say: Say) -> None:
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
        say(f"Bytes were gone already: {name} {key}")
    say("Finished")
