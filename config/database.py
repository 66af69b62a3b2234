"""How Django talks to the database behind a ``DATABASE_URL``."""

import os
import socket
from typing import Any

import dj_database_url
from django.db import connection

from core.database import PATIENCE_S


def database_settings(url: str) -> dict[str, Any]:
    """Return an entry of Django's ``DATABASES``."""
    settings: dict[str, Any] = dict(dj_database_url.parse(url))
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        # Django's defaults take the write lock late and lose writers to "database is locked".
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        # Under ASGI a persistent connection per thread leaks; psycopg's pool does not. It gives up
        # together with whoever waits, so that the next who comes tries again at once: its pauses
        # grow to minutes.
        pool = {
            "min_size": 0,
            "max_size": 20,
            "timeout": PATIENCE_S,
            "reconnect_timeout": PATIENCE_S / 2,
        }
        # Of what was sent, and of a connection that says nothing (tcp(7)).
        bounds = {"connect_timeout": int(PATIENCE_S), "tcp_user_timeout": int(PATIENCE_S * 1000)}
        settings["OPTIONS"] = {**bounds, **settings.get("OPTIONS", {}), "pool": pool}
        # Replace connections that a database restart has ended, instead of failing.
        settings["CONN_HEALTH_CHECKS"] = True
    return {**settings, "CONN_MAX_AGE": 0}


def place() -> str:
    """Return the address of the database, in one line without its password."""
    parts = (str(connection.settings_dict[part]) for part in ("HOST", "PORT", "NAME"))
    return " ".join(part for part in parts if part)


def remove_time_limit() -> None:
    """Remove the time limit of this connection for sending much data to PostgreSQL.

    With a slow disk it writes for many seconds between two reads, and is not away then.
    """
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        if line.family != socket.AF_UNIX:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)
