"""The servers that storage providers talk to, each started once and only when needed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests import postgres
from tests import servers as server_processes
from tests.contracts.places import registered


@pytest.fixture(scope="session")
def sqlite_url(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated SQLite of this test process's own."""
    folder = server_processes.copy_template(migrated_template, tmp_path_factory.mktemp("sqlite"))
    return f"sqlite:///{folder / 'streamit.sqlite3'}"


@pytest.fixture(scope="session")
def postgresql_url(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A migrated database in a PostgreSQL of this test process's own."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; ./streamit test installs it where it may")
    # Not in pytest's folder: the path of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="streamit-pg-") as folder:
        Path(folder).chmod(0o755)
        server = postgres.start(programs, Path(folder) / "pg")
        try:
            with registered("postgresql", server.url), django_db_blocker.unblock():
                call_command("migrate", database="postgresql", verbosity=0)
                connections["postgresql"].close()
            yield server.url
            with registered("postgresql", server.url):
                connections["postgresql"].close_pool()  # type: ignore[attr-defined]
        finally:
            server.stop()
