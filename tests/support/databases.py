"""Another database under the models of this process, for suites that must hold on each."""

import contextlib
from collections.abc import Iterator

from asgiref.local import Local
from django.db import connections

from config.database import database_settings


@contextlib.contextmanager
def standing_on(url: str) -> Iterator[None]:
    """Have every thread's default connection lead to ``url``; those of before come back after."""
    known = connections.configure_settings({"default": database_settings(url)})
    before = connections.settings["default"], connections._connections  # type: ignore[attr-defined]
    connections.settings["default"] = known["default"]
    connections._connections = Local(connections.thread_critical)  # type: ignore[attr-defined]
    try:
        yield
        connections["default"].close_pool()  # type: ignore[attr-defined]
    finally:
        connections.settings["default"], connections._connections = before  # type: ignore[attr-defined]
