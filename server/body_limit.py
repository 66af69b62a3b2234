"""A limit for request bodies, before Django spools them to disk."""

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    HTTPScope,
    Scope,
)

from core.errors import TooLarge
from core.http import send_error

# The longest JSON that REST takes is a link.
MAX_BODY_BYTES = 64 * 1024


class _BodyTooLarge(TooLarge):
    message = f"A request body may have at most {MAX_BODY_BYTES // 1024} KiB here."


def limit_body(application: ASGI3Application) -> ASGI3Application:
    """Answer 413 instead of passing a body of more than MAX_BODY_BYTES to ``application``.

    The application must read the whole body before it begins to answer, as Django does.
    """

    async def limited(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        received_bytes = 0

        async def counting_receive() -> ASGIReceiveEvent:
            nonlocal received_bytes
            event = await receive()
            if event["type"] == "http.request":
                received_bytes += len(event.get("body", b""))
                if received_bytes > MAX_BODY_BYTES:
                    raise _BodyTooLarge
            return event

        try:
            if _declared_bytes(scope) > MAX_BODY_BYTES:
                raise _BodyTooLarge
            await application(scope, counting_receive, send)
        except _BodyTooLarge as error:
            await send_error(send, error)

    return limited


def _declared_bytes(scope: HTTPScope) -> int:
    """Return Content-Length, or 0 if there is none, as in a chunked request."""
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value) if value.isdigit() else 0
