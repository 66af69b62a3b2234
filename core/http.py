"""Strict request bodies and the one error shape, for all REST endpoints."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.typing import ASGISendCallable, HTTPResponseBodyEvent, HTTPResponseStartEvent
from ninja import Schema
from pydantic import ConfigDict, Field, field_validator

from core import refusals
from core.errors import NotAuthenticated, StreamItError
from core.text import HALVES
from core.validation import HALF


class Body(Schema):
    """Base of every JSON request body: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _whole_text(cls, value: object) -> object:
        """Refuse what databases cannot store in texts; nested Bodies do so themselves.

        Titles and the like have been cleaned of it by now.
        """
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise ValueError("must not hold the character NUL")
        if any(isinstance(text, str) and HALVES.search(text) for text in texts):
            raise ValueError(HALF)
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

    ``config.api`` adds the ones that any operation may return: 413 for a body, 503, and 507 for a
    change.
    """
    return dict.fromkeys(statuses, Error)


# The OpenAPI description of a reply that is a picture.
JPEG: dict[str, Any] = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}

# For content that strangers made: opened by itself it runs no script, and its type is not guessed.
INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error as an HTTP response, for Django views and raw ASGI apps."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def error_reply(error: StreamItError) -> ErrorReply:
    """Return ``error`` in the one error shape, and log it if a part of the server is away."""
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
        # RFC 9110 section 10.2.3: whole seconds; rounding down would cause a second refusal.
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    if isinstance(error, NotAuthenticated):
        # RFC 9110 section 15.5.2: a 401 names a way to authenticate.
        headers["WWW-Authenticate"] = "Bearer"
    return ErrorReply(error.status, headers, body)


async def start(send: ASGISendCallable, status: int, headers: Mapping[str, str]) -> None:
    """Start the HTTP response of a raw ASGI app."""
    await send(
        HTTPResponseStartEvent(
            type="http.response.start",
            status=status,
            headers=[(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
            trailers=False,
        )
    )


async def send_error(send: ASGISendCallable, error: StreamItError) -> None:
    """Answer the HTTP request of a raw ASGI app with ``error``. Nothing may have been sent."""
    reply = error_reply(error)
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    await start(send, reply.status, headers)
    await send(HTTPResponseBodyEvent(type="http.response.body", body=reply.body, more_body=False))
