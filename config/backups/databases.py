"""Takes a consistent copy of the database, and restores it.

SQLite: its online backup API, https://www.sqlite.org/backup.html. PostgreSQL: COPY in one
repeatable-read transaction. pg_dump is not used, because its version must be at least the server's,
and the machine or image that runs StreamIt rarely has that.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from config.backups.folder import CannotBackUp, Manifest
from config.database import remove_time_limit
from config.migrations import first_unknown
from library.keys import keys_query, models_with_keys, table_of

_SQLITE = "streamit.sqlite3"
_PIECE_BYTES = 1024 * 1024
Migrations = list[tuple[str, str]]


@dataclass(slots=True)
class Dump:
    """Facts read from the copied database; ``tables`` has the columns of each file."""

    migrations: Migrations
    # Storage and key of every file that a row refers to.
    keys: set[tuple[str, str]]
    tables: dict[str, list[str]] = field(default_factory=dict)


def dump(folder: Path) -> Dump:
    """Copy the database into ``folder``, replacing what an earlier attempt left there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.iterdir():
        path.unlink()
    return _dump_sqlite(folder) if connection.vendor == "sqlite" else _dump_postgresql(folder)


def _dump_sqlite(folder: Path) -> Dump:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(folder / _SQLITE)) as copy:
        connection.connection.backup(copy)
        try:
            _check_pages(copy)
        except sqlite3.DatabaseError as error:
            raise CannotBackUp(f"DATABASE_URL: the database is damaged: {error}") from None
        # Leave a single file, without a write-ahead log next to it.
        copy.execute("PRAGMA journal_mode=DELETE")

        def ask(sql: str) -> list[Any]:
            return copy.execute(sql).fetchall()

        return _facts(ask)


def _dump_postgresql(folder: Path) -> Dump:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = _columns()
        for table, columns in tables.items():
            sql = f"COPY {_named(table, columns)} TO STDOUT"
            with (folder / table).open("wb") as file, cursor.cursor.copy(sql) as rows:
                for data in rows:
                    file.write(data)

        def ask(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        found = _facts(ask)
    found.tables = tables
    return found


def _facts(ask: Callable[[str], list[Any]]) -> Dump:
    existing = set(connection.introspection.table_names())
    keys: set[tuple[str, str]] = set()
    for model in models_with_keys():
        # Newer code may have models whose tables do not exist yet.
        if table_of(model) in existing:
            keys.update(ask(keys_query(model)))
    migrations = [(app, name) for app, name in ask("SELECT app, name FROM django_migrations")]
    return Dump(migrations, keys)


def sums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a copied database."""
    found = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def check_integrity(folder: Path, manifest: Manifest) -> None:
    """Raise CannotBackUp if the copy in ``folder`` was changed or damaged after it was made."""
    found = sums(folder) if folder.is_dir() else {}
    for name, digest in manifest.database_sha256.items():
        if found.get(name) != digest:
            raise CannotBackUp(f"{folder / name}: is damaged or missing; use another backup")
    if manifest.database == "sqlite":
        try:
            copy = sqlite3.connect(f"{(folder / _SQLITE).as_uri()}?mode=ro&immutable=1", uri=True)
            with contextlib.closing(copy):
                _check_pages(copy)
        except sqlite3.DatabaseError as error:
            raise CannotBackUp(f"{folder / _SQLITE}: {error}; use another backup") from None


def _check_pages(database: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError if the database is damaged."""
    (problem,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if problem != "ok":
        raise sqlite3.DatabaseError(" ".join(problem.split()))


def _columns() -> dict[str, list[str]]:
    """Return the columns of each of our tables."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        # Generated columns cannot be written.
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND is_generated = 'NEVER'"
            " ORDER BY table_name, ordinal_position"
        )
        found: dict[str, list[str]] = {}
        for table, column in cursor.fetchall():
            if table in tables:
                found.setdefault(table, []).append(column)
        return found


def _named(table: str, columns: list[str]) -> str:
    quote = connection.ops.quote_name
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


def check_known(migrations: Migrations) -> None:
    """Raise CannotBackUp if the backup was made by a newer StreamIt."""
    if newer := first_unknown(migrations, MigrationLoader(None)):
        raise CannotBackUp(
            f"This backup was made by a newer StreamIt (it has {newer}): upgrade, then restore it"
        )


def is_empty() -> bool:
    """Tell whether the database has no tables or only empty ones."""
    if connection.vendor == "sqlite":
        return not Path(connection.settings_dict["NAME"]).exists()
    return not connection.introspection.table_names()


def restore(folder: Path, manifest: Manifest) -> None:
    """Restore the database from ``folder``. Can be repeated after a failure."""
    if connection.vendor == "sqlite":
        _restore_sqlite(folder)
    else:
        _restore_postgresql(folder, manifest)


def _restore_sqlite(folder: Path) -> None:
    connection.close()
    path = Path(connection.settings_dict["NAME"])
    draft = path.with_name(f".{path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with (folder / _SQLITE).open("rb") as source, draft.open("wb") as target:
        while data := source.read(_PIECE_BYTES):
            target.write(data)
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    draft.rename(path)


def _restore_postgresql(folder: Path, manifest: Manifest) -> None:
    _migrate_to(manifest.migrations)
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        # Some migrations insert rows.
        remove_time_limit()
        cursor.execute(f"TRUNCATE {', '.join(map(quote, manifest.tables))}")
        for table, columns in manifest.tables.items():
            sql = f"COPY {_named(table, columns)} FROM STDIN"
            with (folder / table).open("rb") as file, cursor.cursor.copy(sql) as rows:
                while data := file.read(_PIECE_BYTES):
                    rows.write(data)
        models = [each for each in apps.get_models() if table_of(each) in manifest.tables]
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)


def _migrate_to(migrations: Migrations) -> None:
    """Create the tables as they were when exactly these ``migrations`` were applied."""
    executor = MigrationExecutor(connection)
    nodes = executor.loader.graph.node_map
    applied = {each for each in migrations if each in nodes}

    def is_followed(node: tuple[str, str]) -> bool:
        children = {child.key for child in nodes[node].children}
        return any(child in applied and child[0] == node[0] for child in children)

    executor.migrate(sorted(node for node in applied if not is_followed(node)))
