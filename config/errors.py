"""One shape for every REST error, wherever it was raised."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from ninja.errors import HttpError, ValidationError

from accounts.authentication import CsrfFailed
from accounts.models import User
from core.database import is_full, refusal
from core.errors import (
    BadRequest,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    StreamItError,
    TooLarge,
)
from core.http import error_reply
from core.validation import why

log = structlog.get_logger(__name__)


# Answers of Django and ninja themselves, as our errors. Their only 403 is the CSRF check.
_FOREIGN = (BadRequest, CsrfFailed, NotFound, MethodNotAllowed, TooLarge, Internal)


def respond(error: StreamItError) -> HttpResponse:
    """Return ``error`` as a Django response."""
    reply = error_reply(error)
    return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))


def translate(error: Exception) -> StreamItError:
    """Return the error to send for an exception; log it if the sender is not at fault."""
    match error:
        case StreamItError():
            return error
        case ValidationError():
            return _invalid(error)
        case HttpError():
            # ninja itself raises it only for a body that its parser refused.
            if isinstance(error.__cause__, StreamItError):
                return error.__cause__
            return Invalid(fields={"body": str(error.__cause__ or error)})
        case Http404():
            return NotFound()
        case User.DoesNotExist():
            # The account was deleted after this request was authenticated.
            return NotAuthenticated()
        case SuspiciousOperation():
            log.warning("suspicious request", reason=str(error))
            return BadRequest()
        case OperationalError() | InterfaceError():
            if is_full(error):
                log.error("the disk of the database is full")
            else:
                log.error("database unavailable", exc_info=error)
            return refusal(error)
        case _:
            log.error("request failed", exc_info=error)
            return Internal()


def _invalid(error: ValidationError) -> StreamItError:
    if any(problem["loc"][0] == "path" for problem in error.errors):
        # An invalid id in a path is a 404.
        return NotFound()
    return Invalid(fields=dict(map(_explain, error.errors)))


def _explain(problem: dict[str, Any]) -> tuple[str, str]:
    """Return the dotted field of a pydantic problem and why it is wrong."""
    source, *path = problem["loc"]
    if source == "body":
        # The first part is the view's parameter, which the sender never named.
        path = path[1:]
    return ".".join(map(str, path)) or str(source), why(problem)


@async_only_middleware
def one_error_shape(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    """Give our error shape to errors under /api that Django or ninja made themselves.

    These are from the resolver (404), ninja's method table (405), a wrong Host (400), Django's CSRF
    check (403) and crashes outside views (500). Answers of the API are JSON already.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        if not isinstance(response, HttpResponse) or not request.path.startswith("/api/"):
            return response
        error = next((e for e in _FOREIGN if e.status == response.status_code), None)
        if error and not response.headers["Content-Type"].startswith("application/json"):
            reply = error_reply(error())
            response.content = reply.body
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                response[name] = value
        return response

    return middleware
