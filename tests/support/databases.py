"""Switches this process to another database, for suites that run on several."""

import contextlib
from collections.abc import Iterator

from asgiref.local import Local
from django.db import connections

from config.database import database_settings


@contextlib.contextmanager
def using_database(url: str) -> Iterator[None]:
    """Use the database at ``url`` as the default in every thread; restore the others afterwards."""
    known = connections.configure_settings({"default": database_settings(url)})
    before = connections.settings["default"], connections._connections  # type: ignore[attr-defined]
    connections.settings["default"] = known["default"]
    connections._connections = Local(connections.thread_critical)  # type: ignore[attr-defined]
    try:
        yield
        connections["default"].close_pool()  # type: ignore[attr-defined]
    finally:
        connections.settings["default"], connections._connections = before  # type: ignore[attr-defined]
