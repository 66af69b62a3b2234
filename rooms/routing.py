"""The path of the room socket, and which pages may open it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    Scope,
    WebSocketScope,
)
from django.conf import settings
from django.urls import re_path

from core import refusals
from core.errors import Forbidden
from rooms.consumers import RoomConsumer


class SameOrigin:
    """Refuses sockets that a page of another origin opens, with HTTP 403.

    Browsers always send the page's origin (RFC 6455 section 10.2); programs need not.
    """

    def __init__(self, app: ASGI3Application) -> None:
        self._app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "websocket" and not _is_same_origin(scope):
            refusals.note(Forbidden())
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": None})
            return
        await self._app(scope, receive, send)


def _is_same_origin(scope: WebSocketScope) -> bool:
    origins = _values(scope["headers"], b"origin")
    hosts = _values(scope["headers"], b"host")
    if not origins:
        return True
    if len(origins) != 1 or len(hosts) != 1:
        return False
    if origins[0] in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        return urlsplit(origins[0]).netloc.lower() == hosts[0].lower()
    except ValueError:
        return False


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]


websocket_urlpatterns: list[Any] = [
    re_path(r"^ws/rooms/(?P<code>[A-Za-z0-9]{1,16})/$", SameOrigin(RoomConsumer.as_asgi()))  # type: ignore[arg-type]
]
