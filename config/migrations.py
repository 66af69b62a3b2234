"""Bring the database up to date at start, once, however many processes start together."""

import contextlib
import fcntl
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from core.database import is_full

# Any number will do, as long as nobody else in the database uses it.
_ADVISORY_LOCK = 0x57_4D_17


class DatabaseUnusable(SystemExit):
    """The database cannot be opened or changed, or is too new; the text names it and says why."""


def apply_missing(begins: Callable[[], None] = lambda: None) -> None:
    """Apply what migrations are missing, or wait for whoever does; raise DatabaseUnusable.

    ``begins`` hears when there are any: with a large library it takes minutes.
    """
    try:
        if is_up_to_date():
            return
        begins()
        with _alone():
            if not is_up_to_date():
                call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        reason = "the disk is full" if is_full(error) else " ".join(str(error).split())
        raise DatabaseUnusable(f"DATABASE_URL: cannot use the database: {reason}") from None
    finally:
        connection.close()


def is_up_to_date() -> bool:
    """Tell whether the database has had every migration there is.

    Raises DatabaseError, and DatabaseUnusable for a database that a newer version has changed:
    what that keeps there this one would not heed.
    """
    executor = MigrationExecutor(connection)
    if newer := first_unknown(executor.loader.applied_migrations, executor.loader):
        raise DatabaseUnusable(
            f"DATABASE_URL: the database is of a newer StreamIt (it has {newer}): install that,"
            " or restore a backup with this one"
        )
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def first_unknown(applied: Iterable[tuple[str, str]], loader: MigrationLoader) -> str | None:
    """Return the first of the ``applied`` migrations that this version has not; None without."""
    known = loader.disk_migrations or {}
    return next((f"{app} {name}" for app, name in applied if (app, name) not in known), None)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold off every other process that would migrate the same database."""
    if connection.vendor == "postgresql":
        # A session lock: servers on other machines wait too, and it ends with the connection.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])
    else:
        with (settings.DATA_DIR / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
