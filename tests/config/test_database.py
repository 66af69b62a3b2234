"""How the database is connected to, and that its tables are as the models say."""

import os
import signal
import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from config import database
from tests.support import postgresql
from tests.support.databases import using_database
from tests.support.ports import free_port


@pytest.mark.engines
def test_a_database_that_reads_on_late_gets_all_that_is_sent_to_be_put_back(
    monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 1.0)
    port, line = free_port(), b"x" * 100_000 + b"\n"
    with (
        postgresql.running(password="hidden", port=port),
        django_db_blocker.unblock(),
        using_database(f"postgres://streamit:hidden@127.0.0.1:{port}/streamit"),
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TEMPORARY TABLE lines (line text)")
        database.remove_time_limit()
        backend = connection.connection.info.backend_pid
        with cursor.cursor.copy("COPY lines FROM STDIN") as rows:
            os.kill(backend, signal.SIGSTOP)
            # Longer than anybody waits for a database that is away.
            threading.Timer(4.0, os.kill, (backend, signal.SIGCONT)).start()
            for _ in range(300):
                rows.write(line)
        cursor.execute("SELECT count(*) FROM lines")
        assert cursor.fetchone() == (300,)


@pytest.mark.django_db
def test_every_change_of_the_models_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True)
