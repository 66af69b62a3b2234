"""What REST endpoints share: strict bodies and the one error shape."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from asgiref.typing import ASGISendCallable, HTTPResponseBodyEvent, HTTPResponseStartEvent
from ninja import Schema
from pydantic import ConfigDict, Field, field_validator

from core import refusals
from core.errors import NotAuthenticated, StreamItError


class Body(Schema):
    """Base of every JSON request body: an unknown field is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: object) -> object:
        """Refuse what PostgreSQL keeps in no text; a field that is a Body does so itself."""
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise ValueError("must not hold the character NUL")
        return value


class ErrorDetail(Schema):
    code: str = Field(description="A stable word for programs.")
    message: str = Field(description="A sentence for people.")
    fields: dict[str, str] = Field(
        default_factory=dict, description="Which fields are wrong, and why; may be absent."
    )


class Error(Schema):
    """The one shape of every error."""

    error: ErrorDetail


def errors(*statuses: int) -> dict[int, type[Error]]:
    """Declare error responses: ``response={201: RoomOut, **errors(401, 422)}``.

    ``config.api`` adds those that any operation may answer: 413 to a body, 503, 507 to a change.
    """
    return dict.fromkeys(statuses, Error)


# Of what strangers made: opened by itself it runs nothing, and is what we say that it is.
INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error as it goes over HTTP, for Django views and raw ASGI apps alike."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def error_reply(error: StreamItError) -> ErrorReply:
    """Put ``error`` into the one shape, and note in the log what does not work now."""
    refusals.note(error)
    detail: dict[str, object] = {"code": error.code, "message": error.message}
    if error.fields:
        detail["fields"] = error.fields
    body = json.dumps({"error": detail}).encode()
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if error.retry_after_s is not None:
        # RFC 9110 section 10.2.3: whole seconds; rounding down would invite a second refusal.
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    if isinstance(error, NotAuthenticated):
        # RFC 9110 section 15.5.2: a 401 names a way to authenticate.
        headers["WWW-Authenticate"] = "Bearer"
    return ErrorReply(error.status, headers, body)


async def send_error(send: ASGISendCallable, error: StreamItError) -> None:
    """Answer the HTTP request of a raw ASGI app with ``error``; nothing may be sent before."""
    reply = error_reply(error)
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    await send(
        HTTPResponseStartEvent(
            type="http.response.start",
            status=reply.status,
            headers=[(k.lower().encode(), v.encode()) for k, v in headers.items()],
            trailers=False,
        )
    )
    await send(HTTPResponseBodyEvent(type="http.response.body", body=reply.body, more_body=False))
