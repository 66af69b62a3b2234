"""``./streamit restore``: a backup into an empty data folder and an empty database."""

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
    "postgresql": "Set DATABASE_URL to an empty database of a PostgreSQL for it.",
}


def restore(root: Path, *, say: Say) -> None:
    """Put the backup in ``root`` back, or go on with that; raise CannotBackUp.

    The database comes last, and no server starts on a data folder before all is there.
    """
    folder = Folder(root)
    manifest = folder.read()
    _check(folder, manifest)
    mark = settings.DATA_DIR / RESTORING
    goes_on = _begin(mark, folder)
    if goes_on:
        say("Going on with a restore that was broken off")
    copier = _copy_files(folder, say)
    if (copier.files, copier.size_bytes) != (manifest.files, manifest.size_bytes):
        raise CannotBackUp(
            f"{folder.root}: has {copier.files} files of {copier.size_bytes} bytes, and should"
            f" have {manifest.files} of {manifest.size_bytes}"
        )
    say(f"Files: {copier.files}, {readable(copier.size_bytes)}")
    if folder.secret_key.is_file():
        shutil.copyfile(folder.secret_key, settings.DATA_DIR / "secret_key")
    databases.put_back(folder.database, manifest)
    migrations.bring_up_to_date()
    _leave_out(manifest)
    say("Database: put back")
    _give_to_owner(settings.DATA_DIR)
    mark.unlink()
    say("Finished: start StreamIt")


def _check(folder: Folder, manifest: Manifest) -> None:
    if not manifest.finished_at:
        raise CannotBackUp(f"{folder.root}: this backup was not finished")
    if manifest.database != connection.vendor:
        of, here = (_DATABASES[each] for each in (manifest.database, connection.vendor))
        raise CannotBackUp(
            f"DATABASE_URL: this backup is of {of}, and can be restored into {of} only; here it"
            f" would be {here}. {_CHOOSE[manifest.database]}"
        )
    databases.check_known(manifest.migrations)
    databases.check_whole(folder.database, manifest)


def _begin(mark: Path, folder: Folder) -> bool:
    """Mark the data folder as being restored; tell whether it was.

    Raises CannotBackUp unless folder, database and Redis are empty, or it was this backup.
    """
    data = settings.DATA_DIR
    if mark.is_file():
        begun, _, database = mark.read_text().partition("\n")
        if begun != str(folder.root):
            raise CannotBackUp(f"{data}: a restore of {begun} was begun here")
        # What is in the database is ours to replace only where we have begun to.
        if database != place() and not databases.is_empty():
            raise CannotBackUp("DATABASE_URL: the database is not empty")
        _write_mark(mark, folder)
        return True
    if not _is_empty(data):
        raise CannotBackUp(f"{data}: is not empty; restore into a new folder (--data)")
    for name, root in local_storages().items():
        if not _is_empty(root):
            raise CannotBackUp(f"{root}: the folder of the storage {name} is not empty")
    if not databases.is_empty():
        raise CannotBackUp("DATABASE_URL: the database is not empty")
    if settings.ENV.redis_url and asyncio.run(_live_keys()):
        raise CannotBackUp(
            "REDIS_URL: holds the live state of rooms; empty it (FLUSHDB), or name another"
        )
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_mark(mark, folder)
    return False


def _write_mark(mark: Path, folder: Folder) -> None:
    mark.write_text(f"{folder.root}\n{place()}")


def _is_empty(folder: Path) -> bool:
    """Tell whether no file is in ``folder`` but the log, which every command begins."""
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
    """Give all in ``folder`` its owner, who runs StreamIt: root may have called us.

    It was empty, so all in it is ours.
    """
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        for place, folders, names in os.walk(folder):
            if LOST_AND_FOUND in folders:
                folders.remove(LOST_AND_FOUND)
            for name in (*folders, *names):
                os.chown(Path(place, name), owner.st_uid, owner.st_gid, follow_symlinks=False)


def _leave_out(manifest: Manifest) -> None:
    """Remove the rows of what was deleted while the backup was made."""
    for name, key in manifest.deleted_meanwhile:
        for row in rows_at(name, key):
            # A video without its original is none; other rows only lack what they name.
            (row.video if isinstance(row, Source) else row).delete()
