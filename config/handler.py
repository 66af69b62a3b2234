"""Django's ASGI handler, without a thread for each request.

Django gives each request a thread of its own for what blocks, with a database connection of
its own: a thousand requests at once are a thousand threads. All that blocks here goes through
``core.database`` or another pool, which also give connections back.
"""

from typing import Any

from django.core import signals
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections, reset_queries

# They would be run in a thread at the beginning and the end of each request.
signals.request_started.disconnect(close_old_connections)
signals.request_started.disconnect(reset_queries)
signals.request_finished.disconnect(close_old_connections)


class Handler(ASGIHandler):
    """What Django answers, as an ASGI application."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.handle(scope, receive, send)
