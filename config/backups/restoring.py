"""``./streamit restore``, which needs an empty data folder and an empty database."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection

from config import migrations
from config.backups import databases
from config.backups.files import Copier, files_under, local_storages
from config.backups.folder import LOST_AND_FOUND, RESTORING, CannotBackUp, Folder, Manifest
from config.database import place
from core import live
from core.sizes import readable
from library.keys import rows_at
from library.models import Source

Say = Callable[[str], None]

_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_CHOOSE = {
    "sqlite": "Leave DATABASE_URL unset for it.",
    "postgresql": "Set DATABASE_URL to an empty PostgreSQL database for it.",
}


def restore(root: Path, *, say: Say) -> None:
    """Restore the backup in ``root``, or resume restoring it; raise CannotBackUp.

    The database comes last. No server starts on the data folder until everything is restored.
    """
    folder = Folder(root)
    manifest = folder.read()
    _check(folder, manifest)
    mark = settings.DATA_DIR / RESTORING
    goes_on = _begin(mark, folder)
    if goes_on:
        say("Resuming an interrupted restore")
    copier = _copy_files(folder, say)
    if (copier.files, copier.size_bytes) != (manifest.files, manifest.size_bytes):
        raise CannotBackUp(
            f"{folder.root}: has {copier.files} files with {copier.size_bytes} bytes, but should"
            f" have {manifest.files} with {manifest.size_bytes}"
        )
    say(f"Files: {copier.files}, {readable(copier.size_bytes)}")
    if folder.secret_key.is_file():
        shutil.copyfile(folder.secret_key, settings.DATA_DIR / "secret_key")
    databases.restore(folder.database, manifest)
    migrations.apply_missing()
    _leave_out(manifest)
    say("Database: restored")
    _give_to_owner(settings.DATA_DIR)
    mark.unlink()
    say("Finished: start StreamIt")


def _check(folder: Folder, manifest: Manifest) -> None:
    for path in folder.fixed():
        if path.is_symlink():
            # Root, who may call us, reads what whoever gets the files must not.
            raise CannotBackUp(f"{path}: is a symbolic link, and no backup has one there")
    if not manifest.finished_at:
        raise CannotBackUp(f"{folder.root}: this backup was not finished")
    if manifest.database != connection.vendor:
        of, here = (_DATABASES[each] for each in (manifest.database, connection.vendor))
        raise CannotBackUp(
            f"DATABASE_URL: this backup is of {of} and can only be restored into {of}, but the"
            f" database here is {here}. {_CHOOSE[manifest.database]}"
        )
    databases.check_known(manifest.migrations)
    databases.check_integrity(folder.database, manifest)


def _begin(mark: Path, folder: Folder) -> bool:
    """Mark the data folder as being restored; return True if it was marked already.

    Raises CannotBackUp unless folder, database and Redis are empty, or this same backup is resumed.
    """
    data = settings.DATA_DIR
    if mark.is_file():
        begun, _, database = mark.read_text().partition("\n")
        if begun != str(folder.root):
            raise CannotBackUp(f"{data}: a restore of {begun} was started here")
        # Replace rows only in a database that this restore has begun to fill.
        if database != place() and not databases.is_empty():
            raise CannotBackUp("DATABASE_URL: the database is not empty")
        _write_mark(mark, folder)
        return True
    if not _is_empty(data):
        raise CannotBackUp(f"{data}: is not empty; choose a new folder (--data)")
    for name, root in local_storages().items():
        if not _is_empty(root):
            raise CannotBackUp(f"{root}: the folder of the storage {name} is not empty")
    if not databases.is_empty():
        raise CannotBackUp("DATABASE_URL: the database is not empty")
    if settings.ENV.redis_url and asyncio.run(_live_keys()):
        raise CannotBackUp(
            "REDIS_URL: has the live state of rooms; empty it (FLUSHDB), or choose another"
        )
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_mark(mark, folder)
    return False


def _write_mark(mark: Path, folder: Folder) -> None:
    mark.write_text(f"{folder.root}\n{place()}")


def _is_empty(folder: Path) -> bool:
    """Tell whether ``folder`` has no file except the log, which every command creates."""
    log = settings.ENV.log_path.absolute() if settings.ENV.log_path else None

    def is_nothing(path: Path) -> bool:
        is_folder = path.is_dir() and not path.is_symlink()
        return path in (log, folder / LOST_AND_FOUND) or (is_folder and _is_empty(path))

    return not folder.exists() or all(map(is_nothing, folder.iterdir()))


async def _live_keys() -> int:
    try:
        async with live.reaching_redis("restore") as redis:
            return int(await redis.dbsize())
    finally:
        await live.close()


def _copy_files(folder: Folder, say: Say) -> Copier:
    copier = Copier(say)
    for storage, root in local_storages().items():
        source = folder.files_of(storage)
        for path in files_under(source):
            copier.copy(source, root, path)
    return copier


def _give_to_owner(folder: Path) -> None:
    """Make the owner of ``folder`` own everything in it, in case root runs the command.

    It was empty before, so every file in it was made by the restore.
    """
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        for place, folders, names in os.walk(folder):
            if LOST_AND_FOUND in folders:
                folders.remove(LOST_AND_FOUND)
            for name in (*folders, *names):
                os.chown(Path(place, name), owner.st_uid, owner.st_gid, follow_symlinks=False)


def _leave_out(manifest: Manifest) -> None:
    """Remove the rows whose files were deleted while the backup was made."""
    for name, key in manifest.deleted_meanwhile:
        for row in rows_at(name, key):
            # Without its original the video is gone; without another file only that row is.
            (row.video if isinstance(row, Source) else row).delete()
