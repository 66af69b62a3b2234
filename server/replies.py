"""Complete HTTP replies from raw ASGI applications."""

from asgiref.typing import ASGISendCallable, HTTPResponseBodyEvent, HTTPResponseStartEvent, Scope


async def reply(
    scope: Scope, send: ASGISendCallable, status: int, body: bytes, *, content_type: str
) -> None:
    """Send ``body``, or only its length for a HEAD request; it must not be cached."""
    headers = [
        (b"content-type", content_type.encode("latin-1")),
        (b"content-length", str(len(body)).encode("latin-1")),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send(
        HTTPResponseStartEvent(
            type="http.response.start", status=status, headers=headers, trailers=False
        )
    )
    is_head = scope["type"] == "http" and scope["method"] == "HEAD"
    await send(
        HTTPResponseBodyEvent(
            type="http.response.body", body=b"" if is_head else body, more_body=False
        )
    )
