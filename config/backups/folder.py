"""The layout of a backup folder, and whether the backup in it is finished.

backup.json     the manifest; a backup without ``finished_at`` can be resumed
database/       streamit.sqlite3, or one file per PostgreSQL table
files/NAME/     the files of the local storage NAME, each under its key
secret_key      if it was in the data folder
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

FORMAT = 1
# Marks a data folder while a backup is being restored into it.
RESTORING = "restoring"
_MANIFEST = "backup.json"
# Every new ext4 file system has this folder: e2fsck(8).
LOST_AND_FOUND = "lost+found"


class CannotBackUp(Exception):
    """A backup or a restore is not possible; the text says why."""


class Manifest(BaseModel):
    """The content of backup.json."""

    format: int = FORMAT
    database: Literal["sqlite", "postgresql"]
    began_at: datetime
    finished_at: datetime | None = None
    # The migrations applied when the database was copied, as app and name.
    migrations: list[tuple[str, str]] = []
    # The columns of each table, in the order in which the PostgreSQL files list them.
    tables: dict[str, list[str]] = {}
    files: int = 0
    size_bytes: int = 0
    # The SHA-256 of each database file. Older backups do not have it.
    database_sha256: dict[str, str] = {}
    # Storage and key of files that were deleted between copying the database and the files.
    deleted_meanwhile: list[tuple[str, str]] = []


class Folder:
    """A backup folder at ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.database = self.root / "database"
        self.secret_key = self.root / "secret_key"

    def files_of(self, storage: str) -> Path:
        return self.root / "files" / storage

    def fixed(self) -> list[Path]:
        """Return all paths but those of the files of storages."""
        files, database = self.root / "files", self.database
        storages = files.iterdir() if files.is_dir() else ()
        tables = database.iterdir() if database.is_dir() else ()
        return [files, *storages, database, *tables, self.secret_key]

    def is_empty(self) -> bool:
        paths = self.root.iterdir() if self.root.exists() else ()
        return all(path.name == LOST_AND_FOUND for path in paths)

    def is_backup(self) -> bool:
        return (self.root / _MANIFEST).exists()

    def read(self) -> Manifest:
        """Read the manifest; raise CannotBackUp if the folder is not a backup of StreamIt."""
        try:
            text = (self.root / _MANIFEST).read_text()
            if json.loads(text).get("format") != FORMAT:
                raise CannotBackUp(f"{self.root}: this version cannot read this backup's format")
            return Manifest.model_validate_json(text)
        except FileNotFoundError:
            raise CannotBackUp(f"{self.root}: there is no backup here") from None
        except (ValueError, RecursionError, AttributeError):
            raise CannotBackUp(f"{self.root}: backup.json cannot be read") from None

    def write(self, manifest: Manifest) -> None:
        """Write backup.json atomically."""
        draft = self.root / f".{_MANIFEST}"
        draft.write_text(manifest.model_dump_json(indent=2) + "\n")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(self.root / _MANIFEST)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Create and lock the folder; raise CannotBackUp if another process holds the lock."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise CannotBackUp(f"{self.root}: another backup or restore is running") from None
        finally:
            os.close(descriptor)
