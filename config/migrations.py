"""Bring the database up to date at start, once, however many processes start together."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from core.database import is_full

# Any number will do, as long as nobody else in the database uses it.
_ADVISORY_LOCK = 0x57_4D_17


class DatabaseUnreachable(SystemExit):
    """The database cannot be opened or changed; the text names it and says why."""


def bring_up_to_date(begins: Callable[[], None] = lambda: None) -> None:
    """Apply what migrations are missing, or wait for whoever does; raise DatabaseUnreachable.

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
        raise DatabaseUnreachable(f"DATABASE_URL: cannot use the database: {reason}") from None
    finally:
        connection.close()


def is_up_to_date() -> bool:
    """Tell whether the database has had every migration there is; raise DatabaseError."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


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
