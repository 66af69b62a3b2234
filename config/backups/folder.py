"""The folder of a backup: what lies where in it, and whether it is finished.

backup.json     what it is; without ``finished_at`` it can be resumed
database/       streamit.sqlite3, or a file for each table of PostgreSQL
files/NAME/     the files of the local storage NAME, each under its key
secret_key      when it was in the data folder
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

FORMAT = 1
# In a data folder into which a backup is being restored; it goes when all is there.
RESTORING = "restoring"
_MANIFEST = "backup.json"
# What every new ext4 disk has in it: e2fsck(8).
LOST_AND_FOUND = "lost+found"


class CannotBackUp(Exception):
    """What was asked for cannot be done; the text says why."""


class Manifest(BaseModel):
    """What backup.json holds."""

    format: int = FORMAT
    database: Literal["sqlite", "postgresql"]
    began_at: datetime
    finished_at: datetime | None = None
    # Applied when the database was copied, as app and name.
    migrations: list[tuple[str, str]] = []
    # The columns of each table, in the order in which PostgreSQL's files have them.
    tables: dict[str, list[str]] = {}
    files: int = 0
    size_bytes: int = 0
    # The SHA-256 of each file of the database; older backups have none.
    database_sha256: dict[str, str] = {}
    # Storage and key of bytes that rows name, but that were deleted while files were copied.
    deleted_meanwhile: list[tuple[str, str]] = []


class Folder:
    """A backup at ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.database = self.root / "database"
        self.secret_key = self.root / "secret_key"

    def files_of(self, storage: str) -> Path:
        return self.root / "files" / storage

    def is_empty(self) -> bool:
        paths = self.root.iterdir() if self.root.exists() else ()
        return all(path.name == LOST_AND_FOUND for path in paths)

    def is_backup(self) -> bool:
        return (self.root / _MANIFEST).exists()

    def read(self) -> Manifest:
        """Read what the folder holds; raise CannotBackUp when it is no backup of ours."""
        try:
            text = (self.root / _MANIFEST).read_text()
            if json.loads(text).get("format") != FORMAT:
                raise CannotBackUp(f"{self.root}: this version cannot read this backup's format")
            return Manifest.model_validate_json(text)
        except FileNotFoundError:
            raise CannotBackUp(f"{self.root}: there is no backup here") from None
        except (ValueError, ValidationError, AttributeError):
            raise CannotBackUp(f"{self.root}: backup.json cannot be read") from None

    def write(self, manifest: Manifest) -> None:
        """Write backup.json, all of it or nothing."""
        draft = self.root / f".{_MANIFEST}"
        draft.write_text(manifest.model_dump_json(indent=2) + "\n")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(self.root / _MANIFEST)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Make the folder, and keep other backups out of it; raise CannotBackUp."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise CannotBackUp(f"{self.root}: another backup or restore is at work") from None
        finally:
            os.close(descriptor)
